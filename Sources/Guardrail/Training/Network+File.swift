extension Network {
  /// The bytes of a classifier file that averages the logits of several networks: one network with all their columns.
  ///
  /// The table is stored in 8 bits, a scale a column; outputs beyond the classifier's are dropped.
  static func file(of networks: [Network], tableBits: Int, calibration: [Float], words: [UInt64]) -> [UInt8] {
    let scales = networks.map { $0.columnScales() }
    var table: [Int8] = []
    table.reserveCapacity(networks.reduce(0) { $0 + $1.table.count * 8 })
    for row in 0..<(1 << tableBits) {
      for (network, scales) in zip(networks, scales) { network.quantise(row: row, scales: scales, to: &table) }
    }
    let share = 1 / Float(networks.count)
    let weights = (0..<Classifier.outputs).flatMap { output in
      networks.flatMap { network in
        network.weights[output * network.lanes..<(output + 1) * network.lanes].flatMap { ($0 * share).columns }
      }
    }
    let outputBias = (0..<Classifier.outputs).map { output in networks.reduce(0) { $0 + $1.outputBias[output] } * share
    }
    let head = Classifier.Head(
      scales: scales.flatMap(\.self), bias: networks.flatMap { $0.bias.flatMap(\.columns) }, weights: weights,
      outputBias: outputBias, calibration: calibration)
    return Classifier.file(tableBits: tableBits, head: head, words: words, table: table)
  }

  /// Eight deviations hold all but a few numbers of a column, which are clipped.
  private func columnScales() -> [Float] {
    var squares = [Double](repeating: 0, count: lanes * 8)
    for (index, lane) in table.enumerated() {
      for column in 0..<8 { squares[index % lanes * 8 + column] += Double(lane[column] * lane[column]) }
    }
    let rows = Double(table.count / lanes)
    return squares.map { Float(max(8 * ($0 / rows).squareRoot(), 1e-6) / 127) }
  }

  private func quantise(row: Int, scales: [Float], to table: inout [Int8]) {
    for lane in 0..<lanes {
      for column in 0..<8 {
        let value = (self.table[row * lanes + lane][column] / scales[lane * 8 + column]).rounded()
        table.append(Int8(min(max(value, -127), 127)))
      }
    }
  }
}

extension SIMD8<Float> {
  fileprivate var columns: [Float] { indices.map { self[$0] } }
}

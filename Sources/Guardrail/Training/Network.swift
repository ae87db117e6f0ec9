import Foundation

/// The classifier while it learns: 32-bit numbers, one text at a time, Adagrad (Duchi et al. 2011) with one step size a row.
///
/// Everything is done in one order by one thread from one seed, so two runs give the same bits.
struct Network {
  typealias Lane = SIMD8<Float>

  let outputs: Int
  /// Lanes of eight columns.
  let lanes: Int
  var table: [Lane]
  var bias: [Lane]
  /// [outputs, lanes]
  var weights: [Lane]
  var outputBias: [Float]

  private var tableSquares: [Float]
  private var biasSquares: Float = 1e-6
  private var weightSquares: [Float]
  private var outputSquares: [Float]
  private var generator: SplitMix64

  init(tableBits: Int, width: Int, outputs: Int, seed: UInt64) {
    precondition(width % 8 == 0, "Network: a width of \(width) is no multiple of 8")
    self.outputs = outputs
    lanes = width / 8
    generator = SplitMix64(state: seed)
    var generator = generator
    func small(_ range: Float) -> Lane {
      var lane = Lane()
      for index in 0..<8 { lane[index] = (generator.uniform() - 0.5) * 2 * range }
      return lane
    }
    table = (0..<(lanes << tableBits)).map { _ in small(0.08) }
    weights = (0..<(outputs * lanes)).map { _ in small(0.3) }
    bias = .init(repeating: Lane(), count: lanes)
    outputBias = .init(repeating: 0, count: outputs)
    tableSquares = .init(repeating: 1e-4, count: 1 << tableBits)
    weightSquares = .init(repeating: 1e-4, count: outputs)
    outputSquares = .init(repeating: 1e-4, count: outputs)
    self.generator = generator
  }

  /// A network that goes on from learned numbers.
  init(_ classifier: Classifier, seed: UInt64) {
    self.init(tableBits: classifier.tableBits, width: classifier.width, outputs: Classifier.outputs, seed: seed)
    let width = classifier.width
    let head = classifier.head
    for lane in table.indices {
      for column in 0..<8 {
        let value = classifier.table[lane / 2][lane % 2 * 8 + column]
        table[lane][column] = Float(value) * head.scales[(lane * 8 + column) % width]
      }
    }
    for lane in weights.indices { for column in 0..<8 { weights[lane][column] = head.weights[lane * 8 + column] } }
    for lane in bias.indices { for column in 0..<8 { bias[lane][column] = head.bias[lane * 8 + column] } }
    outputBias = head.outputBias
    // Settled numbers move slowly.
    tableSquares = .init(repeating: 1, count: 1 << classifier.tableBits)
    weightSquares = .init(repeating: 10, count: outputs)
    outputSquares = .init(repeating: 10, count: outputs)
    biasSquares = 10
  }

  /// - Parameter rows: the rows of the table that a text's features name.
  func logits(_ rows: ArraySlice<UInt32>) -> [Float] {
    let active = hidden(rows).map {
      $0.clamped(lowerBound: Lane(), upperBound: Lane(repeating: .greatestFiniteMagnitude))
    }
    return (0..<outputs).map { output in
      var sum = Lane()
      for lane in 0..<lanes { sum += active[lane] * weights[output * lanes + lane] }
      return sum.sum() + outputBias[output]
    }
  }

  private func hidden(_ rows: ArraySlice<UInt32>) -> [Lane] {
    var sums = [Lane](repeating: Lane(), count: lanes)
    for row in rows {
      for lane in 0..<lanes { sums[lane] += table[Int(row) * lanes + lane] }
    }
    let scale = Classifier.lengthScale(rows.count)
    for lane in 0..<lanes { sums[lane] = sums[lane] * scale + bias[lane] }
    return sums
  }

  /// One step on one text.
  /// - Parameters:
  ///   - targets: 0 or 1 for each output.
  ///   - importance: the weight of each output's loss; 0 where the label says nothing.
  mutating func learn(_ rows: ArraySlice<UInt32>, targets: [Float], importance: [Float], rate: Float, dropout: Float) {
    let scale = Classifier.lengthScale(rows.count)
    var active = hidden(rows)
    var keep = [Lane](repeating: Lane(), count: lanes)
    for lane in 0..<lanes {
      for column in 0..<8 where active[lane][column] > 0 && generator.uniform() >= dropout {
        keep[lane][column] = 1 / (1 - dropout)
      }
      active[lane] *= keep[lane]
    }
    var back = [Lane](repeating: Lane(), count: lanes)
    for output in 0..<outputs where importance[output] > 0 {
      var sum = Lane()
      for lane in 0..<lanes { sum += active[lane] * weights[output * lanes + lane] }
      let probability = 1 / (1 + exp(-(sum.sum() + outputBias[output])))
      let slope = (probability - targets[output]) * importance[output]
      outputSquares[output] += slope * slope
      outputBias[output] -= rate * slope / outputSquares[output].squareRoot()
      var squares: Float = 0
      for lane in 0..<lanes {
        back[lane] += slope * weights[output * lanes + lane]
        let step = slope * active[lane]
        squares += (step * step).sum()
      }
      weightSquares[output] += squares / Float(lanes * 8)
      let step = rate * slope / weightSquares[output].squareRoot()
      for lane in 0..<lanes { weights[output * lanes + lane] -= step * active[lane] }
    }
    var squares: Float = 0
    for lane in 0..<lanes {
      back[lane] *= keep[lane]
      squares += (back[lane] * back[lane]).sum()
    }
    biasSquares += squares / Float(lanes * 8)
    let biasStep = rate / biasSquares.squareRoot()
    for lane in 0..<lanes {
      bias[lane] -= biasStep * back[lane]
      back[lane] *= scale
    }
    let rowSquare = squares * scale * scale / Float(lanes * 8)
    guard rowSquare > 0 else { return }
    for row in rows {
      tableSquares[Int(row)] += rowSquare
      let step = rate / tableSquares[Int(row)].squareRoot()
      for lane in 0..<lanes { table[Int(row) * lanes + lane] -= step * back[lane] }
    }
  }
}

/// Steele, Lea, Flood 2014: one 64-bit state, the same numbers everywhere.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 ..< 1 in steps of 2^-24.
  mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  mutating func shuffle(_ order: inout [Int]) {
    for position in order.indices.dropFirst().reversed() {
      order.swapAt(position, Int(next() % UInt64(position + 1)))
    }
  }
}

/// A linear model with squared hinge loss, learned by dual coordinate descent (Hsieh et al. 2008, algorithm 1).
///
/// Everything is done in one order by one thread from one seed, so two runs give the same bits.
struct LinearModel {
  /// One weight for each row of the table.
  private(set) var weights: [Float]
  private(set) var bias: Float = 0

  /// Texts as sparse vectors of unit length, one after another.
  struct Vectors {
    var rows: [UInt32] = []
    var values: [Float] = []
    var starts: [Int] = [0]

    /// - Parameter entries: in the order of their rows, none twice.
    mutating func append(_ entries: [(row: UInt32, value: Float)]) {
      for entry in entries {
        rows.append(entry.row)
        values.append(entry.value)
      }
      starts.append(rows.count)
    }
  }

  struct Example {
    /// Which of the vectors.
    let vector: Int
    let isPositive: Bool
    /// How much an error costs.
    let cost: Float
  }

  init(rowCount: Int) { weights = .init(repeating: 0, count: rowCount) }

  init(weights: [Float], bias: Float) {
    self.weights = weights
    self.bias = bias
  }

  func logit(_ vector: Int, of vectors: Vectors) -> Float {
    var sum = bias
    for entry in vectors.starts[vector]..<vectors.starts[vector + 1] {
      sum += weights[Int(vectors.rows[entry])] * vectors.values[entry]
    }
    return sum
  }

  mutating func learn(_ examples: [Example], vectors: Vectors, rounds: Int, seed: UInt64) {
    var duals = [Float](repeating: 0, count: examples.count)
    let squares = examples.map { example -> Float in
      var sum: Float = 1
      for value in vectors.values[vectors.starts[example.vector]..<vectors.starts[example.vector + 1]] {
        sum += value * value
      }
      return sum
    }
    var generator = SplitMix64(state: seed)
    var order = Array(examples.indices)
    for _ in 0..<rounds {
      generator.shuffle(&order)
      for index in order {
        let example = examples[index]
        let sign: Float = example.isPositive ? 1 : -1
        let slack = 1 / (2 * example.cost)
        let gradient = sign * logit(example.vector, of: vectors) - 1 + duals[index] * slack
        let dual = max(duals[index] - gradient / (squares[index] + slack), 0)
        let step = (dual - duals[index]) * sign
        guard step != 0 else { continue }
        duals[index] = dual
        add(step, example.vector, of: vectors)
      }
    }
  }

  /// Changes the weights as little as possible so that a text's logit changes by `difference`.
  mutating func move(by difference: Float, _ vector: Int, of vectors: Vectors) {
    let values = vectors.values[vectors.starts[vector]..<vectors.starts[vector + 1]]
    let square = values.reduce(0) { $0 + $1 * $1 }
    guard square > 0 else { return }
    for entry in vectors.starts[vector]..<vectors.starts[vector + 1] {
      weights[Int(vectors.rows[entry])] += difference / square * vectors.values[entry]
    }
  }

  private mutating func add(_ step: Float, _ vector: Int, of vectors: Vectors) {
    bias += step
    for entry in vectors.starts[vector]..<vectors.starts[vector + 1] {
      weights[Int(vectors.rows[entry])] += step * vectors.values[entry]
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

  mutating func shuffle(_ order: inout [Int]) {
    for position in order.indices.dropFirst().reversed() {
      order.swapAt(position, Int(next() % UInt64(position + 1)))
    }
  }
}

import Foundation

/// A small network over hashed features: a table row for each feature, their scaled sum, a ReLU and one logit for "refuse"
/// and for each category, all calibrated. The table is 8-bit with one scale for each column.
package struct Classifier: Sendable {
  /// Learned numbers, one after another in the file.
  struct Head: Sendable, Equatable {
    /// Scale of each column of the table.
    var scales: [Float]
    var bias: [Float]
    /// [outputs, width]: the first output is "refuse", the others the categories.
    var weights: [Float]
    var outputBias: [Float]
    /// Slope and offset that turn each logit into that of a calibrated probability (Platt 1999).
    var calibration: [Float]
  }

  static let outputs = 1 + Category.count

  let tableBits: Int
  let width: Int
  let head: Head
  /// Hashes of the words that exist, most used first.
  let words: [UInt64]
  /// [2^tableBits, width / 16]
  let table: [SIMD16<Int8>]

  /// The answer to one text.
  struct Scores {
    var refuse: Double
    var categories: CategoryScores
    /// The words that were judged: all of a text, or the worst stretch of a long one.
    var stretch: Range<Int>
  }

  /// Texts of more words than this are judged stretch by stretch.
  static let longestStretch = 120

  /// - Parameter features: the whole text's.
  func scores(_ features: TextFeatures) -> Scores {
    let count = features.starts.count - 1
    if count <= Self.longestStretch { return scores(features, words: 0..<count) }
    var worst: Scores?
    for start in stride(from: 0, to: count - Self.longestStretch / 2, by: Self.longestStretch / 2) {
      let found = scores(features, words: start..<min(start + Self.longestStretch, count))
      if worst.map({ found.refuse > $0.refuse }) ?? true { worst = found }
    }
    return worst ?? Scores(refuse: 0, categories: CategoryScores(), stretch: 0..<0)
  }

  private func scores(_ features: TextFeatures, words: Range<Int>) -> Scores {
    let hidden = hidden(features, words: words)
    let logits = (0..<Self.outputs).map { calibrated(logit($0, hidden), $0) }
    let refuse = Self.probability(logits[0])
    let categories = logits.dropFirst().map(Self.probability)
    let highest = max(categories.max() ?? 0, 1e-9)
    var result = Scores(refuse: refuse, categories: CategoryScores(), stretch: words)
    // The likeliest category takes the whole probability; the others theirs in proportion.
    for (category, probability) in zip(Category.allCases, categories) {
      result.categories[category] = refuse * probability / highest
    }
    return result
  }

  private func calibrated(_ logit: Float, _ output: Int) -> Float {
    logit * head.calibration[2 * output] + head.calibration[2 * output + 1]
  }

  private func logit(_ output: Int, _ hidden: [Float]) -> Float {
    var sum = head.outputBias[output]
    for column in 0..<width { sum += max(hidden[column], 0) * head.weights[output * width + column] }
    return sum
  }

  private func hidden(_ features: TextFeatures, words: Range<Int>) -> [Float] {
    let rows = features.starts[words.lowerBound]..<features.starts[words.upperBound]
    let lanes = width / 16
    var sums = [SIMD16<Int32>](repeating: .zero, count: lanes)
    for position in rows {
      let start = Int(features.rows[position]) * lanes
      for lane in 0..<lanes { sums[lane] &+= SIMD16<Int32>(truncatingIfNeeded: table[start + lane]) }
    }
    let scale = Self.lengthScale(rows.count)
    return (0..<width).map { Float(sums[$0 / 16][$0 % 16]) * head.scales[$0] * scale + head.bias[$0] }
  }

  /// How much each word of a stretch adds to the logit of "refuse", to first order.
  func contributions(_ features: TextFeatures, words: Range<Int>) -> [Float] {
    let hidden = hidden(features, words: words)
    let rowCount = features.starts[words.upperBound] - features.starts[words.lowerBound]
    let scale = Self.lengthScale(rowCount)
    let gradient = (0..<width).map { hidden[$0] > 0 ? head.weights[$0] * head.scales[$0] * scale : 0 }
    return words.map { word in
      var sum: Float = 0
      for position in features.starts[word]..<features.starts[word + 1] {
        let start = Int(features.rows[position]) * (width / 16)
        for column in 0..<width { sum += gradient[column] * Float(table[start + column / 16][column % 16]) }
      }
      return sum
    }
  }

  /// Sums of many features grow with the square root of their number.
  static func lengthScale(_ features: Int) -> Float { 2 / Float(max(features, 1)).squareRoot() }

  static func probability(_ logit: Float) -> Double { 1 / (1 + exp(-Double(logit))) }
}

import Foundation

/// Which feature owns each row of the classifier's table, and how rare it is.
///
/// Many features hash to the same row; the one that most texts have owns it, the others are as if they were not there.
struct FeatureTable {
  let bits: Int
  /// The check of the owner of each row.
  private(set) var checks: [UInt8]
  /// The stored square of the owner's rarity; 0 for a free row.
  private(set) var rarities: [UInt8]

  init(bits: Int, checks: [UInt8], rarities: [UInt8]) {
    self.bits = bits
    self.checks = checks
    self.rarities = rarities
  }

  /// - Parameters:
  ///   - texts: the features of every text and how much each of them is worth; the features of worthless texts own no row.
  ///   - fewest: features that fewer texts have own no row.
  init(bits: Int, texts: [(features: TextFeatures, say: Int)], fewest: Int) {
    var counts = [UInt16](repeating: 0, count: 1 << (bits + TextFeatures.checkBits))
    var says = [UInt32](repeating: 0, count: counts.count)
    var textCount = 0
    for (text, say) in texts where say > 0 {
      textCount += 1
      for key in Set(text.words.keys + text.runs.keys) {
        counts[Int(key)] = min(counts[Int(key)], .max - 1) + 1
        says[Int(key)] += UInt32(say)
      }
    }
    self.init(
      bits: bits, checks: .init(repeating: 0, count: 1 << bits), rarities: .init(repeating: 0, count: 1 << bits))
    for row in 0..<(1 << bits) {
      var most: UInt32 = 0
      for check in 0..<(1 << TextFeatures.checkBits) {
        let key = check << bits | row
        guard counts[key] >= fewest, says[key] > most else { continue }
        most = says[key]
        checks[row] = UInt8(check)
        rarities[row] = Self.rarity(texts: Int(counts[key]), of: textCount)
      }
    }
  }

  /// The inverse document frequency, squared and as it is stored.
  static func rarity(texts: Int, of count: Int) -> UInt8 {
    let rarity = log(Float(1 + count) / Float(1 + texts)) + 1
    return UInt8(min(max((rarity * rarity * Classifier.rarityScale).rounded(), 1), 127))
  }

  /// The rarity that the classifier will see.
  func rarity(_ row: UInt32) -> Float { (Float(rarities[Int(row)]) / Classifier.rarityScale).squareRoot() }

  /// Gives a free row to the feature that asks for it.
  /// - Returns: whether the row is now the feature's own.
  mutating func claim(_ key: UInt32) -> Bool {
    let row = Int(key & (1 << UInt32(bits) - 1))
    if rarities[row] == 0 {
      checks[row] = UInt8(key >> UInt32(bits))
      rarities[row] = 127
    }
    return UInt32(checks[row]) == key >> UInt32(bits)
  }

  /// A text, or some words of one, as a vector of unit length, in the order of the rows.
  func vector(_ features: TextFeatures, words: Range<Int>? = nil) -> [(row: UInt32, value: Float)] {
    let words = words ?? 0..<features.words.starts.count - 1
    var entries: [(row: UInt32, value: Float)] = []
    var stored: (words: Float, runs: Float) = (0, 0)
    for (column, share) in [(features.words, 1), (features.runs, TextFeatures.runShare)] {
      for key in column.keys[column.starts[words.lowerBound]..<column.starts[words.upperBound]] {
        let row = key & (1 << UInt32(bits) - 1)
        let rarity = Float(rarities[Int(row)])
        guard rarity > 0, UInt32(checks[Int(row)]) == key >> UInt32(bits) else { continue }
        entries.append((row, share * self.rarity(row)))
        if share == 1 { stored.words += rarity } else { stored.runs += rarity }
      }
    }
    let norm = Classifier.norm(words: stored.words, runs: stored.runs)
    entries.sort { $0.row < $1.row }
    var merged: [(row: UInt32, value: Float)] = []
    merged.reserveCapacity(entries.count)
    for entry in entries {
      if merged.last?.row == entry.row {
        merged[merged.count - 1].value += entry.value / norm
      } else {
        merged.append((entry.row, entry.value / norm))
      }
    }
    return merged
  }

  /// The bytes of a classifier file.
  /// - Parameter models: one for each output.
  func file(of models: [LinearModel], calibration: [Float], words: ClassifierWords) -> [UInt8] {
    // Eight deviations hold all but a few numbers of a column, which are clipped.
    let scales = models.map { model -> Float in
      var squares = 0.0
      var count = 0.0
      for (row, weight) in model.weights.enumerated() where weight != 0 {
        let value = Double(weight * rarity(UInt32(row)))
        squares += value * value
        count += 1
      }
      return Float(max(8 * (squares / max(count, 1)).squareRoot(), 1e-6) / 127)
    }
    var table = [Int8](repeating: 0, count: Classifier.rowBytes << bits)
    for row in 0..<(1 << bits) where rarities[row] > 0 {
      for (output, model) in models.enumerated() {
        let value = (model.weights[row] * rarity(UInt32(row)) / scales[output]).rounded()
        table[row * Classifier.rowBytes + output] = Int8(min(max(value, -127), 127))
      }
      table[row * Classifier.rowBytes + Classifier.Output.rarity] = Int8(rarities[row])
      table[row * Classifier.rowBytes + Classifier.Output.check] = Int8(bitPattern: checks[row])
    }
    let head = Classifier.Head(scales: scales, bias: models.map(\.bias), calibration: calibration)
    return Classifier.file(tableBits: bits, head: head, words: words, table: table)
  }
}

import JSON

/// A picture that is followed beside the prompt, and how much: `fox.png:0.6`.
package struct PictureWish: Sendable, Equatable {
  /// `-` is standard input.
  package var path: String
  package var weight: Double

  package init(path: String, weight: Double = 1) {
    (self.path, self.weight) = (path, weight)
  }

  /// Nil where there is no path.
  init?(setting text: some StringProtocol) {
    if let colon = text.lastIndex(of: ":"), let weight = Double(text[text.index(after: colon)...]), weight.isFinite {
      self.init(path: String(text[..<colon]), weight: weight)
    } else {
      self.init(path: String(text))
    }
    guard !path.isEmpty else { return nil }
  }

  /// As one writes it, with another path where one is given.
  package func text(path other: String? = nil) -> String { "\(other ?? path):\(weight)" }
}

/// Pictures that are followed beside the prompt.
package struct PictureWishList: Sendable, Equatable {
  package var wishes: [PictureWish] = []

  package init(_ wishes: [PictureWish] = []) { self.wishes = wishes }
}

extension PictureWishList: SettingValue {
  package init?(setting text: String) {
    let parts = text.isEmpty ? [] : text.split(separator: ReferenceList.separator, omittingEmptySubsequences: false)
    let wishes = parts.map { PictureWish(setting: $0) }
    guard !wishes.contains(nil) else { return nil }
    self.init(wishes.compactMap(\.self))
  }

  package var settingText: String { wishes.map { $0.text() }.joined(separator: ReferenceList.separator) }
  package var settingJSON: JSONValue {
    wishes.count == 1 ? .string(wishes[0].text()) : .array(wishes.map { .string($0.text()) })
  }
  package static var expectation: String { "FILE or FILE:WEIGHT such as fox.png:0.6" }
}

import Families
import Images
import JSON

/// A picture that shall control what is painted: `canny=fox.png:0.8:0-0.5`.
package struct ControlWish: Sendable, Equatable {
  package var kind: ControlKind
  /// Of the picture; `-` is standard input.
  package var path: String
  package var weight: Double
  /// The share of the steps from which, and until which, it counts.
  package var range: ClosedRange<Double>

  package init(kind: ControlKind, path: String, weight: Double = 1, range: ClosedRange<Double> = 0...1) {
    (self.kind, self.path, self.weight, self.range) = (kind, path, weight, range)
  }

  /// Nil where the text says no such thing; a path may hold colons.
  init?(setting text: some StringProtocol) {
    guard let equals = text.firstIndex(of: "="),
      let kind = ControlKind(rawValue: String(text[..<equals]).lowercased())
    else { return nil }
    var rest = text[text.index(after: equals)...]
    func last() -> (String, before: Int)? {
      rest.lastIndex(of: ":").map {
        (String(rest[rest.index(after: $0)...]), rest.distance(from: rest.startIndex, to: $0))
      }
    }
    var range: ClosedRange<Double>?
    if let (text, before) = last(), let found = ControlWish.range(text) {
      range = found
      rest = rest.prefix(before)
    }
    var weight: Double?
    if let (text, before) = last(), let found = Double(text), found.isFinite {
      weight = found
      rest = rest.prefix(before)
    }
    guard !rest.isEmpty, range == nil || weight != nil else { return nil }
    self.init(kind: kind, path: String(rest), weight: weight ?? 1, range: range ?? 0...1)
  }

  /// `0.2-0.8`
  private static func range(_ text: String) -> ClosedRange<Double>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let from = ends[0], let to = ends[1], 0 <= from, from < to, to <= 1 else { return nil }
    return from...to
  }

  /// As one writes it, with another path where one is given.
  package func text(path other: String? = nil) -> String {
    let beginning = "\(kind.rawValue)=\(other ?? path)"
    if range != 0...1 { return "\(beginning):\(weight):\(range.lowerBound)-\(range.upperBound)" }
    return "\(beginning):\(weight)"
  }
}

/// Pictures that control, in the order of the networks that they are for.
package struct ControlList: Sendable, Equatable {
  package var wishes: [ControlWish] = []

  package init(_ wishes: [ControlWish] = []) { self.wishes = wishes }
}

extension ControlList: SettingValue {
  package init?(setting text: String) {
    let parts = text.isEmpty ? [] : text.split(separator: ReferenceList.separator, omittingEmptySubsequences: false)
    let wishes = parts.map { ControlWish(setting: $0) }
    guard !wishes.contains(nil) else { return nil }
    self.init(wishes.compactMap(\.self))
  }

  package var settingText: String { wishes.map { $0.text() }.joined(separator: ReferenceList.separator) }
  package var settingJSON: JSONValue {
    wishes.count == 1 ? .string(wishes[0].text()) : .array(wishes.map { .string($0.text()) })
  }
  package static var expectation: String {
    "KIND=FILE, KIND=FILE:WEIGHT or KIND=FILE:WEIGHT:START-END (canny=fox.png:0.8:0-0.5), where KIND is one of \(ControlKind.allCases.map(\.rawValue).joined(separator: ", "))"
  }
  /// More than anybody has memory for.
  package static let most = 8
}

extension ControlMode: SettingValue {}

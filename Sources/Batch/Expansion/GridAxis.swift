import System

/// A field or variable that takes several values in turn: `seed=1..4`, `style=flat,3d`, `$animal=cat,dog`.
package struct GridAxis: Equatable, Sendable {
  enum Subject: Equatable {
    case field(Field)
    case variable(String)
  }

  let subject: Subject
  package let values: [String]

  private static let maximumCount = 100_000

  /// - Throws: ``UserError/request(_:)`` where it is no `name=values`.
  package init(parsing text: String) throws(UserError) {
    guard let equals = text.firstIndex(of: "=") else {
      throw .request("--grid \(text) names no values; write field=a,b,c or field=1..4.")
    }
    let name = String(text[..<equals])
    if name.hasPrefix("$"), VariableName.isOne(name.dropFirst()) {
      subject = .variable(String(name.dropFirst()))
    } else if let field = Field(name: name), field != .output, field != .count {
      subject = .field(field)
    } else {
      throw .request(
        "--grid \(text): \"\(name)\" is no field to vary; those are the picture and sampling flags of `limn generate`, and $name."
      )
    }
    var values: [String] = []
    for value in text[equals...].dropFirst().split(separator: ",", omittingEmptySubsequences: false) {
      values += try GridAxis.values(String(value), of: text)
    }
    guard values.count <= GridAxis.maximumCount else {
      throw .request("--grid \(text) has \(values.count) values; at most \(GridAxis.maximumCount) make sense.")
    }
    self.values = values
  }

  /// `1..4` is 1, 2, 3, 4; anything else is itself.
  private static func values(_ text: String, of axis: String) throws(UserError) -> [String] {
    guard !text.isEmpty else { throw .request("--grid \(axis) has an empty value.") }
    guard let dots = text.firstRange(of: ".."), let first = UInt64(text[..<dots.lowerBound]),
      let last = UInt64(text[dots.upperBound...])
    else { return [text] }
    guard first <= last, last - first < UInt64(maximumCount) else {
      throw .request("--grid \(axis): \(text) is not a range of at most \(maximumCount) numbers, lowest first.")
    }
    return (first...last).map(String.init)
  }

  func apply(_ value: String, to line: inout PromptLine) {
    switch subject {
    case .field(let field): line.fields[field] = value
    case .variable(let name): line.variables[name] = value
    }
  }
}

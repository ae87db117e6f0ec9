import Painting

/// What one line of a prompt file says, before anything in it is expanded.
package struct PromptLine: Equatable, Sendable {
  /// Where it begins, counted from 1.
  package let line: Int
  package var fields: [Field: String]
  /// Values for `${name}`.
  package var variables: [String: String]
  /// Pictures for each that ``Field/count`` asks for.
  var copies = 1

  package init(line: Int, fields: [Field: String] = [:], variables: [String: String] = [:]) {
    self.line = line
    self.fields = fields
    self.variables = variables
  }

  /// Takes a value under the name of a field, or of a variable where the name begins with `$`.
  ///
  /// - Throws: ``LineFault`` for names that are neither, and for a second value where there can be but one.
  mutating func set(_ name: String, to value: String) throws(LineFault) {
    if name.hasPrefix("$") {
      guard VariableName.isOne(name.dropFirst()) else {
        throw LineFault(line: line, reason: "\"\(name)\" is no variable's name: letters, digits and _ after the $.")
      }
      variables[String(name.dropFirst())] = value
      return
    }
    guard let field = Field(name: name) else {
      throw LineFault(
        line: line,
        reason: "There is no field \"\(name)\"; the fields are the picture and sampling flags of `limn generate`.")
    }
    try add(value, to: field, spelt: "\"\(name)\"")
  }

  /// Takes a value, behind those that a field has where it may have several.
  ///
  /// - Parameter name: The field as the line spells it, for messages.
  /// - Throws: ``LineFault`` for a second value where there can be but one.
  mutating func add(_ value: String, to field: Field, spelt name: String) throws(LineFault) {
    guard let known = fields[field] else {
      fields[field] = value
      return
    }
    guard let separator = Setting.named(field.rawValue)?.separator else {
      throw LineFault(line: line, reason: "\(name) says \(field.rawValue) a second time.")
    }
    fields[field] = known + separator + value
  }
}

/// What stands between `${` and `}`.
enum VariableName {
  static func isOne(_ name: some StringProtocol) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { isPart($0) }
  }

  static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

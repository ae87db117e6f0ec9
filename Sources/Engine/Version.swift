/// limn's version, in one place.
package enum Version {
  package static let number = "0.2.0"
  /// As metadata name the tool: "limn 0.2.0".
  package static let tool = "limn \(number)"
}

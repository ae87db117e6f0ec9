import Foundation

/// The policy as a file: JSON that people may edit too.
extension Policy {
  /// - Parameter path: where there is no file, the standard policy holds.
  /// - Throws: `GuardrailError` for a file that cannot be read, names unknown categories or makes no sense.
  package init(path: String) throws(GuardrailError) {
    guard FileManager.default.fileExists(atPath: path) else {
      self.init()
      return
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path, "the guardrail's policy can't be read; nothing is painted without it.")
    }
    try self.init(data: data, name: path)
  }

  /// - Parameter name: what messages call the file.
  package init(data: Data, name: String) throws(GuardrailError) {
    do {
      self = try JSONDecoder().decode(Policy.self, from: data)
    } catch {
      throw .policy("\(name) is not what `limn guard policy` writes: \(Self.problem(error))")
    }
    try validate()
  }

  /// The contents of the file, the same for the same policy.
  package var data: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  private static func problem(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error.localizedDescription)." }
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : " at `\(path)`"
    }
    return switch error {
    case .keyNotFound(let key, let context): "`\(key.stringValue)` is missing\(place(context))."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "a value of another kind is expected\(place(context))."
    case .dataCorrupted(let context): "it is no JSON or has an unknown name\(place(context))."
    @unknown default: "it cannot be read."
    }
  }
}

import Foundation
import System

/// The policy as a file: JSON that people may edit too.
extension Policy {
  /// In bytes; ten thousand phrases take less.
  private static let largestFile = 16 << 20

  /// - Parameters:
  ///   - path: where there is nothing, the standard policy holds.
  ///   - knownRoles: the names that an installation has roles by; a policy for any other is refused.
  /// - Throws: `GuardrailError` for a file that cannot be reached or read, has unknown names or makes no sense.
  package init(path: String, knownRoles: [String]) throws(GuardrailError) {
    func unreadable(_ reason: String) -> GuardrailError {
      .unreadable(path: path, "the guardrail's policy can't be read: \(reason); nothing is painted without it.")
    }
    switch PathPresence(path) {
    case .absent:
      self.init()
      return
    case .unknown(let reason): throw unreadable(reason)
    case .present: break
    }
    let bytes: [UInt8]
    do {
      bytes = try FileTree.read(path, atMost: Self.largestFile)
    } catch .missing {
      throw unreadable("it is a link that leads nowhere, or to where this user may not look")
    } catch {
      throw unreadable("\(error)")
    }
    try self.init(data: Data(bytes), name: path)
    for role in roles.keys.sorted() where !knownRoles.contains(role) {
      throw .policy("\(path) names the unknown role `\(role)`; known are \(knownRoles.joined(separator: ", ")).")
    }
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
    if let error = error as? UnknownName { return "\(error)" }
    guard let error = error as? DecodingError else { return "\(error.localizedDescription)." }
    func place(_ context: DecodingError.Context) -> String { Self.place(context.codingPath) }
    return switch error {
    case .keyNotFound(let key, let context): "`\(key.stringValue)` is missing\(place(context))."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "a value of another kind is expected\(place(context))."
    case .dataCorrupted(let context): "it is no JSON or has an unknown value\(place(context))."
    @unknown default: "it cannot be read."
    }
  }

  fileprivate static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "" : " at `\(path.map(\.stringValue).joined(separator: "."))`"
  }
}

/// A name in the file that means nothing: what was meant by it would not hold.
private struct UnknownName: Error, CustomStringConvertible {
  let name: String
  let known: [String]
  let path: [any CodingKey]

  var description: String {
    "it has an unknown name, `\(name)`\(Policy.place(path)); known are \(known.joined(separator: ", "))."
  }
}

extension Decoder {
  /// - Throws: `UnknownName` where the object has a member that is none of `known`.
  fileprivate func expectNames(_ known: [String]) throws {
    for key in try container(keyedBy: Name.self).allKeys where !known.contains(key.stringValue) {
      throw UnknownName(name: key.stringValue, known: known, path: codingPath)
    }
  }
}

/// Any name of a member.
private struct Name: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Policy: Decodable {
  package init(from decoder: any Decoder) throws {
    try decoder.expectNames(CodingKeys.allCases.map(\.rawValue))
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    version = try members.decode(Int.self, forKey: .version)
    everybody = try members.decode(Strictness.self, forKey: .everybody)
    roles = try members.decode([String: Strictness].self, forKey: .roles)
  }
}

extension Policy.Strictness: Decodable {
  package init(from decoder: any Decoder) throws {
    try decoder.expectNames(CodingKeys.allCases.map(\.rawValue))
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    let categories = try members.superDecoder(forKey: .thresholds)
    try categories.expectNames(Category.allCases.map(\.rawValue))
    thresholds = try [Category: Policy.Thresholds](from: categories)
    allow = try members.decode([String].self, forKey: .allow)
    deny = try members.decode([String].self, forKey: .deny)
    ownSwitch = try members.decodeIfPresent(Bool.self, forKey: .ownSwitch)
    unsafePictures = try members.decodeIfPresent(UnsafePictures.self, forKey: .unsafePictures)
    pictureLimit = try members.decodeIfPresent(Double.self, forKey: .pictureLimit)
  }
}

extension Policy.Thresholds: Decodable {
  package init(from decoder: any Decoder) throws {
    try decoder.expectNames(CodingKeys.allCases.map(\.rawValue))
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      block: try members.decode(Double.self, forKey: .block), warn: try members.decode(Double.self, forKey: .warn))
  }
}

import Crypto
import Foundation
import History
import JSON
import Painting

/// What tells the files that a run was given, beside its references, from others of the same names.
package struct InputHashes: Sendable {
  /// By the names of settings, in their order; nil for what could not be read, such as standard input.
  package let digits: [String: [String?]]

  /// Nil where it was given none.
  init?(_ run: PictureRun) {
    var digits: [String: [String?]] = [:]
    func add(_ name: String, _ hashes: [String?]) { if !hashes.isEmpty { digits[name] = hashes } }
    add("mask", [run.settings.maskPath].compactMap(\.self).map(InputHashes.file))
    add("control", run.settings.controls.wishes.map { InputHashes.file($0.path) })
    add("ip-reference", run.settings.pictures.wishes.map { InputHashes.file($0.path) })
    for kind in [LoadedPart.Kind.control, .pictureAdapter] {
      add(kind.rawValue, run.model.parts.filter { $0.kind == kind }.map(\.digits))
    }
    guard !digits.isEmpty else { return nil }
    self.digits = digits
  }

  /// As a run keeps them.
  package init?(_ text: String?) {
    guard let text, let object = (try? JSONValue(parsing: Array(text.utf8)))?.object else { return nil }
    digits = object.mapValues { ($0.array ?? []).map(\.string) }
  }

  var text: String {
    JSONValue.object(digits.mapValues { .array($0.map { $0.map { .string($0) } ?? .null }) }).text
  }

  /// SHA-256 of a file, 64 digits; nil for standard input and what cannot be read.
  static func file(_ path: String) -> String? {
    path == "-" ? nil : FileManager.default.contents(atPath: path).map { SHA256.hash(data: $0).hexadecimal }
  }
}

import Checkpoints
import System

/// A model on the hub at a revision: `ORG/NAME`, `ORG/NAME@REVISION`.
package struct ModelReference: Sendable, Hashable {
  /// `organisation/name`
  package let repository: String
  /// A branch, a tag or a commit.
  package let revision: String

  package static let standardRevision = "main"

  /// - Throws: ``UserError/request(_:)`` where it is no such name.
  package init(_ text: String) throws(UserError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts[0].split(separator: "/", omittingEmptySubsequences: false).count == 2, parts[0].utf8.count <= 200,
      HuggingFaceCache.isRepositoryName(parts[0])
    else {
      throw .request(
        "\"\(text.harmlessName)\" is no model of the hub; expected is ORGANISATION/NAME or ORGANISATION/NAME@REVISION.")
    }
    repository = parts[0]
    revision = parts.count == 2 ? parts[1] : ModelReference.standardRevision
    guard HubPath.isSafe(revision), revision.utf8.count <= 200 else {
      throw .request("\"\(revision.harmlessName)\" is no revision: a branch, a tag or a commit was expected.")
    }
  }

  package var description: String {
    revision == ModelReference.standardRevision ? repository : "\(repository)@\(revision)"
  }
}

/// Paths that come from elsewhere and become files here.
package enum HubPath {
  /// Whether a path stays below where it is put: names between single slashes that are neither empty nor `.` nor `..`, without
  /// characters of control or backslashes.
  package static func isSafe(_ path: String) -> Bool {
    guard !path.isEmpty, path.utf8.count <= 1024 else { return false }
    return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { name in
      !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
        && !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }
    }
  }
}

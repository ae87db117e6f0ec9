import JSON
import System

/// What the hub says of a model at a revision.
package struct HubModel: Sendable {
  package let repository: String
  /// 40 hexadecimal digits.
  package let commit: String
  /// As the model's card names it: `apache-2.0`; nil where it says nothing.
  package let licence: String?
  /// Whether terms must be accepted first.
  package let isGated: Bool
  package let files: [HubFile]

  /// Reads the answer to `/api/models/ORG/NAME/revision/REVISION?blobs=true`.
  ///
  /// - Throws: ``UserError/input(_:)`` where it is none, or names what could not lie in a cache.
  init(_ answer: JSONValue, repository: String, host: String) throws(UserError) {
    guard let commit = answer["sha"]?.string, commit.utf8.count == 40, Digest.isHexadecimal(commit),
      let siblings = answer["siblings"]?.array
    else {
      throw .input("\(host) answered no list of the files of \(repository); is it a model hub (HF_ENDPOINT)?")
    }
    self.repository = repository
    self.commit = commit
    let card = answer["cardData"]
    let named = card?["license_name"]?.string
    let licence = card?["license"]?.string ?? card?["license"]?.array?.first?.string
    self.licence = licence == "other" ? named ?? licence : licence ?? HubModel.licenceTag(answer)
    isGated = answer["gated"].map { $0 != .bool(false) && $0 != .null } ?? false
    var files: [HubFile] = []
    for sibling in siblings {
      guard let path = sibling["rfilename"]?.string, HubPath.isSafe(path) else {
        let name = sibling["rfilename"]?.string ?? sibling.text
        throw .input(
          "\(host) lists a file of \(repository) as \"\(name.harmlessName)\", which is no name that a file may have; nothing was fetched."
        )
      }
      files.append(HubFile(path: path, sibling))
    }
    guard Set(files.map(\.path)).count == files.count else {
      throw .input("\(host) lists files of \(repository) twice; nothing was fetched.")
    }
    self.files = files.sorted { $0.path < $1.path }
  }

  /// `license:apache-2.0` among the tags.
  private static func licenceTag(_ answer: JSONValue) -> String? {
    let tags = answer["tags"]?.array?.compactMap(\.string) ?? []
    return tags.first { $0.hasPrefix("license:") }.map { String($0.dropFirst(8)) }
  }
}

/// A file of a model on the hub.
package struct HubFile: Sendable, Hashable {
  /// Within the repository.
  package let path: String
  /// In bytes; nil where the listing does not say.
  package let size: Int?
  /// Nil where the listing does not say.
  package let digest: Digest?

  package init(path: String, size: Int?, digest: Digest?) {
    (self.path, self.size, self.digest) = (path, size, digest)
  }

  init(path: String, _ sibling: JSONValue) {
    let large = sibling["lfs"]
    let size = (large?["size"] ?? sibling["size"])?.integer
    let digits = (large?["sha256"] ?? large?["oid"] ?? sibling["blobId"] ?? sibling["oid"])?.string
    self.init(path: path, size: size.flatMap { $0 >= 0 ? $0 : nil }, digest: digits.flatMap(Digest.init))
  }

  /// The folder that it lies in; empty for the repository's own.
  var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
  var name: String { String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]) }
}

import Foundation
import JSON
import Synchronization
import System

/// A model of the hub and what of it is to come into the cache.
package struct ModelPull: Sendable {
  package let reference: ModelReference
  package let model: HubModel
  /// What is wanted, each with its size and hash.
  package let files: [HubFile]
  package let entry: CacheEntry
  private let connection: HubConnection

  /// Files that are fetched at a time.
  private static let parallel = 4
  /// No `model_index.json` is larger, in bytes.
  private static let largestIndex = 1 << 20

  /// Asks the hub what there is and chooses; nothing is written.
  ///
  /// - Parameter root: The cache's folder.
  /// - Throws: ``UserError``
  package init(
    _ reference: ModelReference, _ selection: FileSelection, root: String, over connection: HubConnection
  ) async throws {
    let subject = HubSubject(reference: reference)
    let endpoint = connection.settings.endpoint
    var address = endpoint.appending(path: "api/models/\(reference.repository)/revision")
    // A branch may have slashes in its name.
    address = URL(string: "\(address.absoluteString)/\(ModelPull.escaped(reference.revision))?blobs=true") ?? address
    let model = try HubModel(
      await connection.json(address, about: subject), repository: reference.repository, host: connection.settings.host)
    func place(_ path: String) -> URL { ModelPull.address(of: path, model, endpoint) }
    var index: JSONValue?
    if selection.files.isEmpty, model.files.contains(where: { $0.path == "model_index.json" }) {
      index = try await connection.json(
        place("model_index.json"), atMost: ModelPull.largestIndex,
        about: HubSubject(reference: reference, file: "model_index.json"))
    }
    var files: [HubFile] = []
    for file in try selection.chosen(from: model, index: index) {
      files.append(try await ModelPull.described(file, place(file.path), subject, connection))
    }
    (self.reference, self.model, self.files, self.connection) = (reference, model, files, connection)
    entry = CacheEntry(reference.repository, root: root)
  }

  private static func address(of path: String, _ model: HubModel, _ endpoint: URL) -> URL {
    let folders = path.split(separator: "/").map { escaped(String($0)) }.joined(separator: "/")
    return URL(string: "\(endpoint.absoluteString)/\(model.repository)/resolve/\(model.commit)/\(folders)") ?? endpoint
  }

  /// RFC 3986, 2.3.
  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  private static func escaped(_ name: String) -> String {
    name.addingPercentEncoding(withAllowedCharacters: ModelPull.unreserved) ?? name
  }

  /// A file with its size and hash; where the list left them out, the file's own address is asked.
  private static func described(
    _ file: HubFile, _ url: URL, _ subject: HubSubject, _ connection: HubConnection
  ) async throws -> HubFile {
    if file.size != nil, file.digest != nil { return file }
    var subject = subject
    subject.file = file.path
    var patience = connection.patience()
    let headers = try await connection.response(to: url, method: .HEAD, about: subject, &patience).headers
    let mark = headers.first(name: "X-Linked-Etag") ?? headers.first(name: "ETag") ?? ""
    let digits = mark.trimmingPrefix("W/").filter { $0 != "\"" }
    let size = headers.first(name: "X-Linked-Size") ?? headers.first(name: "Content-Length")
    guard let digest = Digest(String(digits)), let size = size.flatMap({ Int($0) }), size >= 0 else {
      throw UserError.input(
        "\(connection.settings.host) does not say how large \(subject.words) is and what it hashes to.")
    }
    return HubFile(path: file.path, size: size, digest: digest)
  }

  // MARK: Sizes, in bytes

  package var bytes: Int { unique.reduce(0) { $0.addingReportingOverflow($1.size ?? 0).partialValue } }

  /// What is not in the cache yet.
  package var missingBytes: Int { unique.reduce(0) { $0.addingReportingOverflow(missing($1)).partialValue } }

  /// Files of one content are one blob.
  private var unique: [HubFile] {
    var known: Set<Digest> = []
    return files.filter { file in file.digest.map { known.insert($0).inserted } ?? false }
  }

  private func missing(_ file: HubFile) -> Int {
    guard let digest = file.digest, let size = file.size else { return 0 }
    func count(_ path: String) -> Int? {
      var status = stat()
      return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
    if count(entry.blob(digest)) == size { return 0 }
    return size - min(size, count(entry.partial(digest)) ?? 0)
  }

  /// - Throws: ``UserError/resources(_:)`` where the cache's disk has less room than what is missing.
  package func checkRoom() throws(UserError) {
    var total = 0
    for file in unique {
      let (sum, overflows) = total.addingReportingOverflow(missing(file))
      total = overflows ? .max : sum
    }
    var folder = entry.folder
    while PathKind(folder) != .folder, folder.count > 1 { folder = PathParts(folder).folder }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = attributes?[.systemFreeSize] as? Int, free < total else { return }
    throw .resources(
      "\(reference.description) takes \(ByteCount(total).rounded(.up)) more, and the disk of \(folder) has \(ByteCount(free).rounded(.down)) left; free some, or name another folder by HF_HOME."
    )
  }

  // MARK: Fetching

  /// Fetches what is missing, then gives all files their names, so that a model is there as a whole or not at all.
  ///
  /// - Parameter progress: Hears how many of ``bytes`` are there.
  /// - Returns: The model's folder, or its file where one alone was asked for.
  /// - Throws: ``UserError``, or `CancellationError`; what has come stays, and the next attempt goes on from there.
  package func run(progress: @escaping @Sendable (Int) -> Void) async throws -> String {
    try checkRoom()
    try entry.makeFolders()
    let state = Mutex<[Digest: Int]>([:])
    var downloads = unique.compactMap { file in
      download(file) { count in
        progress(
          state.withLock { state in
            state[file.digest!] = count
            return state.values.reduce(0, +)
          })
      }
    }[...]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<ModelPull.parallel {
        guard let next = downloads.popFirst() else { break }
        group.addTask { try await next() }
      }
      while try await group.next() != nil {
        guard let next = downloads.popFirst() else { continue }
        group.addTask { try await next() }
      }
    }
    for file in files { try entry.link(file.path, to: file.digest!, commit: model.commit) }
    try entry.note(reference.revision, is: model.commit)
    let folder = entry.snapshot(model.commit)
    return files.count == 1 ? "\(folder)/\(files[0].path)" : folder
  }

  private func download(_ file: HubFile, _ progress: @escaping @Sendable (Int) -> Void) -> BlobDownload? {
    guard let digest = file.digest, let size = file.size else { return nil }
    return BlobDownload(
      connection: connection, entry: entry, url: ModelPull.address(of: file.path, model, connection.settings.endpoint),
      subject: HubSubject(reference: reference, file: file.path),
      size: size, digest: digest, progress: progress)
  }
}

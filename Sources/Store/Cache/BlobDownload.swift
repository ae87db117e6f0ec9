import Foundation
import NIOCore
import System

/// One file of the hub on its way to its place among the cache's blobs.
struct BlobDownload: Sendable {
  let connection: HubConnection
  let entry: CacheEntry
  let url: URL
  let subject: HubSubject
  let size: Int
  let digest: Digest
  /// Hears how many bytes of the file are there.
  let progress: @Sendable (Int) -> Void

  /// What counts as getting on, in bytes.
  private static let step = 64 << 10
  /// Slower than this, in bytes a second, counts as standing still.
  private static let leastSpeed = 100.0

  /// Fetches what is not there yet, one program at a time.
  ///
  /// - Throws: ``UserError``, or `CancellationError`; what has come stays.
  func callAsFunction() async throws {
    let place = entry.blob(digest)
    if !isThere(place) {
      let lock = try await FileLock(entry.lock(digest))
      // Whoever had the lock may have fetched it.
      if !isThere(place) { try await fetch(to: place) }
      _ = consume lock
    }
    progress(size)
  }

  private func isThere(_ place: String) -> Bool {
    var status = stat()
    return unsafe stat(place, &status) == 0 && Int(status.st_size) == size
  }

  private func fetch(to place: String) async throws {
    let file = try PartialFile(entry.partial(digest))
    if file.count > size { try file.shorten(to: 0) }
    var sum = RunningDigest(digest, size: size)
    try file.forEachBlock { sum.update($0) }
    progress(file.count)
    var patience = connection.patience()
    var hasBegunAnew = false
    while true {
      if file.count < size { try await receive(file, &sum, &patience) }
      guard file.count == size else { continue }
      if sum.isRight { return try file.finish(as: place) }
      let found = sum.digits
      // Bytes of an earlier attempt may be to blame.
      try file.shorten(to: 0)
      sum = RunningDigest(digest, size: size)
      progress(0)
      guard !hasBegunAnew else {
        throw UserError.input(
          "\(subject.words) came twice with other bytes than it should have (its hash is \(found), expected is \(digest.digits)); nothing of it is kept."
        )
      }
      hasBegunAnew = true
    }
  }

  /// Takes in what comes of one request; where the connection ends early, the next one goes on from there.
  private func receive(_ file: PartialFile, _ sum: inout RunningDigest, _ patience: inout Patience) async throws {
    let offset = file.count
    let response = try await connection.response(to: url, from: offset, about: subject, &patience)
    func beginAnew() throws(UserError) {
      try file.shorten(to: 0)
      sum = RunningDigest(digest, size: size)
      progress(0)
    }
    if response.status == 416 {
      // The server has another file than the one that was begun.
      try beginAnew()
      return try await patience.pause(because: "\(response.host) has nothing of \(subject.words) behind byte \(offset)")
    }
    if let range = response.range, range.size.map({ $0 != size }) == true {
      throw UserError.input(
        "\(response.host) has \(range.size ?? 0) bytes of \(subject.words) where the hub lists \(size).")
    }
    if offset > 0, response.status == 200 { try beginAnew() }
    if response.status == 206, response.range?.first != file.count {
      try beginAnew()
      return try await patience.pause(
        because: "\(response.host) sends another part of \(subject.words) than was asked for")
    }
    do {
      try await take(response, file, &sum)
      guard file.count < size else { return }
      throw EarlyEnd()
    } catch let error as UserError {
      throw error
    } catch {
      try Task.checkCancellation()
      if file.count - offset >= BlobDownload.step { patience.progressed() }
      let words = error is EarlyEnd || error is Standstill ? "\(error)" : HubConnection.words(error)
      try await patience.pause(because: "\(response.host) \(words)")
    }
  }

  private func take(_ response: HubResponse, _ file: PartialFile, _ sum: inout RunningDigest) async throws {
    let clock = ContinuousClock()
    let window = connection.settings.idleSeconds
    var windowStart = clock.now
    var windowBytes = 0
    for try await block in response.body {
      try Task.checkCancellation()
      let bytes = block.readableBytesView
      guard file.count + bytes.count <= size else {
        try file.shorten(to: 0)
        throw UserError.input(
          "\(response.host) sends more than the \(size) bytes that \(subject.words) has; nothing of it is kept.")
      }
      try file.append(bytes)
      sum.update(bytes)
      progress(file.count)
      windowBytes += bytes.count
      let elapsed = (clock.now - windowStart) / .seconds(1)
      if elapsed >= window {
        guard Double(windowBytes) >= elapsed * BlobDownload.leastSpeed else { throw Standstill() }
        (windowStart, windowBytes) = (clock.now, 0)
      }
    }
  }

  private struct EarlyEnd: Error, CustomStringConvertible {
    var description: String { "closed the connection" }
  }

  private struct Standstill: Error, CustomStringConvertible {
    var description: String { "sends next to nothing" }
  }
}

import Foundation
import Generation
import Synchronization
import System

/// What a batch says: results on standard output, the rest on standard error; callable from any thread.
final class BatchReporter: Sendable {
  enum Results: Sendable {
    /// The path of each picture.
    case paths
    /// An event a line.
    case json
    /// The pictures themselves, as an archive.
    case archive
    case none
  }

  let results: Results
  private let isQuiet: Bool
  /// Where the bar is drawn on the terminal that the paths go to, they take its line.
  private static let clearsLine = Console.isTerminal && Console.resultsAreWatched ? Console.cleared : ""
  /// Why standard output took no more, once it did not.
  private let failure = Mutex<(any Error)?>(nil)

  init(results: Results, isQuiet: Bool) {
    self.results = results
    self.isQuiet = isQuiet
  }

  /// Prints an event where events are printed.
  func event(_ event: some Encodable) {
    guard results == .json, let line = try? event.json else { return }
    print(BatchReporter.clearsLine + line + "\n")
  }

  /// Prints a picture that was painted.
  func picture(_ picture: PaintedPicture, of job: BatchJob, named path: String) {
    switch results {
    case .json:
      event(
        BatchEvent.Finished(
          index: job.index, line: job.line, copy: job.copy, key: job.key.digits, picture: picture.record(path: path)))
    case .paths: print(BatchReporter.clearsLine + path + "\n")
    case .archive:
      write(TarStream.entry(name: path, bytes: picture.bytes, modified: Date()))
    case .none: break
    }
  }

  /// Everything printed has arrived.
  /// - Throws: ``AtomicFileError`` or ``GenerationError/resources(_:)`` where standard output took less than all.
  func finish() throws {
    if results == .archive { write(TarStream.end) }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Whether standard output takes no more.
  var isBroken: Bool { failure.withLock { $0 != nil } }

  /// A sentence for a person.
  func note(_ sentence: String) {
    if !isQuiet { Console.note(sentence) }
  }

  func error(_ sentence: String) {
    Console.error(sentence)
  }

  private func print(_ line: String) { write(Array(line.utf8)) }

  /// Goes out whole, and at once: a reader waits for it.
  private func write(_ bytes: [UInt8]) {
    failure.withLock { failure in
      guard failure == nil else { return }
      do {
        try StandardOutput.write(bytes)
      } catch {
        failure = error
      }
    }
  }
}

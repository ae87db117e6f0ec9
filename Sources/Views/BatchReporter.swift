import Batch
import Engine
import Foundation
import Images
import Options
import Painting
import Synchronization
import System
import Terminal

/// What a batch says on a terminal: results on standard output, the rest on standard error; callable from any thread.
package final class BatchReporter: BatchObserver {
  package enum Results: Sendable {
    /// The path of each picture.
    case paths
    /// An event a line.
    case json
    /// The pictures themselves, as an archive.
    case archive
    case none
  }

  private let results: Results
  private let isQuiet: Bool
  private let isVerbose: Bool
  private let bar: BatchBar
  /// Where the bar is drawn on the terminal that the paths go to, they take its line.
  private static let clearsLine = Console.canRedraw && Console.resultsAreWatched ? Console.cleared : ""
  /// Why standard output took no more, once it did not.
  private let failure = Mutex<(any Error)?>(nil)
  private let said = Mutex<Set<String>>([])

  package init(results: Results, isQuiet: Bool, isVerbose: Bool) {
    self.results = results
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    bar = BatchBar(isShown: Console.canRedraw && !isQuiet)
  }

  /// The jobs that are to be painted.
  package func begin(_ jobs: [BatchJob]) { bar.begin(jobs) }

  package func event(_ event: any Encodable & Sendable) {
    guard results == .json, let line = try? event.json else { return }
    print(BatchReporter.clearsLine + line + "\n")
  }

  package func progress(_ job: BatchJob, step: Int, of steps: Int) {
    bar.step(step, of: steps, job)
  }

  package func ended(_ job: BatchJob) { bar.end(job) }

  package func painted(_ picture: DeliveredPicture, named path: String) {
    switch results {
    case .paths: print(BatchReporter.clearsLine + Console.named(path) + "\n")
    case .archive: write(TarStream.entry(name: path, bytes: picture.bytes, modified: Date()))
    case .json, .none: break
    }
    for warning in picture.warnings where said.withLock({ $0.insert(warning).inserted }) && !isQuiet {
      Console.warning(warning.asFlags)
    }
    if isVerbose, let timings = picture.timings { note(timings.sentence) }
  }

  /// Everything printed has arrived.
  /// - Throws: ``AtomicFileError`` or ``UserError/resources(_:)`` where standard output took less than all.
  package func finish() throws {
    bar.clear()
    if results == .archive { write(TarStream.end) }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  package var isBroken: Bool { failure.withLock { $0 != nil } }

  package func note(_ sentence: String) {
    if !isQuiet { Console.note(sentence) }
  }

  package func error(_ sentence: String) { Console.error(sentence.asFlags) }

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

import Engine
import Painting

/// Hears what a batch has to say; callable from any thread.
package protocol BatchObserver: Sendable {
  /// An event as `--json` prints it; docs/events.schema.json describes them.
  func event(_ event: any Encodable & Sendable)
  /// A sentence for a person.
  func note(_ sentence: String)
  /// A sentence about what went wrong.
  func error(_ sentence: String)
  /// A job is begun, so many of its steps are done, or it has ended.
  func progress(_ job: BatchJob, step: Int, of steps: Int)
  func ended(_ job: BatchJob)
  /// A picture lies where `path` says.
  func painted(_ picture: DeliveredPicture, named path: String)
  /// The batch is over.
  /// - Throws: Where not everything that was said has arrived.
  func finish() throws
  /// Whether nobody takes what is said any more.
  var isBroken: Bool { get }
}

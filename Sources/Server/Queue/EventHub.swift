import Foundation
import JSON
import Synchronization

/// Tells whoever listens what becomes of their jobs.
final class EventHub: Sendable {
  /// What a listener hears.
  enum Event: Sendable {
    /// A job has changed; its identifier.
    case job(String)
    /// A picture as it looks now: the job, the picture's place in it, a PNG.
    case preview(job: String, index: Int, png: [UInt8])
    /// A style's sample was painted.
    case sample(String)
    case heartbeat
    /// The server ends.
    case end
  }

  private struct Listener {
    let person: String
    /// Only of this job.
    let job: String?
    let stream: AsyncStream<Event>.Continuation
  }

  private struct State {
    var listeners: [UUID: Listener] = [:]
    var hasEnded = false
  }

  private let state = Mutex(State())

  /// - Parameters:
  ///   - person: Whose jobs.
  ///   - job: Only that one.
  func listen(person: String, job: String? = nil) -> AsyncStream<Event> {
    // Who is slow misses what is old; each event stands for itself.
    let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(256))
    let id = UUID()
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
    }
    let hasEnded = state.withLock { state in
      if !state.hasEnded { state.listeners[id] = Listener(person: person, job: job, stream: continuation) }
      return state.hasEnded
    }
    if hasEnded {
      continuation.yield(.end)
      continuation.finish()
    }
    return stream
  }

  func publish(_ event: Event, of job: String, person: String) {
    for listener in listeners where listener.person == person && (listener.job == nil || listener.job == job) {
      listener.stream.yield(event)
    }
  }

  /// Tells everybody who hears of all their jobs.
  func publish(sample style: String) {
    for listener in listeners where listener.job == nil { listener.stream.yield(.sample(style)) }
  }

  /// Whether anybody hears of a job.
  func isHeard(_ job: String, person: String) -> Bool {
    listeners.contains { $0.person == person && ($0.job == nil || $0.job == job) }
  }

  /// Keeps connections open, and finds those that are gone, until the task is cancelled.
  func beat() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(15))
      for listener in listeners { listener.stream.yield(.heartbeat) }
    }
  }

  /// Ends all streams.
  func end() {
    let listeners = state.withLock { state in
      defer { state.listeners = [:] }
      state.hasEnded = true
      return Array(state.listeners.values)
    }
    for listener in listeners {
      listener.stream.yield(.end)
      listener.stream.finish()
    }
  }

  private var listeners: [Listener] { state.withLock { Array($0.listeners.values) } }
}

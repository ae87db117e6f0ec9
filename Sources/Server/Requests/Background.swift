import Dispatch

/// Work that holds a thread for a while: opening models, decoding pictures, asking the disk. Swift's tasks share too few
/// threads for that.
enum Background {
  private static let queue = DispatchQueue(label: "limn.server.work", qos: .userInitiated, attributes: .concurrent)

  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: work)) }
    }
  }
}

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A loop that several threads may work on, in cache lines of its own.
@safe struct SharedLoop: ~Copyable {
  private let next = Atomic<Int>(0)
  /// 1 while the loop may be joined, and 2 for every worker inside.
  private let gate = Atomic<Int>(0)
  /// Read by workers that look whether to join.
  private let pieces = Atomic<Int>(0)
  /// Written by the caller before the gate opens, read by workers inside.
  private let body: UnsafeMutablePointer<(Int) -> Void>
  private let padding = InlineArray<12, Int>(repeating: 0)

  init() {
    unsafe body = .allocate(capacity: 1)
    unsafe body.initialize(to: { _ in })
  }

  var helpers: Int { gate.load(ordering: .relaxed) >> 1 }

  var hasPieces: Bool {
    gate.load(ordering: .acquiring) & 1 == 1 && next.load(ordering: .relaxed) < pieces.load(ordering: .relaxed)
  }

  func begin(_ count: Int, _ body: @escaping (Int) -> Void) {
    unsafe self.body.pointee = body
    pieces.store(count, ordering: .relaxed)
    next.store(0, ordering: .relaxed)
    gate.store(1, ordering: .releasing)
  }

  /// Runs pieces until none is left, or until `isEnough` after one.
  @inline(__always)
  func work(until isEnough: () -> Bool = { false }) {
    let count = pieces.load(ordering: .relaxed)
    let body = unsafe body.pointee
    repeat {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= count { return }
      body(piece)
    } while !isEnough()
  }

  /// Enters the loop; false where it is over.
  func join() -> Bool {
    var state = gate.load(ordering: .relaxed)
    while state & 1 == 1 {
      let (joined, found) = gate.compareExchange(expected: state, desired: state + 2, ordering: .acquiring)
      if joined { return true }
      state = found
    }
    return false
  }

  func leave() { gate.wrappingSubtract(2, ordering: .releasing) }

  /// Closes the loop and waits for the workers inside, which still hold `body`.
  func end(spins: Int) {
    gate.wrappingSubtract(1, ordering: .relaxed)
    var count = 0
    while gate.load(ordering: .acquiring) > 0 {
      count += 1
      if count > spins { sched_yield() }
    }
    unsafe body.pointee = { _ in }
  }
}

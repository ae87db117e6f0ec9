import Synchronization
import System

/// Large blocks of memory, of which those given back are kept for the next tensors.
///
/// A network asks for some large blocks over and over; given back to the system, each would have to be zeroed page by page when
/// next used, which took a third of the time of a small picture and a fifth of a large one's decoding. Blocks that lie side by
/// side become one, so that a decoder's wide maps find room where a denoiser's weights were. What is in use and what lies idle are
/// together never more than was in use at some time before.
enum MemoryPool {
  /// Blocks below this are left to `malloc`.
  private static let smallest = 1 << 16
  /// Bytes that may lie idle.
  private static let idleLimit = 1 << 30
  /// Memory is asked for in huge pages, of which there are fewer to fault in.
  private static let hugePage = 1 << 21

  private struct State {
    var idle = FreeRanges()
    private(set) var used = 0
    private var mostUsed = 0

    /// Idle memory that holds `size` bytes; nil where there is none, and what is to be given back before more is asked for.
    mutating func take(_ size: Int) -> (range: Range<Int>?, surplus: [Range<Int>]) {
      used += size
      mostUsed = max(mostUsed, used)
      if let range = idle.take(size) { return (range, []) }
      return (nil, idle.trim(to: mostUsed - used, unit: hugePage))
    }

    /// Takes a block back; what is then too much is to be given back.
    mutating func give(_ range: Range<Int>) -> [Range<Int>] {
      used -= range.count
      idle.insert(range)
      return idle.trim(to: idleLimit, unit: hugePage)
    }
  }

  private static let state = Mutex(State())

  /// A block of at least `bytes` bytes, uninitialised, aligned to a cache line.
  static func take(bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes >= smallest else {
      return .allocate(byteCount: max(bytes, 1), alignment: Storage.alignment)
    }
    let size = pages(bytes)
    let (known, surplus) = state.withLock { $0.take(size) }
    for range in surplus { release(range) }
    let start = known?.lowerBound ?? mapped(size)
    return unsafe UnsafeMutableRawPointer(bitPattern: start)!
  }

  /// Takes back a block that ``take(bytes:)`` gave out for `bytes` bytes.
  static func give(_ address: UnsafeMutableRawPointer, bytes: Int) {
    guard bytes >= smallest else { return unsafe address.deallocate() }
    let start = Int(bitPattern: address)
    let surplus = state.withLock { $0.give(start..<start + pages(bytes)) }
    for range in surplus { release(range) }
  }

  /// Memory straight from the system, in huge pages: what `size` leaves of the last one is idle.
  private static func mapped(_ size: Int) -> Int {
    // Huge pages want their own alignment. What stands over is given back, at the upper end as little as can be: there the last
    // memory asked for lies, and with it this becomes one range.
    let length = size.roundedUp(to: hugePage)
    let room = length + hugePage
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let place = unsafe mmap(nil, room, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe place != MAP_FAILED else {
      preconditionFailure("MemoryPool: the system has no \(size) bytes left")
    }
    let whole = Int(bitPattern: place)..<Int(bitPattern: place) + room
    let end = whole.upperBound / hugePage * hugePage
    let region = end - length..<end
    release(whole.lowerBound..<region.lowerBound)
    release(region.upperBound..<whole.upperBound)
    unsafe madvise(UnsafeMutableRawPointer(bitPattern: region.lowerBound), length, Int32(MADV_HUGEPAGE))
    if length > size { state.withLock { $0.idle.insert(region.lowerBound + size..<region.upperBound) } }
    return region.lowerBound
  }

  private static func release(_ range: Range<Int>) {
    if !range.isEmpty { unsafe munmap(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count) }
  }

  private static func pages(_ bytes: Int) -> Int { bytes.roundedUp(to: 1 << 12) }
}

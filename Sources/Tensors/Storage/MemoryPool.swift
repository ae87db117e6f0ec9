import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Large blocks of memory that are kept for the next tensor of their size.
///
/// A network asks for the same few sizes over and over; given back to the system, each block would have to be zeroed page
/// by page when next used, which took a third of the time of a small picture.
enum MemoryPool {
  /// Blocks below this are left to `malloc`.
  private static let smallest = 1 << 16
  /// Bytes that may lie idle.
  private static let idleLimit = 400 << 20
  /// Large blocks are asked for in huge pages, of which there are fewer to fault in.
  private static let hugePage = 1 << 21

  /// A block between two owners.
  @safe private struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let size: Int
  }

  /// Blocks without an owner, those that were given back last at the end.
  private struct Idle {
    private(set) var blocks: [Block] = []
    private(set) var bytes = 0

    mutating func take(size: Int) -> Block? {
      guard let index = blocks.lastIndex(where: { $0.size == size }) else { return nil }
      bytes -= size
      return blocks.remove(at: index)
    }

    /// Keeps the block; what then is too much, beginning with the blocks that nobody wanted for longest, is returned.
    mutating func keep(_ block: Block) -> [Block] {
      blocks.append(block)
      bytes += block.size
      var surplus = 0
      while bytes > idleLimit {
        bytes -= blocks[surplus].size
        surplus += 1
      }
      defer { blocks.removeFirst(surplus) }
      return Array(blocks[..<surplus])
    }
  }

  private static let idle = Mutex(Idle())

  /// A block of at least `bytes` bytes, uninitialised, aligned to a cache line.
  static func take(bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes >= smallest else {
      return .allocate(byteCount: max(bytes, 1), alignment: Storage.alignment)
    }
    let size = sizeClass(bytes)
    if let known = idle.withLock({ $0.take(size: size) }) { return unsafe known.address }
    return unsafe size >= hugePage ? mapped(size) : .allocate(byteCount: size, alignment: Storage.alignment)
  }

  /// Memory straight from the system, which goes back whole when it is released.
  private static func mapped(_ size: Int) -> UnsafeMutableRawPointer {
    // Huge pages want their own alignment: what stands over at either end is given back.
    let room = size + hugePage
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let start = unsafe mmap(nil, room, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe start != MAP_FAILED else {
      preconditionFailure("MemoryPool: the system has no \(size) bytes left")
    }
    let skipped = (hugePage - Int(bitPattern: start) % hugePage) % hugePage
    if skipped > 0 { unsafe munmap(start, skipped) }
    unsafe munmap(start + skipped + size, room - skipped - size)
    unsafe madvise(start + skipped, size, Int32(MADV_HUGEPAGE))
    return unsafe start + skipped
  }

  private static func release(_ block: Block) {
    if block.size >= hugePage {
      unsafe munmap(block.address, block.size)
    } else {
      unsafe block.address.deallocate()
    }
  }

  /// Takes back a block that ``take(bytes:)`` gave out for `bytes` bytes.
  static func give(_ address: UnsafeMutableRawPointer, bytes: Int) {
    guard bytes >= smallest else { return unsafe address.deallocate() }
    let block = unsafe Block(address: address, size: sizeClass(bytes))
    for surplus in idle.withLock({ $0.keep(block) }) { release(surplus) }
  }

  /// Gives all idle blocks back to the system.
  static func empty() {
    let all = idle.withLock { idle in
      defer { idle = Idle() }
      return idle.blocks
    }
    for block in all { release(block) }
  }

  /// Rounded up to an eighth of a power of two, so that nearly equal sizes share blocks and an eighth at most is wasted.
  private static func sizeClass(_ bytes: Int) -> Int {
    let step = max(1 << 12, 1 << (Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + step - 1) / step * step
  }
}

extension Compute {
  /// Gives memory back to the system that was kept for tensors of sizes seen so far: between the stages of a picture.
  package static func releaseIdleMemory() {
    MemoryPool.empty()
  }
}

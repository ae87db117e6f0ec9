import System
import Tensors

/// A regular file, or one packed into another (`FileTree`), mapped into memory, read-only, for as long as anybody holds it
/// or a view of its bytes.
///
/// The operating system reads a page when it is first touched and may drop it again, so a mapped checkpoint costs no
/// memory of its own. A file that another program shortens while it is mapped ends the process (`SIGBUS`), as with every
/// mapping: replace checkpoints by renaming, as downloaders do.
@safe package final class MappedFile: DiscardableBytes, @unchecked Sendable {
  /// What the reader is about to do with a range of the file.
  package enum Advice: Sendable {
    /// It will be read soon: start fetching it now.
    case willRead
    /// It will be read once from front to back: fetch far ahead.
    case sequential
    /// It has been converted and is not needed again: its pages count no longer as this process's memory.
    case done
  }

  package let path: String
  /// Bytes in the file when it was mapped.
  package let count: Int
  /// Where the bytes lay, and when they were last changed, when they were mapped: tells them from those of other files.
  package let stamp: String
  private let base: UnsafeRawPointer
  /// Bytes of the mapping before `base`: mappings begin with a page.
  private let lead: Int

  /// Maps the file at `path`.
  ///
  /// - Throws: `CheckpointError` where there is none, it is a folder, a device or empty, or may not be read.
  package init(path: String) throws(CheckpointError) {
    let place = FileTree.place(of: path)
    let descriptor = unsafe open(place.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw CheckpointError(path, MappedFile.reason(errno)) }
    defer { close(descriptor) }

    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw CheckpointError(path, MappedFile.reason(errno)) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw CheckpointError(path, "is a folder; a file was expected")
    default: throw CheckpointError(path, "is not a regular file, so it cannot be mapped into memory")
    }
    guard status.st_size > 0 else { throw CheckpointError(path, "is empty") }

    let range = place.range ?? 0..<Int(status.st_size)
    lead = range.lowerBound % Int(sysconf(Int32(_SC_PAGESIZE)))
    let address = unsafe mmap(
      nil, lead + range.count, PROT_READ, MAP_PRIVATE, descriptor, off_t(range.lowerBound - lead))
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw CheckpointError(path, "cannot be mapped into memory: \(MappedFile.reason(errno))")
    }
    ProtectedFiles.protectInput(place.path, as: ProtectedFiles.model)
    #if canImport(Darwin)
      let changed = status.st_mtimespec
    #else
      let changed = status.st_mtim
    #endif
    stamp = "\(MappedFile.wholePath(place.path)) \(status.st_ino) \(range) \(changed.tv_sec).\(changed.tv_nsec)"
    self.path = path
    count = range.count
    unsafe base = UnsafeRawPointer(address) + lead
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base - lead), lead + count) }

  /// A view of the bytes in `range`, which keeps the file mapped.
  package func bytes(in range: Range<Int>) -> SharedBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "MappedFile: \(range) is not within 0..<\(count)")
    return unsafe SharedBytes(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), owner: self)
  }

  /// A copy of the bytes in `range`.
  package func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe bytes(in: range).withBytes { unsafe Array($0) }
  }

  /// Tells the operating system how a range will be used. Advice never changes what is read.
  package func advise(_ advice: Advice, _ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let inside = range.clamped(to: 0..<count)
    let start = (lead + inside.lowerBound) / page * page
    let flag =
      switch advice {
      case .willRead: MADV_WILLNEED
      case .sequential: MADV_SEQUENTIAL
      case .done: MADV_DONTNEED
      }
    _ = unsafe madvise(
      UnsafeMutableRawPointer(mutating: base - lead + start), lead + inside.upperBound - start, Int32(flag))
  }

  /// Lets go of the pages that lie wholly within `bytes`; they are read from the file again when next needed.
  package func discard(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let offset = unsafe lead + (start - base)
    let first = (offset + page - 1) / page * page
    let end = (offset + bytes.count) / page * page
    if first < end { advise(.done, first - lead..<end - lead) }
  }

  /// Starts to read the pages that `bytes` lie in. Linux reads no more for one piece of advice than it reads ahead by itself, so
  /// the advice comes in pieces.
  package func prefetch(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    let offset = unsafe start - base
    for first in stride(from: offset, to: offset + bytes.count, by: MappedFile.readAhead) {
      advise(.willRead, first..<min(offset + bytes.count, first + MappedFile.readAhead))
    }
  }

  private static let readAhead = 128 << 10

  /// The path from the root on, links resolved.
  private static func wholePath(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT, ENOTDIR: "there is no such file"
    case EACCES, EPERM: "may not be read by this user"
    case EMFILE, ENFILE: "cannot be opened: too many files are open"
    case ENOMEM: "there is not enough address space"
    default: unsafe String(cString: strerror(code))
    }
  }
}

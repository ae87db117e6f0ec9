import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file mapped into memory, read-only, for as long as anybody holds it or a view of its bytes.
///
/// The operating system reads a page when it is first touched and may drop it again, so a mapped checkpoint costs no
/// memory of its own. A file that another program shortens while it is mapped ends the process (`SIGBUS`), as with every
/// mapping: replace checkpoints by renaming, as downloaders do.
@safe package final class MappedFile: RereadableBytes, @unchecked Sendable {
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
  private let base: UnsafeRawPointer

  /// Maps the file at `path`.
  ///
  /// - Throws: `CheckpointError` where there is none, it is a folder, a device or empty, or may not be read.
  package init(path: String) throws(CheckpointError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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

    let size = Int(status.st_size)
    let address = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw CheckpointError(path, "cannot be mapped into memory: \(MappedFile.reason(errno))")
    }
    self.path = path
    count = size
    unsafe base = UnsafeRawPointer(address)
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }

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
    let start = inside.lowerBound / page * page
    let flag =
      switch advice {
      case .willRead: MADV_WILLNEED
      case .sequential: MADV_SEQUENTIAL
      case .done: MADV_DONTNEED
      }
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base + start), inside.upperBound - start, Int32(flag))
  }

  /// Lets go of the pages that lie wholly within `bytes`; they are read from the file again when next needed.
  package func rest(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let offset = unsafe start - base
    let first = (offset + page - 1) / page * page
    let end = (offset + bytes.count) / page * page
    if first < end { advise(.done, first..<end) }
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

/// What a path leads to, symbolic links followed.
enum PathKind {
  case missing, file, folder

  init(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      self = .missing
      return
    }
    self = status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }
}

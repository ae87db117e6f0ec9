import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file of zeros mapped into memory; it vanishes with the object.
@safe final class TemporaryMapping: DiscardableBytes, @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let count: Int

  init(bytes: Int) {
    let file = unsafe tmpfile()!
    count = bytes
    precondition(unsafe ftruncate(fileno(file), bytes) == 0)
    unsafe base = mmap(nil, bytes, PROT_READ, MAP_PRIVATE, fileno(file), 0)
    unsafe fclose(file)
  }

  deinit { unsafe munmap(base, count) }

  func bytes(_ range: Range<Int>) -> SharedBytes {
    unsafe SharedBytes(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count), owner: self)
  }

  func prefetch(_ bytes: UnsafeRawBufferPointer) {}

  func discard(_ bytes: UnsafeRawBufferPointer) {
    let page = 4096
    let offset = unsafe bytes.baseAddress! - UnsafeRawPointer(base)
    let (first, end) = ((offset + page - 1) / page * page, (offset + bytes.count) / page * page)
    if first < end { unsafe madvise(base + first, end - first, Int32(MADV_DONTNEED)) }
  }
}

/// The memory of this process that is not elsewhere, as the system counts it (`VmRSS`).
func residentBytes() -> Int {
  guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
  defer { unsafe fclose(file) }
  var fields = [CChar](repeating: 0, count: 256)
  guard unsafe fgets(&fields, 256, file) != nil else { return 0 }
  let text = String(decoding: fields.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return (Int(text.split(separator: " ")[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

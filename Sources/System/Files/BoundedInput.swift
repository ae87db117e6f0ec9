/// Reading of files, pipes and devices that may never end.
package enum BoundedInput {
  /// What is left of an open file, or its first `limit` bytes and some more where there are more than those.
  ///
  /// - Parameter check: Looks at what was read so far, after each block; what it throws ends the reading.
  /// - Throws: `Failure`; nil is returned where the system refuses to read, `errno` says why.
  package static func bytes<Failure: Error>(
    _ descriptor: Int32, atMost limit: Int, expected: Int = 0, check: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(max(0, expected), limit))
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while bytes.count <= limit {
      let count = unsafe read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes.append(contentsOf: block[..<count])
      try check(bytes)
    }
    return bytes
  }

  /// The same without a look at it.
  package static func bytes(_ descriptor: Int32, atMost limit: Int) -> [UInt8]? {
    bytes(descriptor, atMost: limit) { (_) throws(Never) in }
  }
}

import KernelInterface

extension Kernels {
  package static func rotatePairs(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, heads: Int, width: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, interleaved: Bool
  ) {
    let half = width / 2
    for head in 0..<heads {
      let line = unsafe source + head * width
      let result = unsafe target + head * width
      if interleaved {
        unsafe rotateNeighbours(line, into: result, pairs: half, cosines: cosines, sines: sines)
        continue
      }
      forLanes(
        half,
        full: { index in
          let (a, b) = unsafe (load(line + index), load(line + half + index))
          let (cosine, sine) = unsafe (load(cosines + index), load(sines + index))
          unsafe store(multiplyAdd(a, cosine, -b * sine), result + index)
          unsafe store(multiplyAdd(b, cosine, a * sine), result + half + index)
        },
        part: { index, count in
          let (a, b) = unsafe (loadPart(line + index, count), loadPart(line + half + index, count))
          let (cosine, sine) = unsafe (loadPart(cosines + index, count), loadPart(sines + index, count))
          unsafe storePart(multiplyAdd(a, cosine, -b * sine), result + index, count)
          unsafe storePart(multiplyAdd(b, cosine, a * sine), result + half + index, count)
        })
    }
  }

  /// A scalar loop that the compiler vectorises.
  @inline(__always)
  private static func rotateNeighbours(
    _ line: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, pairs: Int, cosines: UnsafePointer<Float>,
    sines: UnsafePointer<Float>
  ) {
    for pair in 0..<pairs {
      let (a, b) = unsafe (line[2 &* pair], line[2 &* pair &+ 1])
      let (cosine, sine) = unsafe (cosines[pair], sines[pair])
      unsafe result[2 &* pair] = a * cosine - b * sine
      unsafe result[2 &* pair &+ 1] = b * cosine + a * sine
    }
  }
}

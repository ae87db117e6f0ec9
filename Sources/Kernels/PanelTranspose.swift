extension Kernels {
  package static func transposeIntoPanel(
    _ source: UnsafePointer<Float>, sourceStride: Int, channels: Int, taps: Int, tapLines: Int,
    into target: UnsafeMutablePointer<Float>, width: Int
  ) {
    let depth = channels * taps
    var (channel, tap) = (0, 0)
    for top in stride(from: 0, to: depth, by: laneCount) {
      let write = { (values: LaneBits) in
        let line = unsafe target + (tap &* tapLines &+ channel) &* width
        unsafe UnsafeMutableRawPointer(line).storeBytes(of: values, as: LaneBits.self)
        tap &+= 1
        if tap == taps { (channel, tap) = (channel &+ 1, 0) }
      }
      if transposesInRegisters, top &+ laneCount <= depth {
        unsafe transposeSquare(UnsafeRawPointer(source + top), stride: 4 &* sourceStride) { _, values in write(values) }
      } else {
        for row in top..<min(depth, top &+ laneCount) {
          var values = LaneBits(repeating: 0)
          for lane in 0..<laneCount { unsafe values[lane] = source[lane &* sourceStride &+ row].bitPattern }
          write(values)
        }
      }
    }
  }
}

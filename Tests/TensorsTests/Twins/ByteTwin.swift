/// What values come to when they have been bytes, a group of 128 at a time.
enum ByteTwin {
  /// Rows of a product's left side.
  static func rows(_ values: [Float], width: Int) -> [Float] {
    groups(values.count, width: width).flatMap { range in
      let group = ByteKernelTests.bytes(Array(values[range]))
      return group.bytes.map { Float(Int32($0) - group.zero) * group.step }
    }
  }

  /// Rows of a matrix.
  static func weights(_ values: [Float], width: Int) -> [Float] {
    groups(values.count, width: width).flatMap { range in
      let (bytes, step) = ByteKernelTests.signedBytes(Array(values[range]))
      return bytes.map { Float($0) * step }
    }
  }

  /// `[outputs, inputs, taps]`: each tap's channels are a row.
  static func windows(_ values: [Float], inputs: Int, taps: Int) -> [Float] {
    let size = inputs * taps
    return stride(from: 0, to: values.count, by: size).flatMap { first in
      let byTap = (0..<taps).map { tap in
        weights((0..<inputs).map { values[first + $0 * taps + tap] }, width: inputs)
      }
      return (0..<size).map { byTap[$0 % taps][$0 / taps] }
    }
  }

  private static func groups(_ count: Int, width: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: width).flatMap { row in
      stride(from: row, to: row + width, by: 128).map { $0..<min(row + width, $0 + 128) }
    }
  }
}

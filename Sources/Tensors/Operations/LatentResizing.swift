import Foundation

/// How values between those of a map are found, as torch's `interpolate` does without `align_corners` and `antialias`.
package enum LatentFilter: Sendable, Hashable, CaseIterable {
  case nearest, bilinear, bicubic

  /// The places along an axis of `count` that count at a place, and their weights.
  fileprivate func taps(at place: Float, of count: Int, target: Int, to size: Int) -> [(place: Int, weight: Float)] {
    func inside(_ index: Int) -> Int { min(max(index, 0), count - 1) }
    let first = Int(floor(place))
    let share = place - floor(place)
    switch self {
    case .nearest: return [(inside(Int(Float(target) * (Float(count) / Float(size)))), 1)]
    case .bilinear:
      // Nothing lies before the first value.
      guard place > 0 else { return [(0, 1)] }
      return [(inside(first), 1 - share), (inside(first + 1), share)]
    case .bicubic:
      return (-1...2).map { (inside(first + $0), Self.cubic(abs(share - Float($0)))) }
    }
  }

  /// Keys 1981 with a = -0.75, which is torch's.
  private static func cubic(_ distance: Float) -> Float {
    let a: Float = -0.75
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
  }
}

extension Tensor {
  /// A small map, `[1, height, width, channels]`, in another size.
  package func interpolated(height: Int, width: Int, _ filter: LatentFilter) -> Tensor {
    precondition(rank == 4 && shape[0] == 1, "interpolated: \(shape)")
    return resampled(axis: 1, to: height, filter).resampled(axis: 2, to: width, filter)
  }

  private func resampled(axis: Int, to size: Int, _ filter: LatentFilter) -> Tensor {
    let count = shape[axis]
    guard count != size else { return self }
    let scale = Float(count) / Float(size)
    let inner = shape[(axis + 1)...].product
    let source = values
    var result: [Float] = []
    result.reserveCapacity(self.count / count * size)
    for outer in 0..<shape[..<axis].product {
      for target in 0..<size {
        let taps = filter.taps(at: (Float(target) + 0.5) * scale - 0.5, of: count, target: target, to: size)
        for position in 0..<inner {
          result.append(
            taps.reduce(0) { $0 + $1.weight * source[(outer * count + $1.place) * inner + position] })
        }
      }
    }
    var shape = shape
    shape[axis] = size
    return Tensor(shape: shape, values: result)
  }
}

extension ArraySlice<Int> {
  fileprivate var product: Int { reduce(1, *) }
}

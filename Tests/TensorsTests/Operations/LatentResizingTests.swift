import Tensors
import Testing

/// Against formulas written out for one value at a time; that they are torch's is shown by the pictures of
/// Tests/Reference/pictures_hires.py.
@Suite struct LatentResizingTests {
  private func source(_ height: Int, _ width: Int) -> Tensor {
    Tensor(shape: [1, height, width, 3], values: (0..<height * width * 3).map { Float(($0 * 37) % 23) / 7 - 1 })
  }

  /// Weight of the value at a distance, `a` = -0.75.
  private func weight(_ distance: Float, _ filter: LatentFilter) -> Float {
    let x = abs(distance)
    switch filter {
    case .nearest: return 0
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x <= 1 { return 1.25 * x * x * x - 2.25 * x * x + 1 }
      return x < 2 ? -0.75 * (x * x * x - 5 * x * x + 8 * x - 4) : 0
    }
  }

  @Test(arguments: LatentFilter.allCases, [(5, 7, 8, 11), (4, 4, 8, 8), (3, 9, 3, 27), (1, 2, 5, 3)])
  func everyValueIsItsNeighbours(_ filter: LatentFilter, _ sizes: (Int, Int, Int, Int)) {
    let (height, width, newHeight, newWidth) = sizes
    let small = source(height, width)
    let large = small.interpolated(height: newHeight, width: newWidth, filter)
    #expect(large.shape == [1, newHeight, newWidth, 3])
    let values = small.values
    for row in 0..<newHeight {
      for column in 0..<newWidth {
        var (y, x) = (
          (Float(row) + 0.5) * Float(height) / Float(newHeight) - 0.5,
          (Float(column) + 0.5) * Float(width) / Float(newWidth) - 0.5
        )
        if filter == .bilinear { (y, x) = (max(0, y), max(0, x)) }
        for channel in 0..<3 {
          var expected: Float = 0
          if filter == .nearest {
            expected = values[((row * height / newHeight) * width + column * width / newWidth) * 3 + channel]
          } else {
            for line in -3..<height + 3 {
              for place in -3..<width + 3 {
                let (near, across) = (min(max(line, 0), height - 1), min(max(place, 0), width - 1))
                expected +=
                  values[(near * width + across) * 3 + channel] * weight(y - Float(line), filter)
                  * weight(x - Float(place), filter)
              }
            }
          }
          let found = large.values[(row * newWidth + column) * 3 + channel]
          #expect(abs(found - expected) < 1e-4)
        }
      }
    }
  }
}

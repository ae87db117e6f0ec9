import Tensors
import TestSupport
import Testing

@Suite struct LayoutTests {
  /// 0, 1, 2, ...: every value tells where it came from.
  private func counting(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.product).map(Float.init))
  }

  /// The value at a place of a row-major tensor.
  private func at(_ tensor: Tensor, _ place: Int...) -> Float {
    tensor.values[zip(place, tensor.shape).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  @Test(arguments: [[1, 1, 1, 1], [2, 3, 4, 5], [1, 17, 3, 11], [3, 33, 16, 2], [1, 16, 16, 16]])
  func channelsLastAndBack(shape: [Int]) {
    let x = counting(shape)
    let last = x.channelsLast()
    #expect(last.shape == [shape[0], shape[2], shape[3], shape[1]])
    for channel in [0, shape[1] - 1] {
      let (image, row, column) = (shape[0] - 1, shape[2] / 2, shape[3] - 1)
      #expect(at(last, image, row, column, channel) == at(x, image, channel, row, column))
    }
    #expect(last.channelsFirst().values == x.values && last.channelsFirst().shape == shape)
  }

  @Test(arguments: [1, 2, 33, 200]) func concatenatedChannels(rows: Int) {
    let (left, right) = (counting([rows, 1, 3]), counting([rows, 1, 2]) + 10_000)
    let joined = left.concatenatedChannels(right)
    #expect(joined.shape == [rows, 1, 5])
    for row in 0..<rows {
      for column in 0..<5 {
        #expect(at(joined, row, 0, column) == (column < 3 ? at(left, row, 0, column) : at(right, row, 0, column - 3)))
      }
    }
  }

  @Test func concatenated() {
    let parts = [counting([1, 2]), counting([3, 2]), counting([0, 2]), counting([1, 2]) + 7]
    let joined = Tensor.concatenated(parts)
    #expect(joined.shape == [5, 2])
    #expect(joined.values == [0, 1, 0, 1, 2, 3, 4, 5, 7, 8])
  }

  @Test func slicesRowsAndChannels() {
    let x = counting([4, 3, 2])
    #expect(x.slice(1..<3).shape == [2, 3, 2] && x.slice(1..<3).values == (6..<18).map(Float.init))
    #expect(x.slice(2..<2).shape == [0, 3, 2])
    #expect(x.channels(1..<2).shape == [4, 3, 1])
    #expect(x.channels(1..<2).values == stride(from: 1, to: 24, by: 2).map(Float.init))
    #expect(counting([5, 3]).rows(at: [4, 0, 4]).values == [12, 13, 14, 0, 1, 2, 12, 13, 14])
    #expect(x.reshaped([24]).values == x.values)
  }

  /// torch's nearest takes pixel `floor(index * size / newSize)`.
  @Test(arguments: [((2, 3), (4, 6)), ((3, 2), (5, 3)), ((1, 1), (7, 1)), ((5, 4), (9, 7)), ((4, 4), (4, 4))])
  func enlargedNearest(from old: (height: Int, width: Int), to new: (height: Int, width: Int)) {
    let x = counting([2, old.height, old.width, 3])
    let found = x.enlargedNearest(height: new.height, width: new.width)
    #expect(found.shape == [2, new.height, new.width, 3])
    for image in 0..<2 {
      for row in 0..<new.height {
        for column in 0..<new.width {
          let (y, z) = (
            Int(Double(row) * Double(old.height) / Double(new.height)),
            Int(Double(column) * Double(old.width) / Double(new.width))
          )
          #expect(at(found, image, row, column, 2) == at(x, image, y, z, 2))
        }
      }
    }
  }

  /// torch's `pixel_unshuffle`: output channel `c * block^2 + y * block + x` is pixel (y, x) of each block of channel c.
  @Test(arguments: [1, 2, 3, 4]) func pixelUnshuffle(block: Int) {
    let x = counting([2, 2 * block, 3 * block, 3])
    let deep = x.pixelUnshuffled(by: block)
    #expect(deep.shape == [2, 2, 3, 3 * block * block])
    for channel in 0..<3 {
      for (y, z) in [(0, 0), (block - 1, 0), (0, block - 1), (block / 2, block - 1)] {
        #expect(
          at(deep, 1, 1, 2, channel * block * block + y * block + z) == at(x, 1, block + y, 2 * block + z, channel))
      }
    }
    #expect(deep.pixelShuffled(by: block).values == x.values && deep.pixelShuffled(by: block).shape == x.shape)
  }
}

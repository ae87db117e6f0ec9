extension Tensor {
  /// `[a, channels, height, width]` to `[a, height, width, channels]`.
  package func channelsLast() -> Tensor {
    precondition(rank == 4, "channelsLast: \(shape) has not four axes")
    let plane = shape[2] * shape[3]
    return transposingPlanes(rows: shape[1], columns: plane, to: [shape[0], shape[2], shape[3], shape[1]])
  }

  /// `[a, height, width, channels]` to `[a, channels, height, width]`.
  package func channelsFirst() -> Tensor {
    precondition(rank == 4, "channelsFirst: \(shape) has not four axes")
    let plane = shape[1] * shape[2]
    return transposingPlanes(rows: plane, columns: shape[3], to: [shape[0], shape[3], shape[1], shape[2]])
  }

  /// Transposes each of `shape[0]` matrices of `rows x columns`.
  private func transposingPlanes(rows: Int, columns: Int, to newShape: [Int]) -> Tensor {
    let edge = 16
    return Compute.measured(.layout) {
      unsafe Tensor(shape: newShape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(shape[0]) { planes in
          for plane in planes {
            let from = unsafe storage.base + plane * rows * columns
            let to = unsafe target + plane * rows * columns
            for top in stride(from: 0, to: rows, by: edge) {
              for left in stride(from: 0, to: columns, by: edge) {
                for row in top..<min(rows, top + edge) {
                  for column in left..<min(columns, left + edge) {
                    unsafe to[column * rows + row] = from[row * columns + column]
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Joins two tensors along their last axis; all other extents agree.
  package func concatenatedChannels(_ other: Tensor) -> Tensor {
    precondition(shape.dropLast() == other.shape.dropLast(), "concatenatedChannels: \(shape) and \(other.shape)")
    let (left, right) = (shape.last ?? 1, other.shape.last ?? 1)
    return Compute.measured(.layout) {
      unsafe Tensor(shape: shape.dropLast() + [left + right]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / left, minimum: 64) { rows in
          for row in rows {
            let start = unsafe target + row * (left + right)
            unsafe start.update(from: storage.base + row * left, count: left)
            unsafe (start + left).update(from: other.storage.base + row * right, count: right)
          }
        }
      }
    }
  }

  /// Joins tensors along their first axis; all other extents agree.
  package static func concatenated(_ parts: [Tensor]) -> Tensor {
    let rest = Array(parts[0].shape.dropFirst())
    precondition(parts.allSatisfy { $0.shape.dropFirst() == rest[...] }, "concatenated: \(parts.map(\.shape))")
    return Compute.measured(.layout) {
      unsafe Tensor(shape: [parts.reduce(0) { $0 + $1.shape[0] }] + rest) { result in
        var place = result.baseAddress!
        for part in parts {
          unsafe place.update(from: part.storage.base, count: part.count)
          unsafe place += part.count
        }
      }
    }
  }

  /// The entries `range` of the first axis.
  package func slice(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "slice: \(range) of \(shape)")
    let row = count / shape[0]
    return Compute.measured(.layout) {
      unsafe Tensor(shape: [range.count] + shape.dropFirst()) { result in
        unsafe result.baseAddress!.update(from: storage.base + range.lowerBound * row, count: range.count * row)
      }
    }
  }

  /// The columns `range` of the last axis.
  package func channels(_ range: Range<Int>) -> Tensor {
    let width = shape.last ?? 1
    precondition(range.lowerBound >= 0 && range.upperBound <= width, "channels: \(range) of \(shape)")
    return unsafe Tensor(shape: shape.dropLast() + [range.count]) { result in
      for row in 0..<count / width {
        unsafe (result.baseAddress! + row * range.count)
          .update(from: storage.base + row * width + range.lowerBound, count: range.count)
      }
    }
  }

  /// Rows of a `[rows, width]` table, as an embedding looks them up: `[indices.count, width]`.
  package func rows(at indices: [Int]) -> Tensor {
    let width = shape[1]
    precondition(indices.allSatisfy { $0 >= 0 && $0 < shape[0] }, "rows: an index lies outside \(shape)")
    return unsafe Tensor(shape: [indices.count, width]) { result in
      for (row, index) in indices.enumerated() {
        unsafe (result.baseAddress! + row * width).update(from: storage.base + index * width, count: width)
      }
    }
  }

  /// Nearest-neighbour enlargement to `height x width`, as `torch.nn.functional.interpolate(mode: "nearest")`.
  package func enlargedNearest(height: Int, width: Int) -> Tensor {
    precondition(rank == 4, "enlargedNearest: \(shape) is not a feature map")
    let (batch, rows, columns, channels) = (shape[0], shape[1], shape[2], shape[3])
    return Compute.measured(.layout) {
      unsafe Tensor(shape: [batch, height, width, channels]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(batch * height) { lines in
          for line in lines {
            let source =
              unsafe storage.base + (line / height * rows + line % height * rows / height) * columns * channels
            let start = unsafe target + line * width * channels
            for column in 0..<width {
              unsafe (start + column * channels)
                .update(from: source + column * columns / width * channels, count: channels)
            }
          }
        }
      }
    }
  }

  /// `[batch, height * block, width * block, channels]` to `[batch, height, width, channels * block * block]`, the channels in
  /// the order of `torch.nn.functional.pixel_unshuffle`.
  package func pixelUnshuffled(by block: Int) -> Tensor { movingPixels(block, unshuffling: true) }

  /// The inverse of ``pixelUnshuffled(by:)``.
  package func pixelShuffled(by block: Int) -> Tensor { movingPixels(block, unshuffling: false) }

  private func movingPixels(_ block: Int, unshuffling: Bool) -> Tensor {
    let (batch, first, second, depth) = (shape[0], shape[1], shape[2], shape[3])
    let height = unshuffling ? first / block : first
    let width = unshuffling ? second / block : second
    let channels = unshuffling ? depth : depth / (block * block)
    precondition(
      unshuffling ? first % block == 0 && second % block == 0 : depth % (block * block) == 0,
      "pixel shuffle by \(block): \(shape)")
    let wide = [batch, height * block, width * block, channels]
    let deep = [batch, height, width, channels * block * block]
    return Compute.measured(.layout) {
      unsafe Tensor(shape: unshuffling ? deep : wide) { result in
        for image in 0..<batch {
          for y in 0..<height * block {
            for x in 0..<width * block {
              for channel in 0..<channels {
                let inWide = ((image * wide[1] + y) * wide[2] + x) * channels + channel
                let inDeep =
                  ((image * height + y / block) * width + x / block) * deep[3]
                  + channel * block * block + y % block * block + x % block
                if unshuffling {
                  unsafe result[inDeep] = storage.base[inWide]
                } else {
                  unsafe result[inWide] = storage.base[inDeep]
                }
              }
            }
          }
        }
      }
    }
  }
}

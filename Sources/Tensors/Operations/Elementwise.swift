import KernelInterface

extension Tensor {
  /// `activation(x)`, on all threads.
  package func activated(_ activation: Activation) -> Tensor {
    guard activation != .none else { return self }
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count, minimum: 1 << 14) { range in
          unsafe Compute.kernels.activate(
            storage.base + range.lowerBound, into: target + range.lowerBound, count: range.count, activation: activation
          )
        }
      }
    }
  }

  /// PReLU: negative values times their channel's slope (He et al. 2015).
  ///
  /// - Parameter slopes: One for each of the last axis' channels.
  package func prelu(slopes: Tensor) -> Tensor {
    let channels = slopes.count
    precondition(shape.last == channels, "prelu: \(shape) with \(channels) slopes")
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / channels, minimum: 256) { rows in
          for row in rows {
            let (source, place) = unsafe (storage.base + row * channels, target + row * channels)
            for channel in 0..<channels {
              let value = unsafe source[channel]
              unsafe place[channel] = max(value, 0) + min(value, 0) * slopes.storage.base[channel]
            }
          }
        }
      }
    }
  }

  /// The sum with a tensor of the same shape, on all threads.
  package func adding(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "adding: shapes \(shape) and \(other.shape) differ")
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count, minimum: 1 << 14) { range in
          let start = range.lowerBound
          unsafe Compute.kernels.add(
            storage.base + start, other.storage.base + start, into: target + start, count: range.count)
        }
      }
    }
  }

  /// `self * factor + other`, on all threads.
  package func scaled(by factor: Float, adding other: Tensor) -> Tensor {
    precondition(shape == other.shape, "scaled: shapes \(shape) and \(other.shape) differ")
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count, minimum: 1 << 14) { range in
          for index in range { unsafe target[index] = storage.base[index] * factor + other.storage.base[index] }
        }
      }
    }
  }

  /// `[..., 2n]` to `[..., n]`: the first half times the GELU of the second (Shazeer 2020, GEGLU).
  package func gatedGELU() -> Tensor {
    let doubled = shape.last ?? 0
    precondition(doubled > 0 && doubled % 2 == 0, "gatedGELU: \(shape) has no two halves")
    let width = doubled / 2
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape.dropLast() + [width]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / doubled, minimum: 8) { rows in
          unsafe Compute.kernels.gatedGELU(
            storage.base + rows.lowerBound * doubled, into: target + rows.lowerBound * width, rows: rows.count,
            width: width, stride: width)
        }
      }
    }
  }

  /// `[..., 2n]` to `[..., n]`: the SiLU of the first half times the second (Shazeer 2020, SwiGLU).
  package func gatedSiLU() -> Tensor {
    let doubled = shape.last ?? 0
    precondition(doubled > 0 && doubled % 2 == 0, "gatedSiLU: \(shape) has no two halves")
    let width = doubled / 2
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape.dropLast() + [width]) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count / doubled, minimum: max(1, (1 << 14) / doubled)) { rows in
          let gates = unsafe storage.base + rows.lowerBound * doubled
          unsafe Compute.kernels.gatedSiLU(
            gates, gates + width, sourceStride: doubled, into: target + rows.lowerBound * width, targetStride: width,
            rows: rows.count, width: width)
        }
      }
    }
  }

  /// The SiLU of this tensor times another of the same shape.
  package func gatedSiLU(times other: Tensor) -> Tensor {
    precondition(shape == other.shape, "gatedSiLU: shapes \(shape) and \(other.shape) differ")
    return Compute.measured(.elementwise) {
      unsafe Tensor(shape: shape) { result in
        let target = result.baseAddress!
        Compute.pool.forRanges(count, minimum: 1 << 14) { range in
          let start = range.lowerBound
          unsafe Compute.kernels.gatedSiLU(
            storage.base + start, other.storage.base + start, sourceStride: range.count, into: target + start,
            targetStride: range.count, rows: 1, width: range.count)
        }
      }
    }
  }

  /// Whether no value is NaN or infinite.
  package var isFinite: Bool {
    unsafe withBuffer { unsafe $0.allSatisfy(\.isFinite) }
  }
}

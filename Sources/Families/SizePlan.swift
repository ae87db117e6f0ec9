import Images
import System
import Tensors

/// How large a picture is wanted; at most one of these says anything.
package enum SizeWish: Sendable, Equatable {
  /// The model's own size.
  case standard
  /// An aspect, with about so many pixels, or as many as the model was trained for.
  case aspect(AspectRatio, pixels: Int?)
  /// A size in pixels, to be kept exactly.
  case exact(PictureSize)
  /// The size of a reference picture, as far as the model can paint it.
  case like(PictureSize)
}

/// How large a picture is painted, and how large it becomes.
package struct SizePlan: Sendable, Hashable {
  /// What the model paints.
  package let painted: PictureSize
  /// What is written: the painted picture, enlarged or cropped where the two differ.
  package let written: PictureSize

  package init(painted: PictureSize, written: PictureSize) {
    self.painted = painted
    self.written = written
  }

  /// What an upscaler makes of the painted picture, applied until it is large enough; edges are as sharp as they will be after
  /// ``largestEnlargement`` times.
  func enlarged(by scale: Int) -> PictureSize {
    var times = 1
    while scale > 1, times * scale <= SizePlan.largestEnlargement,
      painted.width * times < written.width || painted.height * times < written.height
    {
      times *= scale
    }
    return painted.enlarged(times)
  }

  private static let largestEnlargement = 8
}

extension Defaults {
  /// Plans the size of a picture that is painted as a whole.
  ///
  /// - Parameter multiple: What the sides of a painted picture must be multiples of.
  /// - Throws: ``UserError/request(_:)``
  package func size(_ wish: SizeWish, multiple: Int) throws -> SizePlan {
    if case .exact(let size) = wish {
      let isPossible = size.width % 8 == 0 && size.height % 8 == 0 && size.width >= 64 && size.height >= 64
      guard isPossible, size.width <= 8192, size.height <= 8192 else {
        throw UserError.request(
          "A picture of \(size) pixels cannot be painted; sides are multiples of 8 from 64 to 8192.")
      }
    }
    guard learnedSizes.isEmpty else { return learned(wish) }
    let painted = free(wish, multiple: multiple)
    if case .exact(let size) = wish { return SizePlan(painted: painted, written: size) }
    return SizePlan(painted: painted, written: painted)
  }

  /// Models that paint any size.
  private func free(_ wish: SizeWish, multiple: Int) -> PictureSize {
    switch wish {
    case .standard:
      return .bucket(AspectRatio(width: 1, height: 1), pixels: nativePixels, multiple: sizeMultiple)
    case .aspect(let aspect, let pixels):
      return .bucket(aspect, pixels: pixels ?? nativePixels, multiple: max(multiple, sizeMultiple))
    case .exact(let size):
      // Painted a little larger where the model needs coarser multiples, then cropped.
      return PictureSize(width: size.width.roundedUp(to: multiple), height: size.height.roundedUp(to: multiple))
    case .like(let size):
      // diffusers paints over a picture in its own size, rounded down; far larger ones would only be slow and doubled.
      let whole = PictureSize(width: size.width / multiple * multiple, height: size.height / multiple * multiple)
      if whole.width >= 64, whole.height >= 64, whole.pixels <= 4 * nativePixels { return whole }
      return .bucket(size.aspect, pixels: nativePixels, multiple: max(multiple, sizeMultiple))
    }
  }

  /// Models that paint a few sizes: the one of the nearest aspect, then brought to the size wanted.
  private func learned(_ wish: SizeWish) -> SizePlan {
    func nearest(_ aspect: AspectRatio) -> PictureSize {
      learnedSizes.min { $0.aspect.distance(to: aspect) < $1.aspect.distance(to: aspect) }
        ?? PictureSize(width: 8, height: 8)
    }
    switch wish {
    case .standard:
      let size = nearest(AspectRatio(width: 1, height: 1))
      return SizePlan(painted: size, written: size.enlarged(enlargement))
    case .aspect(let aspect, let pixels):
      let size = nearest(aspect)
      if pixels == nil, size.aspect.distance(to: aspect) < 0.05 {
        return SizePlan(painted: size, written: size.enlarged(enlargement))
      }
      let wanted = pixels ?? nativePixels * enlargement * enlargement
      return SizePlan(painted: size, written: .bucket(aspect, pixels: wanted, multiple: 8))
    case .exact(let size): return SizePlan(painted: nearest(size.aspect), written: size)
    case .like(let size):
      let painted = nearest(size.aspect)
      return SizePlan(painted: painted, written: painted.enlarged(enlargement))
    }
  }
}

extension PictureSize {
  fileprivate func enlarged(_ times: Int) -> PictureSize { PictureSize(width: times * width, height: times * height) }
}

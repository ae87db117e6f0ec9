import Tensors

/// How large a picture is painted, and how large it becomes.
package struct SizePlan: Sendable, Hashable {
  /// What the model paints.
  package let painted: PictureSize
  /// What is written: the painted picture, enlarged or cropped where the two differ.
  package let written: PictureSize

  /// What was asked for; at most one of these says anything.
  package enum Wish: Sendable, Equatable {
    /// The model's own size.
    case standard
    /// An aspect, with about so many pixels, or as many as the model was trained for.
    case aspect(AspectRatio, pixels: Int?)
    /// A size in pixels, to be kept exactly.
    case exact(PictureSize)
    /// The size of a reference picture, as far as the model can paint it.
    case like(PictureSize)
  }

  /// - Parameters:
  ///   - multiple: What the sides of a painted picture must be multiples of.
  ///   - layout: The layout of several things, each painted in a window.
  /// - Throws: ``GenerationError/request(_:)``
  package init(_ wish: Wish, profile: ModelProfile, multiple: Int, layout: Layout? = nil) throws {
    if case .exact(let size) = wish {
      let isPossible = size.width % 8 == 0 && size.height % 8 == 0 && size.width >= 64 && size.height >= 64
      guard isPossible, size.width <= 8192, size.height <= 8192 else {
        throw GenerationError.request(
          "A picture of \(size) pixels cannot be painted; sides are multiples of 8 from 64 to 8192.")
      }
    }
    let whole: PictureSize
    if profile.learnedSizes.isEmpty {
      whole = try SizePlan.free(wish, profile: profile, multiple: multiple)
      if case .exact(let size) = wish { written = size } else { written = whole }
    } else {
      (whole, written) = SizePlan.learned(wish, profile: profile)
    }
    if let layout, let window = profile.layouts?.window {
      let canvas = layout.canvas(written.aspect, window: window / multiple)
      painted = PictureSize(width: canvas.width * multiple, height: canvas.height * multiple)
    } else {
      painted = whole
    }
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

  /// One window of a layout.
  init(window: Int) {
    painted = PictureSize(width: window, height: window)
    written = painted
  }

  /// Models that paint any size.
  private static func free(_ wish: Wish, profile: ModelProfile, multiple: Int) throws -> PictureSize {
    switch wish {
    case .standard:
      return .bucket(AspectRatio(width: 1, height: 1), pixels: profile.nativePixels, multiple: profile.sizeMultiple)
    case .aspect(let aspect, let pixels):
      return .bucket(aspect, pixels: pixels ?? profile.nativePixels, multiple: max(multiple, profile.sizeMultiple))
    case .exact(let size):
      // Painted a little larger where the model needs coarser multiples, then cropped.
      return PictureSize(width: size.width.roundedUp(to: multiple), height: size.height.roundedUp(to: multiple))
    case .like(let size):
      // diffusers paints over a picture in its own size, rounded down; far larger ones would only be slow and doubled.
      let whole = PictureSize(width: size.width / multiple * multiple, height: size.height / multiple * multiple)
      if whole.width >= 64, whole.height >= 64, whole.pixels <= 4 * profile.nativePixels { return whole }
      return .bucket(size.aspect, pixels: profile.nativePixels, multiple: max(multiple, profile.sizeMultiple))
    }
  }

  /// Models that paint a few sizes: the one of the nearest aspect, then brought to the size wanted.
  private static func learned(_ wish: Wish, profile: ModelProfile) -> (painted: PictureSize, written: PictureSize) {
    func nearest(_ aspect: AspectRatio) -> PictureSize {
      profile.learnedSizes.min { $0.aspect.distance(to: aspect) < $1.aspect.distance(to: aspect) }
        ?? PictureSize(width: 8, height: 8)
    }
    switch wish {
    case .standard:
      let size = nearest(AspectRatio(width: 1, height: 1))
      return (size, size.enlarged(profile.enlargement))
    case .aspect(let aspect, let pixels):
      let size = nearest(aspect)
      if pixels == nil, size.aspect.distance(to: aspect) < 0.05 { return (size, size.enlarged(profile.enlargement)) }
      let wanted = pixels ?? profile.nativePixels * profile.enlargement * profile.enlargement
      return (size, .bucket(aspect, pixels: wanted, multiple: 8))
    case .exact(let size): return (nearest(size.aspect), size)
    case .like(let size):
      let painted = nearest(size.aspect)
      return (painted, painted.enlarged(profile.enlargement))
    }
  }
}

extension PictureSize {
  fileprivate func enlarged(_ times: Int) -> PictureSize { PictureSize(width: times * width, height: times * height) }
}

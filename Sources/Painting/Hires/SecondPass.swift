import Families
import Images
import Sampling
import System

/// A picture painted once more, larger: what became of the first pass is enlarged, gets noise again and is painted over (A1111's
/// "hires fix").
package struct SecondPass: Sendable, Equatable {
  /// How large it is painted and written.
  package let size: SizePlan
  /// How many steps are taken.
  package let steps: Int
  /// How far the first pass is left, 0 to 1.
  package let strength: Double
  package let upscaler: HiresUpscaler

  /// The largest side of a picture that is painted.
  private static let longestSide = 8192

  /// - Parameters:
  ///   - settings: With everything filled in.
  ///   - size: Of the first pass.
  ///   - multiple: What the sides of a painted picture must be multiples of.
  /// - Returns: Nil where there is one pass only.
  /// - Throws: ``UserError/request(_:)`` where the picture would become too large.
  init?(_ settings: PictureSettings, first size: SizePlan, multiple: Int) throws(UserError) {
    guard let factor = settings.hires else { return nil }
    let written = size.written.enlarged(hires: factor)
    guard written.width <= Self.longestSide, written.height <= Self.longestSide else {
      throw .request(
        "`hires` \(factor) would paint \(written) pixels; sides reach up to \(Self.longestSide). Take less.")
    }
    self.size = SizePlan(
      painted: PictureSize(
        width: written.width.roundedUp(to: multiple), height: written.height.roundedUp(to: multiple)),
      written: written)
    strength = settings.hiresStrength ?? PictureSettings.standardHiresStrength
    steps = settings.hiresSteps ?? settings.standardHiresSteps
    upscaler = settings.hiresUpscaler ?? .lanczos
  }

  /// How many times larger, along each side, a network makes the first pass before it is fitted.
  static func networkFactor(_ factor: Double) -> Int {
    PictureSettings.factors.first { Double($0) >= factor } ?? 8
  }
}

extension PictureSize {
  /// So many times larger, in whole multiples of 8.
  package func enlarged(hires factor: Double) -> PictureSize { scaled(by: factor) }

  /// The size that ``enlarged(hires:)`` made this of: rounding moves a side by 4 at most, which is less than half of 8 there.
  package func before(hires factor: Double) -> PictureSize { scaled(by: 1 / factor) }

  private func scaled(by factor: Double) -> PictureSize {
    func side(_ length: Int) -> Int { max(1, Int((Double(length) * factor / 8).rounded())) * 8 }
    return PictureSize(width: side(width), height: side(height))
  }
}

extension PictureSettings {
  /// A1111's.
  package static let standardHiresStrength = 0.7

  /// The share of the first pass' steps that the strength stands for.
  package var standardHiresSteps: Int {
    max(1, Int(Double(steps ?? 1) * (hiresStrength ?? Self.standardHiresStrength)))
  }

  /// The size of the finished picture.
  package func finished(_ size: PictureSize) -> PictureSize {
    (hires.map(size.enlarged) ?? size).enlarged(by: upscale ?? 1)
  }

  /// The size of the first pass of a finished picture.
  package func begun(_ size: PictureSize) -> PictureSize {
    let factor = upscale ?? 1
    let painted = PictureSize(width: size.width / factor, height: size.height / factor)
    return hires.map(painted.before) ?? painted
  }
}

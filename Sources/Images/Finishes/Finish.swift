/// A look that is given to a painted picture by rule, pixel by pixel: the same picture always becomes the same.
package enum Finish: String, CaseIterable, Sendable {
  /// Large square pixels of sixteen colours, outlined where the background is plain.
  case pixel
  /// Pencil: lines and hatching on paper.
  case sketch
  /// Washes with darker rims on paper.
  case watercolor
  /// Dots of four printing inks.
  case halftone
  /// White lines on blue.
  case blueprint
  /// Irregular tiles of one colour each.
  case mosaic
}

extension Picture {
  /// The picture in another look, as large as before.
  ///
  /// - Parameter grain: The edge of the finest detail in pixels, 1 or more: how many times a picture was enlarged after it was painted.
  package func finished(_ finish: Finish, grain: Double) -> Picture {
    let raster = Raster(self)
    let grain = Float(max(grain, 1))
    return switch finish {
    case .pixel: raster.pixelArt(grain: grain).picture
    case .sketch: raster.sketch(grain: grain).picture
    case .watercolor: raster.watercolour(grain: grain).picture
    case .halftone: raster.halftone(grain: grain).picture
    case .blueprint: raster.blueprint(grain: grain).picture
    case .mosaic: raster.mosaic(grain: grain).picture
    }
  }
}

/// Whole pixels of a picture.
package struct PixelRectangle: Equatable, Sendable {
  package let left: Int
  package let top: Int
  package let width: Int
  package let height: Int

  package init(left: Int, top: Int, width: Int, height: Int) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  package var size: PictureSize { PictureSize(width: width, height: height) }
}

extension Mask {
  /// The smallest rectangle around all that is not black, wider by `padding` and of an aspect as far as the picture reaches: diffusers'
  /// `VaeImageProcessor.get_crop_region`, A1111's "only masked". Nil where all is black.
  package func region(padding: Int, aspect: PictureSize) -> PixelRectangle? {
    let rows = (0..<height).filter { row in values[row * width..<(row + 1) * width].contains { $0 > 0 } }
    let columns = (0..<width).filter { column in
      stride(from: column, to: values.count, by: width).contains { values[$0] > 0 }
    }
    guard let top = rows.first, let bottom = rows.last, let left = columns.first, let right = columns.last else {
      return nil
    }
    var across = Span(from: max(0, left - padding), to: min(width, right + 1 + padding))
    var down = Span(from: max(0, top - padding), to: min(height, bottom + 1 + padding))
    let ratio = Double(aspect.width) / Double(aspect.height)
    if Double(across.length) / Double(down.length) > ratio {
      down.lengthen(to: Double(across.length) / ratio, within: height)
    } else {
      across.lengthen(to: Double(down.length) * ratio, within: width)
    }
    return PixelRectangle(left: across.from, top: down.from, width: across.length, height: down.length)
  }

  /// A part of it.
  package func cropped(to region: PixelRectangle) -> Mask { Mask(picture.cropped(to: region)) }
}

/// From one pixel to before another.
private struct Span {
  var from: Int
  var to: Int

  var length: Int { to - from }

  mutating func lengthen(to wanted: Double, within limit: Int) {
    let more = Int(wanted - Double(length))
    from -= more / 2
    to += more - more / 2
    if to >= limit { (from, to) = (from - (to - limit), limit) }
    if from < 0 { (from, to) = (0, to - from) }
    to = min(to, limit)
  }
}

extension Picture {
  /// A part of it, which must lie within.
  package func cropped(to region: PixelRectangle) -> Picture {
    precondition(
      region.left >= 0 && region.top >= 0 && region.left + region.width <= width
        && region.top + region.height <= height,
      "cropped: \(region) of \(size)")
    let rows = (region.top..<region.top + region.height).map { row in
      pixels[3 * (row * width + region.left)..<3 * (row * width + region.left + region.width)]
    }
    return Picture(width: region.width, height: region.height, pixels: Array(rows.joined()))
  }

  /// It with another picture in a part of it.
  package func replacing(_ region: PixelRectangle, with part: Picture) -> Picture {
    precondition(part.size == region.size, "replacing: \(part.size) in \(region)")
    var whole = self
    for row in 0..<region.height {
      let start = 3 * ((region.top + row) * width + region.left)
      whole.pixels.replaceSubrange(
        start..<start + 3 * region.width, with: part.pixels[3 * row * region.width..<3 * (row + 1) * region.width])
    }
    return whole
  }
}

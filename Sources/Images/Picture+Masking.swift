extension Picture {
  /// Another picture where a mask is white, this one where it is black, and both in between. All are of one size.
  package func painted(over mask: Mask, with other: Picture) -> Picture {
    precondition(
      mask.size == size && other.size == size, "painted: \(other.size) over \(size), a mask of \(mask.size)")
    var mixed = self
    for (place, share) in mask.values.enumerated() where share > 0 {
      for index in 3 * place..<3 * place + 3 {
        let sum = Int(pixels[index]) * (255 - Int(share)) + Int(other.pixels[index]) * Int(share)
        mixed.pixels[index] = UInt8((sum + 127) / 255)
      }
    }
    return mixed
  }
}

/// How far a picture is continued beyond its sides, in pixels.
package struct Outpainting: Sendable, Equatable {
  package var left = 0
  package var right = 0
  package var top = 0
  package var bottom = 0

  package init(left: Int = 0, right: Int = 0, top: Int = 0, bottom: Int = 0) {
    (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
  }

  package func size(of picture: PictureSize) -> PictureSize {
    PictureSize(width: left + picture.width + right, height: top + picture.height + bottom)
  }

  /// The picture on its larger canvas, its outermost pixels repeated.
  package func extended(_ picture: Picture) -> Picture {
    let size = size(of: picture.size)
    var pixels = [UInt8](repeating: 0, count: size.pixels * 3)
    for y in 0..<size.height {
      let row = min(picture.height - 1, max(0, y - top))
      for x in 0..<size.width {
        let column = min(picture.width - 1, max(0, x - left))
        let (from, to) = (3 * (row * picture.width + column), 3 * (y * size.width + x))
        for channel in 0..<3 { pixels[to + channel] = picture.pixels[from + channel] }
      }
    }
    return Picture(width: size.width, height: size.height, pixels: pixels)
  }

  /// What is painted anew of the larger canvas: all that is new, and what a mask of the picture itself says.
  package func mask(of picture: PictureSize, _ inner: Mask?) -> Mask {
    let size = size(of: picture)
    var values = [UInt8](repeating: 255, count: size.pixels)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        values[(y + top) * size.width + x + left] = inner?.values[y * picture.width + x] ?? 0
      }
    }
    return Mask(width: size.width, height: size.height, values: values)
  }
}

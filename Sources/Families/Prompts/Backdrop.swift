import Images

/// What comes behind things that are painted on a plain background, in place of that.
package struct Backdrop: Sendable {
  /// The colour of shadows on the plain background, which stay.
  private let shadow: Picture.Colour
  /// Nil where the background is left out.
  private let drawn: (@Sendable (PictureSize) -> Picture)?

  /// - Parameter drawn: The backdrop of a size; nil leaves the background out.
  init(shadow: Picture.Colour, drawn: (@Sendable (PictureSize) -> Picture)? = nil) {
    self.shadow = shadow
    self.drawn = drawn
  }

  init(shadow: Picture.Colour, colour: Picture.Colour) {
    self.init(shadow: shadow) { size in
      Picture(width: size.width, height: size.height, red: colour.red, green: colour.green, blue: colour.blue)
    }
  }

  /// The picture with its plain background replaced, or left out.
  package func behind(_ picture: Picture) -> Picture {
    let things = picture.cutOut(shadow: shadow)
    return drawn.map { things.laid(over: $0(things.size)) } ?? things
  }
}

import Families
import Images
import Painting
import System

extension PictureEdit {
  /// Paints a picture over in the style of others.
  ///
  /// - Parameters:
  ///   - files: What the styles' files are called.
  ///   - styles: One at least; several are mixed.
  package static func restyling(
    _ transfer: StyleTransfer, from files: [String], _ styles: [Picture], strength: Double, keepsColours: Bool
  ) -> PictureEdit {
    var settings = [("style-from", ReferenceList(files).settingText)]
    if strength != 1 { settings.append(("style-strength", strength.settingText)) }
    if keepsColours { settings.append(("keep-colours", "yes")) }
    return PictureEdit(command: "restyle", network: StyleTransfer.name, settings: settings, suffix: "restyled") {
      picture, limit, progress in
      let bytes = StyleTransfer.bytes(for: picture.size, channels: picture.channels)
      guard bytes <= limit.bytes else {
        throw UserError.resources(
          "Restyling \(picture.size) pixels takes about \(ByteCount(bytes).rounded(.up)), more than \(limit.reason).")
      }
      return try transfer(picture, in: styles, strength: strength, keepsColours: keepsColours, progress: progress)
    }
  }
}

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
      try StyleTransfer.check(picture.size, channels: picture.channels, limit)
      return try transfer(picture, in: styles, strength: strength, keepsColours: keepsColours, progress: progress)
    }
  }
}

extension StyleTransfer {
  /// - Throws: ``UserError/resources(_:)`` where a picture of that size takes more than there may be.
  package static func check(_ size: PictureSize, channels: Int, _ limit: MemoryLimit) throws(UserError) {
    let bytes = bytes(for: size, channels: channels)
    guard bytes <= limit.bytes else {
      throw .resources(
        "Restyling \(size) pixels takes about \(ByteCount(bytes).rounded(.up)), more than \(limit.reason).")
    }
  }
}

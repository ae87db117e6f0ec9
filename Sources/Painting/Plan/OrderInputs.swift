import Families
import Images
import System

/// The pictures that settings name, as they were read.
package struct OrderInputs: Sendable {
  package var references: [Picture]
  package var mask: Mask?
  /// Those that control, in the settings' order.
  package var controls: [Picture]
  /// Those that are followed beside the prompt, in the settings' order.
  package var pictures: [Picture]

  /// In whose style the painted picture is painted over.
  package var styles: [Picture]

  package init(
    references: [Picture] = [], mask: Mask? = nil, controls: [Picture] = [], pictures: [Picture] = [],
    styles: [Picture] = []
  ) {
    (self.references, self.mask, self.controls, self.pictures) = (references, mask, controls, pictures)
    self.styles = styles
  }

  /// Reads what settings name.
  ///
  /// - Parameters:
  ///   - open: Opens the file of a path.
  ///   - decode: Decodes it.
  /// - Throws: What these throw; ``UserError/request(_:)`` where a reference shall be its own mask and hides nothing.
  package init(
    _ settings: PictureSettings, open: (String) throws -> PictureFile,
    decode: (PictureFile) throws -> Picture = { try $0.decoded() }
  ) throws {
    let files = try settings.references.paths.map(open)
    references = try files.map(decode)
    if settings.mask == PictureSettings.alphaMask {
      mask = try files.first?.transparency()
      guard mask != nil else {
        let what = files.first.map { "and nothing of \($0.name) is" } ?? "and none is named by `reference`"
        throw UserError.request("`mask` alpha paints anew what is transparent of the reference, \(what).")
      }
    } else {
      mask = try settings.mask.map { Mask(try decode(open($0))) }
    }
    controls = try settings.controls.wishes.map { try decode(open($0.path)) }
    pictures = try settings.pictures.wishes.map { try decode(open($0.path)) }
    styles = try settings.styleFrom.paths.map { try decode(open($0)) }
  }

  /// Those that show something, which a safety checker looks at: all but the mask.
  package var seen: [Picture] { references + controls + pictures + styles }
}

extension PictureSettings {
  /// The paths of all pictures that it names.
  package var picturePaths: [String] { seenPaths + [maskPath].compactMap(\.self) }

  /// Nil where there is no mask or it lies in the reference.
  package var maskPath: String? { mask == PictureSettings.alphaMask ? nil : mask }

  /// Those of ``OrderInputs/seen``, in the same order.
  package var seenPaths: [String] {
    references.paths + controls.wishes.map(\.path) + pictures.wishes.map(\.path) + styleFrom.paths
  }
}

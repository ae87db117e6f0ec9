import Families
import Images

/// The pictures that settings name, as they were read.
package struct OrderInputs: Sendable {
  package var references: [Picture]
  package var mask: Mask?
  /// Those that control, in the settings' order.
  package var controls: [Picture]

  package init(references: [Picture] = [], mask: Mask? = nil, controls: [Picture] = []) {
    (self.references, self.mask, self.controls) = (references, mask, controls)
  }

  /// Reads what settings name.
  ///
  /// - Parameter read: Reads the picture of a path.
  package init(_ settings: PictureSettings, read: (String) throws -> Picture) rethrows {
    references = try settings.references.paths.map(read)
    mask = try settings.mask.map { Mask(try read($0)) }
    controls = try settings.controls.wishes.map { try read($0.path) }
  }

  /// Those that show something, which a safety checker looks at: all but the mask.
  package var seen: [Picture] { references + controls }
}

extension PictureSettings {
  /// The paths of all pictures that it names.
  package var picturePaths: [String] { seenPaths + [mask].compactMap(\.self) }

  /// Those of ``OrderInputs/seen``, in the same order.
  package var seenPaths: [String] { references.paths + controls.wishes.map(\.path) }
}

/// Why a picture could not be read or written; `description` is the sentence that the user reads.
package enum PictureError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file has no bytes.
  case empty(name: String)
  /// The file is something else; `kind` names it with its article ("a WebP file"), nil when it is unknown.
  case foreign(name: String, kind: String?)
  /// The header claims more pixels than limn takes.
  case tooLarge(name: String, width: Int, height: Int)
  /// The file is cut short or contradicts itself or its checksums.
  case damaged(name: String, format: PictureFormat, trouble: String)
  /// A legal file of a kind that limn does not read.
  case unsupported(name: String, format: PictureFormat, trouble: String)
  /// The operating system refused to hand out the file.
  case unreadable(name: String, reason: String)
  /// The format or its library refuses the picture.
  case unwritable(format: PictureFormat, reason: String)

  package var description: String {
    switch self {
    case .empty(let name):
      "\(name) is empty (0 bytes); limn reads \(PictureFormat.list)."
    case .foreign(let name, let kind?):
      "\(name) is \(kind); limn reads \(PictureFormat.list)."
    case .foreign(let name, nil):
      "\(name) is not a picture that limn knows; it reads \(PictureFormat.list)."
    case .tooLarge(let name, let width, let height):
      "\(name) claims \(width)x\(height) pixels; limn takes at most \(PictureLimits.side) a side "
        + "and \(PictureLimits.pixels / 1_000_000) megapixels. Make it smaller first."
    case .damaged(let name, let format, let trouble):
      "\(name) is a damaged \(format.rawValue) file: \(trouble)."
    case .unsupported(let name, let format, let trouble):
      "\(name) is a \(format.rawValue) file that limn cannot read: \(trouble)."
    case .unreadable(let name, let reason):
      "\(name) cannot be read: \(reason)."
    case .unwritable(let format, let reason):
      "The picture cannot be made into a \(format.rawValue) file: \(reason)."
    }
  }
}

/// What limn takes at most, checked against a file's header before anything is allocated.
package enum PictureLimits {
  /// Pixels a side.
  package static let side = 16_384
  /// Pixels in all.
  package static let pixels = 100_000_000
  /// Bytes of a file.
  package static let fileBytes = 1 << 30
  /// Bytes of one text chunk or metadata block once unpacked.
  static let textBytes = 4 << 20
  /// Bytes of all texts of a file once unpacked.
  static let allTextBytes = 16 << 20

  /// Throws where a header's claim goes beyond the limits or is empty.
  static func check(width: Int, height: Int, name: String, format: PictureFormat) throws(PictureError) {
    guard width > 0, height > 0 else {
      throw .damaged(name: name, format: format, trouble: "its header says \(width)x\(height) pixels")
    }
    guard width <= side, height <= side, width * height <= pixels else {
      throw .tooLarge(name: name, width: width, height: height)
    }
  }
}

import CJPEG

/// JPEG to `Picture`: baseline and progressive, grey, colour and CMYK, turned upright by EXIF.
///
/// By TurboJPEG, whose functions return their errors; libjpeg's own interface ends the process or jumps.
enum JPEGDecoder {
  /// Encoders make about ten scans; thousands over a large picture would keep a machine busy for hours.
  private static let mostScans = 100
  private static let mostPixelsOfAllScans = 2_000_000_000

  /// Every 8x8 block takes at least one bit, so a byte stands for at most 512 pixels.
  private static let mostPixelsPerByte = 512

  /// Warnings about bytes that no pixel depends on; all others mean lost pixels.
  private static let harmlessWarnings = ["extraneous bytes", "JFIF revision", "Adobe color transform"]

  /// Decodes a file whose markers were read. Throws `PictureError` with libjpeg's words.
  static func decode(_ file: JPEGFile) throws(PictureError) -> Picture {
    guard file.bitDepth == 8 else {
      throw .unsupported(name: file.name, format: .jpeg, trouble: "it has \(file.bitDepth) bits a sample; expected 8")
    }
    guard file.scans <= mostScans, file.scans * file.width * file.height <= mostPixelsOfAllScans else {
      throw .unsupported(
        name: file.name, format: .jpeg,
        trouble: "it goes over its \(file.width)x\(file.height) pixels \(file.scans) times, far beyond any camera")
    }
    guard file.width * file.height <= file.bytes.count * mostPixelsPerByte else {
      throw .damaged(
        name: file.name, format: .jpeg,
        trouble: "\(file.bytes.count) bytes cannot hold the \(file.width)x\(file.height) pixels it claims")
    }
    var outcome = run(file, stopOnWarning: true)
    if case .warning(let words) = outcome, harmlessWarnings.contains(where: words.contains) {
      outcome = run(file, stopOnWarning: false)
    }
    switch outcome {
    case .pixels(let samples):
      let pixels = file.components == 4 ? rgb(cmyk: samples, isInverted: file.isAdobe) : samples
      let picture = Picture(width: file.width, height: file.height, pixels: pixels)
      return picture.turned(file.exif?.orientation ?? .upright)
    case .warning(let words), .failure(let words):
      throw .damaged(name: file.name, format: .jpeg, trouble: "libjpeg says \"\(words)\"")
    }
  }

  private enum Outcome {
    case pixels([UInt8])
    case warning(String)
    case failure(String)
  }

  private static func run(_ file: JPEGFile, stopOnWarning: Bool) -> Outcome {
    guard let decompressor = unsafe tjInitDecompress() else { return .failure("there is no memory for the decoder") }
    defer { unsafe tjDestroy(decompressor) }
    let (format, samples) = file.components == 4 ? (TJPF_CMYK, 4) : (TJPF_RGB, 3)
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS | (stopOnWarning ? TJFLAG_STOPONWARNING : 0)
    var pixels = [UInt8](repeating: 0, count: file.width * file.height * samples)
    let status = unsafe file.bytes.withUnsafeBufferPointer { input in
      unsafe pixels.withUnsafeMutableBufferPointer { output in
        // Never writes beyond width x height: a larger picture than its header said is scaled or refused.
        unsafe tjDecompress2(
          decompressor, input.baseAddress, UInt(input.count), output.baseAddress,
          Int32(file.width), Int32(file.width * samples), Int32(file.height), format.rawValue, flags)
      }
    }
    if status == 0 { return .pixels(pixels) }
    let words = unsafe String(cString: tjGetErrorStr2(decompressor))
    let isWarning = unsafe tjGetErrorCode(decompressor) == Int32(TJERR_WARNING.rawValue)
    guard isWarning else { return .failure(words) }
    let isHarmless = harmlessWarnings.contains(where: words.contains)
    return !stopOnWarning && isHarmless ? .pixels(pixels) : .warning(words)
  }

  /// CMYK to RGB without a colour profile, as Pillow's `convert("RGB")` does.
  private static func rgb(cmyk: [UInt8], isInverted: Bool) -> [UInt8] {
    let source = cmyk.span
    var rgb: [UInt8] = []
    rgb.reserveCapacity(source.count / 4 * 3)
    for start in stride(from: 0, to: source.count, by: 4) {
      let paper = Int(isInverted ? source[start + 3] : 255 - source[start + 3])
      for channel in 0..<3 {
        let ink = Int(isInverted ? 255 - source[start + channel] : source[start + channel])
        rgb.append(UInt8(paper - (ink * paper + 127) / 255))
      }
    }
    return rgb
  }
}

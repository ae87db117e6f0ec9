import Images
import System

/// A picture of the batch that lies there.
struct ShownPicture {
  let job: BatchJob
  let path: String
}

/// All pictures of a batch on one, in order.
struct ContactSheet {
  private static let largestEdge = 192
  private static let margin = 8
  private static let largestPixels = 48_000_000

  private let pictures: [ShownPicture]
  private let columns: Int
  private let edge: Int

  /// - Parameter columns: Pictures side by side; nil for as many as stand one above the other.
  init(_ pictures: [ShownPicture], columns: Int?) {
    self.pictures = pictures
    let count = max(1, pictures.count)
    self.columns = columns ?? Int(Double(count).squareRoot().rounded(.up))
    let share = Int((Double(ContactSheet.largestPixels) / Double(count)).squareRoot()) - ContactSheet.margin
    let sizes = pictures.map(\.job.summary.size)
    let longest = sizes.map { max($0.width, $0.height) }.max() ?? ContactSheet.largestEdge
    edge = max(8, min(ContactSheet.largestEdge, longest, share))
  }

  /// Each picture within its square, on a quiet ground.
  func painted() throws -> Picture {
    let cell = edge + ContactSheet.margin
    let rows = max(1, (pictures.count + columns - 1) / columns)
    let width = columns * cell + ContactSheet.margin
    var sheet = Picture(width: width, height: rows * cell + ContactSheet.margin, red: 32, green: 33, blue: 36)
    for (index, shown) in pictures.enumerated() {
      let picture = try Picture(recordedAt: shown.path)
      let scale = min(1, Double(edge) / Double(max(picture.width, picture.height)))
      let (small, high) = (max(1, Int(Double(picture.width) * scale)), max(1, Int(Double(picture.height) * scale)))
      let thumbnail = scale < 1 ? picture.resized(width: small, height: high) : picture
      let left = ContactSheet.margin + index % columns * cell + (edge - thumbnail.width) / 2
      let top = ContactSheet.margin + index / columns * cell + (edge - thumbnail.height) / 2
      for row in 0..<thumbnail.height {
        let source = row * thumbnail.width * 3
        let target = ((top + row) * width + left) * 3
        sheet.pixels.replaceSubrange(
          target..<target + thumbnail.width * 3, with: thumbnail.pixels[source..<source + thumbnail.width * 3])
      }
    }
    return sheet
  }

  func save(to path: String) throws {
    try AtomicFile.save(PNGEncoder.encode(painted()), to: path, ifTaken: .replace)
  }
}

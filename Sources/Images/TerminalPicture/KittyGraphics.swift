import Foundation

/// The terminal graphics protocol of kitty (sw.kovidgoyal.net/kitty/graphics-protocol), PNG payload.
enum KittyGraphics {
  /// Base64 characters a chunk at most.
  static let chunkLength = 4_096

  /// Any number: a picture that is sent again under its number takes the former's place.
  private static let number = 0x6C69  // "li"

  /// Transmits and shows: `C=1` leaves the cursor alone, `q=2` keeps the terminal from answering.
  static func commands(_ picture: Picture, columns: Int, rows: Int) throws(PictureError) -> [UInt8] {
    let payload = Array(Data(try PNGEncoder.encode(picture, effort: .fast)).base64EncodedData())
    var commands: [UInt8] = []
    for start in stride(from: 0, to: payload.count, by: chunkLength) {
      let end = min(start + chunkLength, payload.count)
      let keys = start == 0 ? "a=T,f=100,i=\(number),p=1,c=\(columns),r=\(rows),C=1,q=2," : ""
      commands += Array("\u{1B}_G\(keys)m=\(end < payload.count ? 1 : 0);".utf8)
      commands += payload[start..<end]
      commands += Array("\u{1B}\\".utf8)
    }
    return commands
  }
}

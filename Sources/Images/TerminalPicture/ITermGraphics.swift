import Foundation

/// iTerm2's inline images (iterm2.com/documentation-images.html), which WezTerm and Konsole know too.
enum ITermGraphics {
  static func command(_ picture: Picture, columns: Int, rows: Int) throws(PictureError) -> [UInt8] {
    let file = try PNGEncoder.encode(picture, effort: .fast)
    let keys = "inline=1;size=\(file.count);width=\(columns);height=\(rows);preserveAspectRatio=0"
    return Array("\u{1B}]1337;File=\(keys):".utf8) + Array(Data(file).base64EncodedData()) + [0x07]
  }
}

import CPNG

extension PNGEncoder {
  /// A whole PNG file of 8 or 16 bits a sample, with alpha where the picture has it. Throws `PictureError.unwritable`.
  ///
  /// - Parameter original: The file that the picture was made of: what it says of colours holds for this one too.
  package static func encode(
    _ picture: DeepPicture, texts: [PNGText] = [], colourOf original: PictureFile? = nil
  ) throws(PictureError) -> [UInt8] {
    var header: [UInt8] = []
    header.appendBigEndian(UInt32(picture.width))
    header.appendBigEndian(UInt32(picture.height))
    let colour = picture.hasAlpha ? PNGHeader.Colour.rgbAlpha : .rgb
    header += [UInt8(picture.bitDepth), UInt8(colour.rawValue), 0, 0, 0]
    let data = try deflated(filteredRows(of: picture))
    let chunks =
      [PNGFile.Chunk(type: "IHDR", data: header[...])] + (original?.colourChunks ?? []) + texts.map(\.chunk)
      + [PNGFile.Chunk(type: "IDAT", data: data[...]), PNGFile.Chunk(type: "IEND", data: [])]
    return PNGFile.bytes(of: chunks)
  }

  /// The rows as bytes, each behind the number of its filter: Paeth's (PNG specification, section 9.4), which suits photographs.
  private static func filteredRows(of picture: DeepPicture) -> [UInt8] {
    let bytesPerSample = picture.bitDepth / 8
    let pixel = picture.channels * bytesPerSample
    let length = picture.width * pixel
    let source = picture.samples.span
    var rows: [UInt8] = []
    rows.reserveCapacity(picture.height * (length + 1))
    var above = [UInt8](repeating: 0, count: length)
    var row = above
    for y in 0..<picture.height {
      let first = y * picture.width * picture.channels
      for index in 0..<picture.width * picture.channels {
        let sample = source[first + index]
        if bytesPerSample == 2 {
          row[2 * index] = UInt8(sample >> 8)
          row[2 * index + 1] = UInt8(sample & 255)
        } else {
          row[index] = UInt8(sample)
        }
      }
      rows.append(4)
      for index in 0..<length {
        let (left, corner) = index < pixel ? (0, 0) : (Int(row[index - pixel]), Int(above[index - pixel]))
        rows.append(row[index] &- paeth(left, Int(above[index]), corner))
      }
      swap(&row, &above)
    }
    return rows
  }

  private static func paeth(_ left: Int, _ above: Int, _ corner: Int) -> UInt8 {
    let guess = left + above - corner
    let (toLeft, toAbove, toCorner) = (abs(guess - left), abs(guess - above), abs(guess - corner))
    if toLeft <= toAbove, toLeft <= toCorner { return UInt8(left) }
    return UInt8(toAbove <= toCorner ? above : corner)
  }

  private static func deflated(_ bytes: [UInt8]) throws(PictureError) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    let status = unsafe packed.withUnsafeMutableBufferPointer { output in
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe compress2(output.baseAddress, &size, input.baseAddress, uLong(input.count), 6)
      }
    }
    guard status == Z_OK else { throw .unwritable(format: .png, reason: "zlib says \(status)") }
    packed.removeLast(packed.count - Int(size))
    return packed
  }
}

/// Properties of an XMP packet.
enum XMPProperty {
  /// The text of `exif:UserComment`, which is a list of one text a language; nil where there is none.
  static func userComment(_ xmp: String) -> String? {
    guard let name = xmp.firstRange(of: "<exif:UserComment>"),
      let end = xmp[name.upperBound...].firstRange(of: "</exif:UserComment>")
    else { return nil }
    var body = xmp[name.upperBound..<end.lowerBound]
    if let item = body.firstRange(of: "<rdf:li"), let open = body[item.upperBound...].firstIndex(of: ">"),
      let close = body[open...].firstRange(of: "</rdf:li>")
    {
      body = body[body.index(after: open)..<close.lowerBound]
    }
    return unescaped(body)
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var rest = text
    while let mark = rest.firstIndex(of: "&"), let end = rest[mark...].prefix(12).firstIndex(of: ";") {
      result += rest[..<mark]
      let name = rest[mark..<end].dropFirst()
      result += character(String(name)) ?? "&\(name);"
      rest = rest[end...].dropFirst()
    }
    return result + rest
  }

  private static func character(_ name: String) -> String? {
    switch name {
    case "amp": "&"
    case "lt": "<"
    case "gt": ">"
    case "quot": "\""
    case "apos": "'"
    default:
      (name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst()))
        .flatMap { name.hasPrefix("#") ? Unicode.Scalar($0) : nil }.map { String($0) }
    }
  }
}

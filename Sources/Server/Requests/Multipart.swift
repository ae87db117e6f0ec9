import HTTPTypes
import HummingbirdCore

/// The parts of `multipart/form-data` (RFC 7578), as browsers and HTTP clients write it.
struct Multipart: Sendable {
  struct Part: Sendable {
    let name: String
    let filename: String?
    let bytes: ArraySlice<UInt8>

    var text: String? { String(validating: bytes, as: UTF8.self) }
  }

  let parts: [Part]

  private static let mostParts = 64
  private static let mostHeaderBytes = 8 << 10
  private static let mostBoundaryBytes = 200

  /// - Parameters:
  ///   - bytes: The whole body.
  ///   - contentType: Of the request, which names the boundary.
  /// - Throws: ``Fault`` where it is none.
  init(_ bytes: [UInt8], contentType: String?) throws {
    guard let contentType, let boundary = Self.boundary(of: contentType) else {
      throw Fault(
        .unsupportedMediaType, "invalid_request", "The request is not multipart/form-data with a boundary.")
    }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter needs no line end before it.
    var place = bytes.starts(with: delimiter.dropFirst(2)) ? delimiter.count - 2 : nil
    if place == nil { place = Self.find(delimiter, in: bytes, from: 0).map { $0 + delimiter.count } }
    guard var place else { throw Self.malformed }
    var parts: [Part] = []
    while true {
      if bytes[place...].starts(with: Array("--".utf8)) { break }
      // Blanks may follow the boundary.
      while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
      guard bytes[place...].starts(with: [0x0D, 0x0A]) else { throw Self.malformed }
      guard parts.count < Self.mostParts else {
        throw Fault.request("The request has more than \(Self.mostParts) parts.")
      }
      place += 2
      let (headers, start) = try Self.headers(bytes, from: place)
      guard let end = Self.find(delimiter, in: bytes, from: max(place, start - 2)) else { throw Self.malformed }
      parts.append(try Self.part(headers, bytes[min(start, end)..<end]))
      place = end + delimiter.count
    }
    self.parts = parts
  }

  subscript(name: String) -> Part? { parts.first { $0.name == name } }

  private static let malformed = Fault(.badRequest, "invalid_request", "The multipart body is cut short or malformed.")

  private static func boundary(of type: String) -> String? {
    let pieces = type.split(separator: ";").map { $0.trimmingPrefix { $0 == " " } }
    guard pieces.first?.lowercased() == "multipart/form-data" else { return nil }
    for piece in pieces.dropFirst() where piece.lowercased().hasPrefix("boundary=") {
      var value = piece.dropFirst("boundary=".count)
      while value.last == " " { value.removeLast() }
      if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
      guard !value.isEmpty, value.utf8.count <= mostBoundaryBytes else { return nil }
      return String(value)
    }
    return nil
  }

  /// The headers of a part, names in small letters, and where its content starts.
  private static func headers(_ bytes: [UInt8], from start: Int) throws -> ([String: String], Int) {
    var (headers, place): ([String: String], Int) = ([:], start)
    while true {
      guard let end = find([0x0D, 0x0A], in: bytes, from: place, upTo: start + mostHeaderBytes) else { throw malformed }
      if end == place { return (headers, place + 2) }
      guard let line = String(validating: bytes[place..<end], as: UTF8.self) else { throw malformed }
      let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else { throw malformed }
      headers[halves[0].lowercased()] = String(halves[1].trimmingPrefix { $0 == " " })
      place = end + 2
    }
  }

  private static func part(_ headers: [String: String], _ bytes: ArraySlice<UInt8>) throws -> Part {
    guard let disposition = headers["content-disposition"], disposition.lowercased().hasPrefix("form-data"),
      let name = parameter("name", of: disposition)
    else { throw malformed }
    return Part(name: name, filename: parameter("filename", of: disposition), bytes: bytes)
  }

  /// `name="value"`, with backslashes before quotation marks.
  private static func parameter(_ name: String, of header: String) -> String? {
    var rest = header[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].trimmingPrefix { $0 == " " }
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let key = rest[..<equals].lowercased()
      rest = rest[rest.index(after: equals)...]
      var value = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        var isEscaped = false
        while let character = rest.popFirst() {
          if isEscaped {
            value.append(character)
            isEscaped = false
          } else if character == "\\" {
            isEscaped = true
          } else if character == "\"" {
            break
          } else {
            value.append(character)
          }
        }
      } else {
        value = String(rest.prefix { $0 != ";" })
        rest = rest[rest.index(rest.startIndex, offsetBy: value.count)...]
      }
      if key == name { return value }
    }
    return nil
  }

  /// Where a sequence begins; nil where it does not occur.
  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int, upTo limit: Int = .max) -> Int? {
    let last = min(bytes.count, limit) - needle.count
    guard start >= 0, start <= last else { return nil }
    let span = bytes.span
    var place = start
    while place <= last {
      if span[place] == needle[0], (1..<needle.count).allSatisfy({ span[place + $0] == needle[$0] }) { return place }
      place += 1
    }
    return nil
  }
}

import Testing

@testable import Server

@Suite struct MultipartTests {
  private static let type = "multipart/form-data; boundary=b0undary"
  private static let body = Array(
    "--b0undary\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na \"red\" fox\r\n--b0undary\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{1}\r\n--b0\r\n\r\n--b0undary--\r\n"
      .utf8)

  @Test func partsAreRead() throws {
    let form = try Multipart(Self.body, contentType: Self.type)
    #expect(form.parts.map(\.name) == ["prompt", "image[]"])
    #expect(form["prompt"]?.text == "a \"red\" fox" && form["prompt"]?.filename == nil)
    #expect(form["image[]"]?.filename == "a.png")
    #expect(form["image[]"].map { Array($0.bytes) } == Array("\u{1}\r\n--b0\r\n".utf8))
  }

  @Test func aBoundaryMayBeQuotedAndAPreambleStandBeforeIt() throws {
    let form = try Multipart(
      Array("hello\r\n".utf8) + Self.body, contentType: "Multipart/Form-Data; charset=utf-8; boundary=\"b0undary\"")
    #expect(form.parts.count == 2)
  }

  @Test func emptyPartsAreEmpty() throws {
    let body = Array("--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--b--".utf8)
    #expect(try Multipart(body, contentType: "multipart/form-data; boundary=b")["x"]?.text == "")
  }

  @Test(arguments: [
    "", "--b0undary", "--b0undary\r\n", "--b0undary\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b0undary--",
  ])
  func malformedBodiesAreRefused(_ body: String) {
    #expect(throws: Fault.self) { try Multipart(Array(body.utf8), contentType: Self.type) }
  }

  @Test(arguments: [nil, "application/json", "multipart/form-data", "multipart/form-data; boundary="])
  func otherTypesAreRefused(_ type: String?) {
    #expect(throws: Fault.self) { try Multipart(Self.body, contentType: type) }
  }

  /// A seed a body; none may trap, hang or take more memory than the body.
  @Test func tenThousandBrokenBodiesDoNoHarm() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      var body = Self.body
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body[Int.random(in: body.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
        case 1: body.removeLast(Int.random(in: 0..<body.count, using: &random))
        case 2:
          let start = Int.random(in: body.indices, using: &random)
          body.insert(contentsOf: Array("\r\n--b0undary".utf8), at: start)
        default: body.removeFirst(Int.random(in: 0..<min(body.count, 40), using: &random))
        }
        if body.isEmpty { body = [0x2D] }
      }
      let form = try? Multipart(body, contentType: Self.type)
      #expect((form?.parts.reduce(0) { $0 + $1.bytes.count } ?? 0) <= body.count)
    }
  }
}

import HTTPTypes
import HummingbirdCore
import Images
import JSON
import NIOCore

extension HTTPField.Name {
  static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
  static let host = HTTPField.Name("Host")!
  static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  static let requestID = HTTPField.Name("X-Request-Id")!
  static let apiKey = HTTPField.Name("X-Api-Key")!
  static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
  static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode")!
  static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest")!
  static let shouldRetry = HTTPField.Name("X-Should-Retry")!
}

extension HTTPResponse.Status {
  /// RFC 4918, section 11.5.
  static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}

extension Response {
  init(json: JSONValue, status: HTTPResponse.Status = .ok) {
    self.init(
      status: status, headers: [.contentType: "application/json; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: json.text)))
  }

  /// A picture that limn made; nothing in it can act as a page.
  init(picture bytes: [UInt8], isKept: Bool = false) {
    let format = (try? PictureFile(bytes: bytes, name: "The picture"))?.format ?? .png
    self.init(
      status: .ok,
      headers: [
        .contentType: format.mediaType, .cacheControl: isKept ? "private, max-age=31536000, immutable" : "no-store",
        .contentSecurityPolicy: "sandbox; default-src 'none'",
      ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  init(text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok) {
    self.init(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  static let noContent = Response(status: .noContent)
}

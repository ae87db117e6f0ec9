import Crypto
import Engine
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import System

/// The page's files: packed behind the program as its weights are (`weights/pack.sh`), or, in a clone of the project,
/// `Sources/Server/Studio` in a folder above the program.
struct StudioFiles: Sendable {
  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png", "webmanifest": "application/manifest+json",
  ]
  private static let mostBytes = 4 << 20

  private let folder: String?

  init(_ installation: Installation) { folder = installation.catalog.studioFolder }

  /// - Parameter name: One of the folder's own names, whatever a request says.
  func response(_ name: String, to request: Request) -> Response? {
    guard let folder, let type = Self.types[name.split(separator: ".").last.map(String.init) ?? ""],
      FileTree.names(in: folder).contains(name),
      let bytes = try? FileTree.read("\(folder)/\(name)", atMost: Self.mostBytes)
    else { return nil }
    let tag = "\"\(SHA256.hash(data: bytes).hexadecimal.prefix(32))\""
    let headers: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache"]
    guard request.headers[.ifNoneMatch] != tag else { return Response(status: .notModified, headers: headers) }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

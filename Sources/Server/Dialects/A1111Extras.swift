import Engine
import Families
import Foundation
import HTTPTypes
import HummingbirdCore
import Images
import JSON
import NIOCore
import Painting
import System

/// A1111's `extra-single-image`: a picture enlarged by one of the upscalers, or by resampling.
struct A1111Extras {
  let backend: Backend
  /// As large as its pictures become.
  private static let mostPixels = 40_000_000

  func enlarge(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.useReference)
    var request = request
    let body = try await request.json(upTo: RequestLimits.pictures)
    let wished = body["upscaler_1"]?.string ?? "None"
    let bytes = try DirectPainting.picture(body["image"]?.string ?? "", field: "image")
    let limit = backend.queue.settings.limit
    let size = try PictureFile(bytes: bytes, name: "The picture").size
    let target = try target(body, of: size)
    var picture = bytes
    if !["None", "Lanczos", "Nearest"].contains(wished) {
      guard let name = name(of: wished) else {
        throw Fault.request("There is no upscaler \"\(wished.harmlessName)\" here.", field: "upscaler_1")
      }
      picture = try await enlarged(bytes, to: target, of: size, by: name, caller, context.channel)
    } else if wished == "None" {
      // As A1111: without an upscaler the picture stays what it is.
      return try await answer(bytes, size, limit)
    }
    return try await answer(picture, target, limit)
  }

  /// A1111 knows the upscalers under titles of their own: "R-ESRGAN 4x+ Anime6B" is realesrgan-x4plus-anime.
  private func name(of wished: String) -> String? {
    let known = backend.installation.catalog.upscalers.map(\.name)
    let titles = [
      "R-ESRGAN 4x+": "realesrgan-x4plus", "R-ESRGAN 4x+ Anime6B": "realesrgan-x4plus-anime",
      "R-ESRGAN AnimeVideo": "realesr-animevideov3", "ESRGAN_4x": "realesrgan-x4plus",
    ]
    let name = titles[wished] ?? wished
    return known.contains(name) ? name : nil
  }

  private func target(_ body: JSONValue, of size: PictureSize) throws -> PictureSize {
    var wanted: PictureSize
    if body["resize_mode"]?.looseInteger == 1 {
      wanted = PictureSize(
        width: body["upscaling_resize_w"]?.looseInteger ?? 512, height: body["upscaling_resize_h"]?.looseInteger ?? 512)
      guard (1...PictureLimits.side).contains(wanted.width), (1...PictureLimits.side).contains(wanted.height) else {
        throw Fault.request("upscaling_resize_w and _h are 1 to \(PictureLimits.side).", field: "upscaling_resize_w")
      }
    } else {
      let scale = body["upscaling_resize"]?.double ?? 2
      guard (0.1...8).contains(scale) else {
        throw Fault.request("upscaling_resize is 0.1 to 8.", field: "upscaling_resize")
      }
      wanted = PictureSize(
        width: max(1, Int(Double(size.width) * scale)), height: max(1, Int(Double(size.height) * scale)))
    }
    guard wanted.pixels <= Self.mostPixels else {
      throw Fault(.contentTooLarge, "too_large", "\(wanted) pixels are more than this server makes.")
    }
    return wanted
  }

  /// By the smallest factor that reaches the wanted size.
  private func enlarged(
    _ bytes: [UInt8], to wanted: PictureSize, of size: PictureSize, by upscaler: String, _ caller: Caller,
    _ channel: any Channel
  ) async throws -> [UInt8] {
    let scale = max(
      Double(wanted.width) / Double(size.width), Double(wanted.height) / Double(size.height))
    let factor =
      PictureSettings.factors.first { Double($0) >= scale }
      ?? PictureSettings.factors[PictureSettings.factors.count - 1]
    let painting = DirectPainting(backend: backend)
    let members: JSONValue = ["factor": .integer(factor), "upscaler": .string(upscaler)]
    var wish = try JobWish(members, EditWish(command: .enlarge), prompt: "")
    wish.references = [.init(upload: try await painting.uploaded(bytes, caller), role: .start)]
    guard let result = try await painting(wish, caller, channel).first else {
      throw Fault(.internalServerError, "internal", "No picture came out.")
    }
    return result.bytes
  }

  /// The picture, resampled to its size where it has another.
  private func answer(_ bytes: [UInt8], _ size: PictureSize, _ limit: MemoryLimit) async throws -> Response {
    let png = try await Background.run {
      let file = try PictureFile(bytes: bytes, name: "The picture")
      if file.format == .png, file.size == size { return bytes }
      let picture = try limit.decode(file)
      return try PNGEncoder.encode(
        picture.size == size ? picture : picture.resized(width: size.width, height: size.height))
    }
    return Response(json: ["html_info": "", "image": .string(Data(png).base64EncodedString())])
  }
}

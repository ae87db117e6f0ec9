import Batch
import Engine
import Images
import JSON
import Painting
import Synchronization
import System

/// What a server is asked to paint: settings, with the pictures that they name handed over to it.
package struct RemoteWish: Sendable {
  package let settings: PictureSettings
  let uploads: [RemoteUpload]
  package var encoding = PictureEncoding()
  package var wantsPreviews = false
  /// What the server says before it paints.
  var warnings: [String] = []

  package init(_ settings: PictureSettings, uploads: [RemoteUpload]) {
    (self.settings, self.uploads) = (settings, uploads)
  }

  /// Settings that name pictures go as uploads.
  private static let pictures = ["prompt", "reference", "mask", "style-from", "control", "control-model"]

  /// The body of a request.
  var json: JSONValue {
    var members: [String: JSONValue] = ["prompt": .string(settings.prompt)]
    for (name, text) in settings.texts where !Self.pictures.contains(name) {
      members[name.replacing("-", with: "_")] = .string(text)
    }
    if !uploads.isEmpty {
      members["references"] = .array(uploads.map(\.json))
    }
    if wantsPreviews { members["preview"] = true }
    if encoding.format != .png {
      members["format"] = .string(encoding.format.rawValue.lowercased())
      members["quality"] = .integer(encoding.quality)
    }
    return .object(members)
  }
}

extension RemoteUpload {
  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = ["id": .string(id), "role": .string(role.rawValue)]
    if let control {
      members["kind"] = .string(control.kind.rawValue)
      members["weight"] = .number(control.weight)
      members["start"] = .number(control.range.lowerBound)
      members["end"] = .number(control.range.upperBound)
    }
    members["model"] = model.map(JSONValue.string)
    return .object(members)
  }
}

extension PictureSettings {
  /// Refuses what no server can be asked for.
  ///
  /// - Parameter server: As sentences name it.
  /// - Throws: ``UserError/request(_:)``
  package func checkElsewhere(_ server: String) throws(UserError) {
    for (name, text) in texts {
      switch name {
      case "ip-reference", "ip-adapter":
        throw .request("`\(name)` is for pictures that are painted here: \(server) takes none; unset LIMN_HOST.")
      case "model", "vae", "text-encoder", "lora", "embedding", "upscaler", "control-model":
        guard text.contains("/") else { continue }
        throw .request(
          "`\(name)` \(text.harmlessName) is a file of this machine: name what \(server) has, or unset LIMN_HOST.")
      default: continue
      }
    }
  }
}

/// Hands pictures over to a server, each once.
package actor RemoteUploads {
  private let server: RemoteServer
  private let open: @Sendable (String) throws -> PictureFile
  private let limit: MemoryLimit
  private var known: [String: Task<String, any Error>] = [:]

  /// - Parameters:
  ///   - open: Opens the file of a path.
  ///   - limit: What decoding may take.
  package init(
    _ server: RemoteServer, limit: MemoryLimit, open: @escaping @Sendable (String) throws -> PictureFile
  ) {
    (self.server, self.limit, self.open) = (server, limit, open)
  }

  /// - Throws: `PictureError` where one cannot be read; ``RemoteError``.
  package func uploads(for settings: PictureSettings) async throws -> [RemoteUpload] {
    var uploads: [RemoteUpload] = []
    for path in settings.references.paths { uploads.append(RemoteUpload(id: try await id(path), role: .start)) }
    if settings.mask == PictureSettings.alphaMask {
      guard let path = settings.references.paths.first else {
        throw UserError.request(
          "`mask` alpha paints anew what is transparent of the reference; name one by `reference`.")
      }
      uploads.append(RemoteUpload(id: try await id(path, isMask: true), role: .mask))
    } else if let mask = settings.mask {
      uploads.append(RemoteUpload(id: try await id(mask), role: .mask))
    }
    for path in settings.styleFrom.paths { uploads.append(RemoteUpload(id: try await id(path), role: .style)) }
    let models = settings.controlModels.names
    for (index, control) in settings.controls.wishes.enumerated() {
      // One network for all, or one for each.
      let model = models.count == 1 ? models[0] : models.indices.contains(index) ? models[index] : nil
      uploads.append(RemoteUpload(id: try await id(control.path), role: .control, control: control, model: model))
    }
    return uploads
  }

  private func id(_ path: String, isMask: Bool = false) async throws -> String {
    let key = (isMask ? "mask:" : "") + path
    if let task = known[key] { return try await task.value }
    let (server, open, limit) = (server, open, limit)
    let task = Task { () async throws -> String in
      let file = try open(path)
      // Pixels alone: where a photograph was taken is nobody's business.
      var picture = try limit.decode(file)
      if isMask {
        guard let mask = try file.transparency() else {
          throw UserError.request(
            "`mask` alpha paints anew what is transparent of the reference, and nothing of \(path) is.")
        }
        picture = mask.picture
      }
      let answer = try await server.post(
        "/api/v1/uploads", PNGEncoder.encode(picture, effort: .fast), type: "image/png")
      guard let id = answer["id"]?.string else {
        throw RemoteError(unreachable: server.address.name, "does not say where it has put \(path)")
      }
      return id
    }
    known[key] = task
    return try await task.value
  }
}

import Engine
import Families
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import NIOCore
import Painting
import System

/// Pictures that people hand over, and what pictures say of themselves.
struct UploadRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.post("/api/v1/uploads") { request, context in try await create(request, context) }
    router.get("/api/v1/uploads/:id") { _, context in try await show(context) }
    router.post("/api/v1/inspect") { request, context in try await inspect(request, context) }
  }

  private func create(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.useReference)
    var request = request
    let bytes = Array(try await request.bytes(upTo: RequestLimits.pictures).readableBytesView)
    let uploads = backend.uploads
    let row = try await Background.run { try uploads.add(bytes, of: caller.person) }
    return Response(
      json: [
        "id": .string(row.id), "width": .integer(row.width), "height": .integer(row.height),
        "url": .string("/api/v1/uploads/\(row.id)"),
      ], status: .created)
  }

  private func show(_ context: ServerContext) async throws -> Response {
    let caller = try context.requireCaller()
    let id = try context.parameters.require("id")
    guard let path = try backend.uploads.path(id, of: caller.person) else { throw Fault.notFound("such upload") }
    let bytes = try await Background.run { try FileBytes.recorded(at: path) }
    return Response(picture: bytes, isKept: true)
  }

  private func inspect(_ request: Request, _ context: ServerContext) async throws -> Response {
    _ = try context.requireCaller()
    var request = request
    let bytes = Array(try await request.bytes(upTo: RequestLimits.pictures).readableBytesView)
    let catalogue = backend.catalogue
    let json = try await Background.run {
      let report = try PictureReport(bytes: bytes, name: "The picture")
      return Inspection(report, styles: catalogue.entry(named: nil)?.defaults.styles ?? []).json
    }
    return Response(json: json)
  }
}

/// What a picture says of how it was made, for a form.
struct Inspection {
  let json: JSONValue

  /// - Parameter styles: Of the model that paints here: the file's prompt holds their words already, and a form that was given
  ///   both would say them twice.
  init(_ report: PictureReport, styles: [Style] = []) {
    let parameters = report.completed
    var notes: [JSONValue] = []
    var fields: JSONValue = .object([:])
    if let parameters {
      if let settings = try? PictureSettings(parameters.settingTexts, of: "picture") {
        var members = settings.fields.object ?? [:]
        let style = styles.first { $0.name == settings.style }
        members["prompt"] = .string(style?.typed(settings.prompt) ?? settings.prompt)
        if style?.typed(settings.prompt) == nil { members["style"] = nil }
        fields = .object(members)
      } else {
        notes.append("Some of its settings are none of limn's.")
        fields = ["prompt": .string(parameters.prompt), "negative": .string(parameters.negativePrompt)]
      }
      notes += parameters.unfollowed.map { .string("\($0.key.harmlessName): \($0.value.harmlessName)") }
      if parameters.strength != nil { notes.append("It began as another picture, which it does not hold.") }
    } else {
      notes.append("The picture does not say how it was made.")
    }
    json = [
      "settings": fields, "made_by": report.tool.map { .string($0.harmlessName) } ?? .null, "notes": .array(notes),
      "text": .string(report.texts.map(\.text).joined(separator: "\n").harmless), "width": .integer(report.width),
      "height": .integer(report.height), "made_by_ai": .bool(report.source?.isMadeByModel ?? false),
    ]
  }
}

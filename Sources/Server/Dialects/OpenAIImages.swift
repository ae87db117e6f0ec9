import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import NIOCore
import Painting
import System

/// OpenAI's API for pictures: `/v1/images/generations`, `/v1/images/edits`, `/v1/models`
/// (https://platform.openai.com/docs/api-reference/images).
struct OpenAIImages {
  let backend: Backend
  private var painting: DirectPainting { DirectPainting(backend: backend) }

  func add(to router: inout Router) {
    router.get("/v1/models") { _, context in try await models(context) }
    router.get("/v1/models/:name") { _, context in try await model(context) }
    router.post("/v1/images/generations") { request, context in try await generate(request, context) }
    router.post("/v1/images/edits") { request, context in try await edit(request, context) }
    router.get("/v1/files/:name") { _, context in try await file(context) }
    // SillyTavern asks so whether anybody is there.
    router.on(.options, "/v1/images/generations") { _, _ in Response(status: .noContent) }
  }

  // MARK: Models

  private func models(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    let catalogue = backend.catalogue
    let entries = try await Background.run { catalogue.entries }
    let shown = caller.allows(.chooseModel) ? entries : entries.filter { $0.name == catalogue.defaultName }
    return Response(json: ["object": "list", "data": .array(shown.map { Self.model($0.name) })])
  }

  private func model(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.paint)
    let name = try context.parameters.require("name")
    let catalogue = backend.catalogue
    guard try await Background.run({ catalogue.entries.contains { $0.name == name } }) else {
      throw Fault(.notFound, "unknown_model", "There is no model \"\(name.harmlessName)\" here.", field: "model")
    }
    return Response(json: Self.model(name))
  }

  private static func model(_ name: String) -> JSONValue {
    ["id": .string(name), "object": "model", "created": 0, "owned_by": "limn"]
  }

  // MARK: Pictures

  private func generate(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let body = try await request.json()
    guard let fields = body.object else { throw Fault.request("The body is not a JSON object.") }
    return try await answer(try wish(fields), fields, request, context, caller, kind: "image_generation")
  }

  private func edit(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.useReference)
    var request = request
    let bytes = Array(try await request.bytes(upTo: RequestLimits.pictures).readableBytesView)
    let form = try Multipart(bytes, contentType: request.headers[.contentType])
    var fields: [String: JSONValue] = [:]
    for part in form.parts where part.filename == nil { if let text = part.text { fields[part.name] = .string(text) } }
    var wish = try wish(fields)
    let pictures = form.parts.filter { ["image", "image[]"].contains($0.name) }
    guard !pictures.isEmpty else { throw Fault.request("The request has no `image`.", field: "image") }
    guard pictures.count <= RequestLimits.references else {
      throw Fault.request("A request takes \(RequestLimits.references) pictures at most.", field: "image")
    }
    for picture in pictures {
      wish.references.append(
        .init(upload: try await painting.uploaded(Array(picture.bytes), caller), role: .edit))
    }
    if let mask = form["mask"] {
      wish.references.append(
        .init(upload: try await painting.uploaded(Array(mask.bytes), caller, isMask: true), role: .mask))
    }
    return try await answer(wish, fields, request, context, caller, kind: "image_edit")
  }

  /// What fields ask for; those that say nothing of pictures are passed over.
  private func wish(_ fields: [String: JSONValue]) throws -> JobWish {
    func text(_ name: String) -> String? { fields[name]?.loose.flatMap { $0.isEmpty ? nil : $0 } }
    guard let prompt = fields["prompt"]?.string else {
      throw Fault.request("The request has no prompt.", field: "prompt")
    }
    var texts = ["prompt": prompt]
    let entry = backend.catalogue.entry(named: text("model"))
    // Clients name OpenAI's models, whatever server they are given.
    if let entry, entry.name != backend.catalogue.defaultName { texts["model"] = entry.name }
    if let count = text("n") { texts["count"] = count }
    if let size = text("size"), size != "auto" {
      let sides = size.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ (64...PictureLimits.side).contains($0) && $0 % 8 == 0 }) else {
        throw Fault.request(
          "size is WIDTHxHEIGHT, multiples of 8 from 64 to \(PictureLimits.side), or auto.", field: "size")
      }
      (texts["width"], texts["height"]) = ("\(sides[0])", "\(sides[1])")
    }
    let encoding = try PictureEncoding(
      format: fields["output_format"].flatMap { $0.string == "" ? nil : $0 },
      quality: fields["output_compression"].flatMap { $0.string == "" ? nil : $0 },
      fields: ("output_format", "output_compression"))
    if text("background") == "transparent" {
      guard encoding.format != .jpeg else {
        throw Fault.request("A JPEG has no transparent background: take png or webp.", field: "background")
      }
      guard (entry ?? backend.catalogue.entry(named: nil))?.cutsOut == true else {
        throw Fault.request("The model cannot leave the background out.", field: "background")
      }
      texts["transparent"] = "true"
    }
    let styles = (entry ?? backend.catalogue.entry(named: nil))?.defaults.styles.map(\.name) ?? []
    if let style = text("style"), styles.contains(style) { texts["style"] = style }
    for (name, setting) in [
      "negative_prompt": "negative", "seed": "seed", "steps": "steps", "guidance": "guidance",
      "sampler": "sampler", "strength": "strength",
    ] {
      if let value = text(name) { texts[setting] = value }
    }
    do {
      var wish = try JobWish(texts: texts)
      wish.encoding = encoding
      return wish
    } catch {
      var fault = Fault(error)
      fault.field = fault.field.map {
        ["count": "n", "width": "size", "height": "size", "negative": "negative_prompt"][$0] ?? $0
      }
      throw fault
    }
  }

  private func answer(
    _ wish: JobWish, _ fields: [String: JSONValue], _ request: Request, _ context: ServerContext, _ caller: Caller,
    kind: String
  ) async throws -> Response {
    if fields["stream"]?.isTrue == true {
      let partial = min(3, max(0, fields["partial_images"]?.looseInteger ?? 0))
      return try await stream(wish, caller, kind: kind, partial: partial)
    }
    let results = try await painting(wish, caller, context.channel)
    guard let first = results.first else { throw Fault(.internalServerError, "internal", "No picture came out.") }
    let name = fields["model"]?.string ?? ""
    let wished = fields["response_format"]?.string
    // Open WebUI takes the address where there is one, and refuses those of this machine; LangChain wants nothing else.
    let isNewer = name.hasPrefix("gpt-image") || name.hasPrefix("chatgpt-image")
    let data = results.map { result -> JSONValue in
      var members: [String: JSONValue] = ["seed": result.run.seed.map { .natural($0.value) } ?? .null]
      if wished != "url" { members["b64_json"] = .string(Data(result.bytes).base64EncodedString()) }
      if wished == "url" || wished == nil && !isNewer {
        members["url"] = .string(url(of: result.run, wish.encoding.format, request))
      }
      if let typed = result.run.typedPrompt, typed != result.run.prompt {
        members["revised_prompt"] = .string(result.run.prompt)
      }
      return .object(members)
    }
    return Response(json: [
      "created": .integer(Int(Date().timeIntervalSince1970)), "data": .array(data),
      "output_format": .string(Self.name(of: wish.encoding)),
      "size": .string("\(first.run.width ?? 0)x\(first.run.height ?? 0)"),
      "background": wish.settings.isTransparent ? "transparent" : "opaque", "quality": "auto",
      "usage": Self.usage,
    ])
  }

  private static func name(of encoding: PictureEncoding) -> String { encoding.format.rawValue.lowercased() }

  private static let usage: JSONValue = [
    "input_tokens": 0, "output_tokens": 0, "total_tokens": 0,
    "input_tokens_details": ["image_tokens": 0, "text_tokens": 0],
  ]

  private func url(of run: Run, _ format: PictureFormat, _ request: Request) -> String {
    let base = backend.publicURL ?? "\(backend.scheme)://\(request.head.authority ?? "localhost")"
    return base + backend.links.link(to: run.id, format)
  }

  private func file(_ context: ServerContext) async throws -> Response {
    let name = try context.parameters.require("name")
    guard let stem = name.split(separator: ".").first, let id = backend.links.run(of: String(stem)),
      let run = try backend.store.run(id: id)
    else { throw Fault.notFound("such file") }
    return Response(picture: try await Background.run { try run.file() })
  }

  // MARK: Streaming

  private func stream(_ wish: JobWish, _ caller: Caller, kind: String, partial: Int) async throws -> Response {
    var wish = wish
    wish.wantsPreviews = partial > 0
    let (queue, painting) = (backend.queue, painting)
    let events = backend.hub.listen(person: "\(caller.person.userID) \(caller.person.name)")
    let job = try await queue.add(wish, caller)
    let background: JSONValue = wish.settings.isTransparent ? "transparent" : "opaque"
    let format = JSONValue.string(Self.name(of: wish.encoding))
    @Sendable func event(_ type: String, _ png: [UInt8], _ more: [String: JSONValue]) -> ByteBuffer {
      var members: [String: JSONValue] = [
        "type": .string("\(kind).\(type)"), "b64_json": .string(Data(png).base64EncodedString()),
        "background": background, "created_at": .integer(Int(Date().timeIntervalSince1970)),
        "output_format": "png",
        "quality": "auto", "size": "auto",
      ]
      members.merge(more) { $1 }
      return ServerSentEvent.buffer("\(kind).\(type)", .object(members))
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        do {
          var shown = 0
          for await heard in events {
            switch heard {
            case .preview(job.id, _, let png) where shown < partial:
              try await writer.write(event("partial_image", png, ["partial_image_index": .integer(shown)]))
              shown += 1
            case .heartbeat: try await writer.write(ByteBuffer(string: ": \n\n"))
            default: break
            }
            guard try queue.job(job.id, of: caller.person)?.state.isOpen == true else { break }
            if case .end = heard { break }
          }
          for result in try await painting.results(try queue.job(job.id, of: caller.person)) {
            let size = "\(result.run.width ?? 0)x\(result.run.height ?? 0)"
            try await writer.write(
              event("completed", result.bytes, ["usage": Self.usage, "size": .string(size), "output_format": format]))
          }
        } catch let error where error is Fault {
          let body = Dialect.openAI.body(of: Fault(error))
          try await writer.write(ServerSentEvent.buffer("error", ["type": "error", "error": body["error"] ?? .null]))
        } catch {
          // Nobody reads any more.
          queue.stop(job.id)
          throw error
        }
        try await writer.finish(nil)
      })
  }
}

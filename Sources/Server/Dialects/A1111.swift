import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import Painting
import System

/// The API of AUTOMATIC1111's web UI, `/sdapi/v1`, as far as its clients use it.
struct A1111 {
  let backend: Backend
  private var painting: DirectPainting { DirectPainting(backend: backend) }

  func add(to router: inout Router) {
    get(&router, "options") { _ in options }
    get(&router, "sd-models") { context in try await models(context) }
    get(&router, "samplers") { _ in
      .array(A1111Names.samplers.map { ["name": .string($0), "aliases": [], "options": [:]] })
    }
    get(&router, "schedulers") { _ in
      .array(A1111Names.schedulers.map { ["name": .string($0.name), "label": .string($0.label), "aliases": []] })
    }
    get(&router, "upscalers") { _ in
      let names = ["None", "Lanczos"] + backend.installation.catalog.upscalers.map(\.name)
      return .array(
        names.map { name in
          [
            "name": .string(name), "model_name": .null, "model_path": .null, "model_url": .null,
            "scale": name == "None" ? 1 : 4,
          ]
        })
    }
    get(&router, "latent-upscale-modes") { _ in
      .array(HiresUpscaler.latentNames.map { ["name": .string($0)] })
    }
    get(&router, "prompt-styles") { _ in await styles() }
    for path in [
      "sd-vae", "sd-modules", "loras", "hypernetworks", "face-restorers", "realesrgan-models", "script-info",
    ] {
      get(&router, path) { _ in [] }
    }
    get(&router, "embeddings") { _ in ["loaded": [:], "skipped": [:]] }
    get(&router, "scripts") { _ in ["txt2img": [], "img2img": []] }
    get(&router, "cmd-flags") { _ in [:] }
    get(&router, "memory") { _ in ["ram": [:], "cuda": [:]] }
    router.get("/sdapi/v1/progress") { request, context in try await progress(request, context) }
    router.post("/sdapi/v1/options") { request, context in try await choose(request, context) }
    router.post("/sdapi/v1/txt2img") { request, context in try await paint(request, context, startsFromPicture: false) }
    router.post("/sdapi/v1/img2img") { request, context in try await paint(request, context, startsFromPicture: true) }
    router.post("/sdapi/v1/interrupt") { _, context in try await interrupt(context) }
    router.post("/sdapi/v1/skip") { _, context in try await interrupt(context) }
    router.post("/sdapi/v1/png-info") { request, context in try await pngInfo(request, context) }
    router.post("/sdapi/v1/extra-single-image") { request, context in
      try await A1111Extras(backend: backend).enlarge(request, context)
    }
    for path in [
      "refresh-checkpoints", "refresh-loras", "refresh-embeddings", "unload-checkpoint", "reload-checkpoint",
    ] {
      router.post("/sdapi/v1/\(path)") { _, context in
        _ = try context.require(.paint)
        return Response(json: .null)
      }
    }
  }

  private func get(
    _ router: inout Router, _ path: String, _ answer: @escaping @Sendable (ServerContext) async throws -> JSONValue
  ) {
    router.get("/sdapi/v1/\(path)") { _, context in
      _ = try context.require(.paint)
      return Response(json: try await answer(context))
    }
  }

  // MARK: Lists

  private var options: JSONValue {
    [
      "sd_model_checkpoint": .string(backend.catalogue.defaultName), "samples_format": "png", "sd_vae": "Automatic",
      "CLIP_stop_at_last_layers": 1, "sd_checkpoint_hash": "", "samples_save": true,
    ]
  }

  private func models(_ context: ServerContext) async throws -> JSONValue {
    let caller = try context.requireCaller()
    let catalogue = backend.catalogue
    let entries = try await Background.run { catalogue.entries }
    let shown = caller.allows(.chooseModel) ? entries : entries.filter { $0.name == catalogue.defaultName }
    return .array(
      shown.map { entry in
        [
          "title": .string(entry.name), "model_name": .string(entry.name), "hash": nil, "sha256": nil,
          // Where it lies is nobody's business.
          "filename": .string(entry.name), "config": nil,
        ]
      })
  }

  private func styles() async -> JSONValue {
    let catalogue = backend.catalogue
    let entry = try? await Background.run { catalogue.entry(named: nil) }
    return .array(
      (entry?.defaults.styles ?? []).map { style in
        ["name": .string(style.name), "prompt": .string(style.template), "negative_prompt": .string(style.negative)]
      })
  }

  /// One server serves several people: which model paints is said with each picture, by `override_settings`. Clients that
  /// send all options back are told that they were heard.
  private func choose(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let name = try await request.json()["sd_model_checkpoint"]?.string
    if let name, name != backend.catalogue.defaultName {
      let catalogue = backend.catalogue
      guard let entry = try await Background.run({ A1111Names.entry(name, in: catalogue) }) else {
        throw Fault(.notFound, "unknown_model", "There is no model \"\(name.harmlessName)\" here.")
      }
      try caller.require(.chooseModel)
      backend.choices.set(entry.name, for: caller.person)
    } else if name != nil {
      backend.choices.set(nil, for: caller.person)
    }
    return Response(json: .null)
  }

  // MARK: Painting

  private func paint(_ request: Request, _ context: ServerContext, startsFromPicture: Bool) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let body = try await request.json(upTo: RequestLimits.pictures)
    guard let fields = body.object else { throw Fault.request("The body is not a JSON object.") }
    var wish = try JobWish(texts: A1111Request(fields, backend, caller, startsFromPicture: startsFromPicture).texts)
    if startsFromPicture { wish.references = try await references(fields, caller) }
    // Clients ask for the picture so far.
    wish.wantsPreviews = true
    let results = try await painting(wish, caller, context.channel)
    return Response(json: A1111Answer(results, fields, startsFromPicture: startsFromPicture).json)
  }

  private func references(_ fields: [String: JSONValue], _ caller: Caller) async throws -> [JobWish.ReferenceWish] {
    guard let pictures = fields["init_images"]?.array, pictures.count == 1, let text = pictures[0].string else {
      throw Fault.request("img2img takes one picture in `init_images`.", field: "init_images")
    }
    let start = try DirectPainting.picture(text, field: "init_images")
    var references = [JobWish.ReferenceWish(upload: try await painting.uploaded(start, caller), role: .start)]
    switch fields["mask"] {
    case nil, .null: break
    case .string(let text) where !text.isEmpty:
      let bytes = try DirectPainting.picture(text, field: "mask")
      let mask = try await Background.run {
        try A1111Names.mask(
          bytes, like: start, isInverted: fields["inpainting_mask_invert"]?.isTrue ?? false)
      }
      references.append(.init(upload: try await painting.uploaded(mask, caller), role: .mask))
    default: throw Fault.request("`mask` is one picture in base64.", field: "mask")
    }
    return references
  }

  /// The caller's own jobs alone, whatever others do.
  private func interrupt(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    for job in try backend.queue.jobs(of: caller.person, ended: 0) { backend.queue.stop(job.id, of: caller.person) }
    return Response(json: [:])
  }

  private func progress(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    let jobs = try backend.queue.jobs(of: caller.person, ended: 0)
    let current = jobs.last { !$0.inWork.isEmpty } ?? jobs.last
    let skipsPicture = request.query["skip_current_image"]?.lowercased() == "true"
    let preview = skipsPicture ? nil : current.flatMap { backend.queue.preview($0.id) }
    let share = current.map { job in
      (Double(job.painted.count) + Double(job.step) / Double(max(1, job.steps))) / Double(max(1, job.count))
    }
    let left = current.flatMap { job in
      backend.queue.forecast(job.id)?.seconds
        ?? job.pictureSeconds.map { $0 * (1 - Double(job.step) / Double(max(1, job.steps))) }
    }
    return Response(json: [
      // 0 means that nothing is done, which clients wait for.
      "progress": .number(current == nil ? 0 : max(0.01, share ?? 0)), "eta_relative": .number(left ?? 0),
      "state": [
        "skipped": false, "interrupted": false, "stopping_generation": false,
        "job": .string(current.map { "task(\($0.id))" } ?? ""), "job_count": .integer(jobs.reduce(0) { $0 + $1.count }),
        "job_timestamp": .string(A1111Names.timestamp(current?.createdAt ?? Date())),
        "job_no": .integer(current?.painted.count ?? 0), "sampling_step": .integer(current?.step ?? 0),
        "sampling_steps": .integer(current?.steps ?? 0),
      ], "current_image": preview.map { .string(Data($0).base64EncodedString()) } ?? .null, "textinfo": nil,
    ])
  }

  // MARK: Pictures that are there

  private func pngInfo(_ request: Request, _ context: ServerContext) async throws -> Response {
    _ = try context.require(.paint)
    var request = request
    let body = try await request.json(upTo: RequestLimits.pictures)
    let bytes = try DirectPainting.picture(body["image"]?.string ?? "", field: "image")
    let report = try await Background.run { try PictureReport(bytes: bytes, name: "The picture") }
    let text = report.texts.first { $0.keyword == "parameters" }?.text ?? ""
    let pairs = report.parameters.map { parameters in
      Dictionary(parameters.settingTexts.map { ($0.key, JSONValue.string($0.value)) }) { first, _ in first }
    }
    return Response(json: [
      "info": .string(text), "items": .object(["parameters": .string(text)]), "parameters": .object(pairs ?? [:]),
    ])
  }
}

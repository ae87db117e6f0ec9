import Foundation
import HTTPTypes
import History
import HummingbirdCore
import JSON
import Painting
import System

/// Hugging Face's API of tasks: a prompt, or a picture with a prompt, comes in; a picture goes out. The plainest way to
/// paint by HTTP.
struct HuggingFace {
  let backend: Backend
  private var painting: DirectPainting { DirectPainting(backend: backend) }

  func add(to router: inout Router) {
    router.post("/hf") { request, context in try await paint(request, context, model: nil) }
    router.post("/hf/:model") { request, context in
      try await paint(request, context, model: context.parameters.require("model"))
    }
  }

  private func paint(_ request: Request, _ context: ServerContext, model: String?) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let body = try await request.json(upTo: RequestLimits.pictures)
    guard let inputs = body["inputs"]?.string else {
      throw Fault.request("The request has no `inputs`.", field: "inputs")
    }
    let parameters = body["parameters"]?.object ?? [:]
    var texts: [String: String] = [:]
    let names = [
      "negative_prompt": "negative", "width": "width", "height": "height", "num_inference_steps": "steps",
      "guidance_scale": "guidance", "seed": "seed", "scheduler": "sampler", "strength": "strength", "style": "style",
    ]
    for (name, setting) in names { if let value = parameters[name]?.loose, value != "" { texts[setting] = value } }
    if let size = parameters["target_size"]?.object {
      for side in ["width", "height"] { if let value = size[side]?.loose { texts[side] = value } }
    }
    if let model {
      let catalogue = backend.catalogue
      guard try await Background.run({ catalogue.entry(named: model) }) != nil else {
        throw Fault(.notFound, "unknown_model", "There is no model \"\(model.harmlessName)\" here.")
      }
      if model != catalogue.defaultName { texts["model"] = model }
    }
    var references: [JobWish.ReferenceWish] = []
    if let prompt = parameters["prompt"]?.string {
      texts["prompt"] = prompt
      let bytes = try DirectPainting.picture(inputs, field: "inputs")
      references = [.init(upload: try await painting.uploaded(bytes, caller), role: .edit)]
    } else {
      texts["prompt"] = inputs
    }
    var wish = try JobWish(texts: texts)
    wish.references = references
    guard let result = try await painting(wish, caller, context.channel).first else {
      throw Fault(.internalServerError, "internal", "No picture came out.")
    }
    return Response(picture: result.bytes)
  }
}

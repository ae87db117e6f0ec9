import Batch
import Crypto
import Engine
import Foundation
import History
import HummingbirdCore
import Images
import JSON
import Painting
import System

/// What limn elsewhere asks for, which paints here in place of there: whether a wish can be painted, and what stood in the
/// place of a picture's `--json`.
struct OrderRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.post("/api/v1/orders") { request, context in try await check(request, context) }
    router.get("/api/v1/pictures/:id/record") { _, context in try await record(context) }
  }

  /// Lets a wish in without painting it.
  private func check(_ request: Request, _ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    var request = request
    let wish = try JobWish(try await request.json())
    let queue = backend.queue
    return try await Background.run {
      guard case .order(let order, let model) = try queue.admission.admit(wish, caller.access).work else {
        throw Fault.request("Pictures that are there are changed by jobs, not by orders.", field: "edit")
      }
      return Response(json: try OrderRoutes.json(order, model, queue.speeds))
    }
  }

  private static func json(_ order: Order, _ model: LoadedModel, _ speeds: PaintingSpeeds) throws -> JSONValue {
    let key = try JobKey(order, model) { path in Fingerprint.digits(of: try FileBytes.recorded(at: path)) }
    let price = speeds.price(order, modelHash: model.hash.digits ?? "")
    let verdict = order.prompt.verdict
    let reasons = verdict.reasons.map(\.description).joined(separator: "; ")
    return [
      "key": .string(key.digits), "full_prompt": .string(order.prompt.prompt.text),
      "negative": .text(order.prompt.negative?.text), "width": .integer(order.size.written.width),
      "height": .integer(order.size.written.height), "steps": .integer(order.steps),
      "guidance": .number(order.guidanceScale), "guidance_scale": .number(order.guidance.scale),
      "seed": .natural(order.seed), "style": .text(order.style?.name), "model": .string(model.model.name),
      "model_hash": .text(model.hash.digits), "seconds": .decimal(price.seconds), "bytes": .integer(price.bytes),
      "warnings": .texts([order.prompt.warning, order.shortfall].compactMap(\.self)),
      "verdict": .text(
        verdict.decision == .warn ? "The guardrail let this pass with a warning: \(reasons)." : nil),
    ]
  }

  /// What `limn --json` would have printed of one of the caller's pictures, but for its path.
  private func record(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.seeOwnHistory)
    let id = try context.parameters.require("id")
    guard let run = try backend.store.run(id: id), run.outcome == .painted, run.userID == caller.person.userID,
      run.userName == caller.person.name
    else { throw Fault.notFound("such picture") }
    return Response(json: try run.record)
  }
}

extension Run {
  /// By the names of `PictureRecord`.
  fileprivate var record: JSONValue {
    get throws {
      let settings = try PictureSettings(self)
      var members: [String: JSONValue] = [:]
      for setting in Setting.all where !["reference", "count", "size", "aspect", "megapixels"].contains(setting.name) {
        let isSaid = setting.text(settings) != nil || ["guidance-end", "deep-cache"].contains(setting.name)
        if isSaid, let value = setting.json(settings) { members[setting.name.replacing("-", with: "_")] = value }
      }
      members["prompt"] = .string(prompt)
      members["negative"] = .string(negative)
      members["style"] = style.map(JSONValue.string)
      members["model"] = .string(model ?? "")
      members["model_hash"] = modelHash.map(JSONValue.string)
      members["width"] = .integer(width ?? 0)
      members["height"] = .integer(height ?? 0)
      members["sampler"] = .string(sampler ?? "")
      members["peak_memory"] = .integer(Int(peakMemory ?? 0))
      members["timings"] = [
        "load": .number(loadSeconds ?? 0), "encode": .number(encodeSeconds ?? 0),
        "sample": .number(sampleSeconds ?? 0), "decode": .number(decodeSeconds ?? 0),
        "write": .number(writeSeconds ?? 0),
      ]
      members["picture_filter"] = nudity.map {
        ["result": .string(exitStatus == 3 ? "blurred" : "passed"), "score": .number($0)]
      }
      members["blurred"] = .bool(exitStatus == 3)
      return .object(members)
    }
  }
}

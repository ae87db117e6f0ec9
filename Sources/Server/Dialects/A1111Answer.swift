import Engine
import Foundation
import History
import Images
import JSON
import Painting

/// What A1111 answers with pictures: `images`, `parameters`, and `info`, which is JSON within a text.
struct A1111Answer {
  let json: JSONValue

  init(_ results: [DirectPainting.Result], _ fields: [String: JSONValue], startsFromPicture: Bool) {
    let first = results.first?.run
    func number(_ name: String, or value: Double) -> JSONValue {
      fields[name].flatMap(\.double).map(JSONValue.number) ?? .number(value)
    }
    let seeds = results.map { JSONValue.natural($0.run.seed?.value ?? 0) }
    let texts = results.map { result in
      JSONValue.string(
        (try? PictureReport(bytes: result.bytes, name: "The picture"))?.texts.first { $0.keyword == "parameters" }?.text
          ?? result.run.prompt)
    }
    let prompts = results.map { JSONValue.string($0.run.prompt) }
    let negatives = results.map { JSONValue.string($0.run.negative) }
    let info: JSONValue = [
      "prompt": .string(first?.prompt ?? ""), "all_prompts": .array(prompts),
      "negative_prompt": .string(first?.negative ?? ""), "all_negative_prompts": .array(negatives),
      "seed": seeds.first ?? 0, "all_seeds": .array(seeds), "subseed": -1,
      "all_subseeds": .array(results.map { _ in -1 }), "subseed_strength": 0.0,
      "width": .integer(first?.width ?? 0), "height": .integer(first?.height ?? 0),
      "sampler_name": .string(fields["sampler_name"]?.string ?? first?.sampler ?? ""),
      "cfg_scale": first?.guidance.map(JSONValue.number) ?? number("cfg_scale", or: 7),
      "steps": .integer(first?.steps ?? 0), "batch_size": .integer(max(1, results.count)), "restore_faces": false,
      "face_restoration_model": nil, "sd_model_hash": .string(first?.modelHash ?? ""),
      "sd_model_name": .string(first?.model ?? ""), "sd_vae_hash": nil, "sd_vae_name": nil, "seed_resize_from_w": -1,
      "seed_resize_from_h": -1,
      "denoising_strength": startsFromPicture
        ? number("denoising_strength", or: 0.75) : number("denoising_strength", or: 0),
      "extra_generation_params": [:], "index_of_first_image": 0, "infotexts": .array(texts),
      "styles": fields["styles"] ?? [],
      "job_timestamp": .string(A1111Names.timestamp(first?.startedAt ?? Date())),
      "clip_skip": .integer((first?.clipSkip ?? 0) + 1),
      "is_using_inpainting_conditioning": false, "version": .string(Version.tool),
    ]
    let sends = fields["send_images"]?.bool ?? true
    json = [
      "images": .array(sends ? results.map { .string(Data($0.bytes).base64EncodedString()) } : []),
      // The pictures that came with the request need not go back.
      "parameters": .object(fields.filter { !["init_images", "mask"].contains($0.key) }), "info": .string(info.text),
    ]
  }
}

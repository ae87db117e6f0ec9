import Foundation
import JSON

/// SwarmUI keeps `{"sui_image_params": {...}, "sui_extra_data": {...}, "sui_models": [...]}` under `parameters`
/// (`T2IParamInput.GenFullMetadataObject`).
enum SwarmUI {
  /// What the object says; nil where it is not SwarmUI's.
  static func parameters(_ object: JSONValue) -> GenerationParameters? {
    guard case .object(let members)? = object["sui_image_params"] else { return nil }
    var record = ForeignRecord(members)
    var parameters = GenerationParameters()
    parameters.prompt = record.text("prompt") ?? ""
    parameters.negativePrompt = record.text("negativeprompt") ?? ""
    parameters.seed = record.natural("seed")
    parameters.steps = record.whole("steps")
    parameters.guidance = record.number("cfgscale")
    if let distilled = record.number("fluxguidancescale") {
      if parameters.guidance == 1 {
        parameters.guidance = distilled
      } else {
        parameters.others.append(.init("fluxguidancescale", distilled.description))
      }
    }
    parameters.width = record.whole("width")
    parameters.height = record.whole("height")
    if let sampler = record.text("sampler", "comfyuisampler") { parameters.takeSampler(sampler) }
    if let schedule = record.text("scheduler", "comfyuischeduler") {
      parameters.schedule = ForeignNames.read(schedule, ForeignNames.schedules) ?? schedule
    }
    parameters.model = record.text("model")
    // Counted from the last layer: -1 is all of them.
    parameters.clipSkip = record.whole("clipstopatlayer").map { abs($0) }
    parameters.version = record.text("swarm_version").map { "SwarmUI \($0)" } ?? "SwarmUI"
    takeLoRAs(from: &record, into: &parameters)
    let creativity = record.number("initimagecreativity")
    let startsFromPicture = members["initimage"] != nil || object["sui_extra_data"]?["initimage_filename"] != nil
    if startsFromPicture { parameters.strength = creativity ?? 0.6 }
    record.pass(
      over: "aspectratio", "images", "initimage", "automaticvae", "nopreviews", "imageformat", "wildcardseed",
      "date", "generation_time", "prep_time", "original_prompt", "original_negativeprompt", "used_wildcards",
      "preferredmodel", "donotsave", "outpathformat", "resolution", "modelspecificenhancements", "batchsize")
    parameters.others += record.others
    return parameters
  }

  /// Names and weights in lists of one length, or in texts between commas.
  private static func takeLoRAs(from record: inout ForeignRecord, into parameters: inout GenerationParameters) {
    func list(_ value: JSONValue?) -> [JSONValue] {
      value?.array ?? value?.string?.split(separator: ",").map { .string(String($0)) } ?? []
    }
    let names = list(record.value("loras")).compactMap(\.string)
    let weights = list(record.value("loraweights"))
    let textWeights = list(record.value("loratencweights"))
    func number(_ values: [JSONValue], _ index: Int) -> Double? {
      guard values.indices.contains(index) else { return nil }
      return values[index].finite ?? values[index].string.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
    }
    for (index, name) in names.enumerated() {
      parameters.loras.append(
        .init(name: name, weight: number(weights, index) ?? 1, textEncoderWeight: number(textWeights, index)))
    }
  }
}

import JSON
import Testing

@testable import Images

/// Graphs of the shape that ComfyUI's `/prompt` takes and its `SaveImage` keeps.
@Suite("ComfyUI's graphs")
struct ComfyUITests {
  private static let basic = """
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 448, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a ship", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}}
    """

  private static func sampler(_ changes: [String: String] = [:], name: String = "3", kind: String = "KSampler")
    -> String
  {
    let inputs = [
      "seed": "5", "steps": "20", "cfg": "7", "sampler_name": "\"dpmpp_2m\"", "scheduler": "\"karras\"",
      "denoise": "1", "model": "[\"4\", 0]", "positive": "[\"6\", 0]", "negative": "[\"7\", 0]",
      "latent_image": "[\"5\", 0]",
    ].merging(changes) { $1 }
    let members = inputs.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    return "\"\(name)\": {\"class_type\": \"\(kind)\", \"inputs\": {\(members)}}"
  }

  private func parameters(_ nodes: String...) -> GenerationParameters? {
    ComfyUI.parameters(prompt: "{" + nodes.joined(separator: ", ") + "}")
  }

  @Test("Values that other nodes hold, however many links away") func linkedValues() throws {
    let read = try #require(
      parameters(
        Self.basic.replacing("\"a ship\"", with: "[\"20\", 0]"),
        Self.sampler(["seed": "[\"21\", 0]", "steps": "[\"22\", 0]", "cfg": "[\"23\", 0]"]),
        #""20": {"class_type": "StringConcatenate", "inputs": {"string_a": "a", "string_b": ["24", 0], "delimiter": " "}}"#,
        #""21": {"class_type": "Seed (rgthree)", "inputs": {"seed": 99}}"#,
        #""22": {"class_type": "PrimitiveInt", "inputs": {"value": 12}}"#,
        #""23": {"class_type": "Reroute", "inputs": {"value": ["25", 0]}}"#,
        #""24": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "boat"}}"#,
        #""25": {"class_type": "PrimitiveFloat", "inputs": {"value": 4.5}}"#))
    #expect(read.prompt == "a boat" && read.seed == 99 && read.steps == 12 && read.guidance == 4.5)
    #expect(read.telling.isEmpty)
  }

  @Test("Left layers and LoRAs, the first applied first") func models() throws {
    let read = try #require(
      parameters(
        Self.basic.replacing("\"clip\": [\"4\", 1]", with: "\"clip\": [\"12\", 0]"),
        Self.sampler(["model": "[\"11\", 0]"]),
        #""10": {"class_type": "LoraLoader", "inputs": {"lora_name": "brush.safetensors", "strength_model": 0.5, "strength_clip": 0.25, "model": ["4", 0], "clip": ["4", 1]}}"#,
        #""11": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "ink.safetensors", "strength_model": 1.5, "model": ["10", 0]}}"#,
        #""12": {"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -2, "clip": ["10", 1]}}"#))
    #expect(read.clipSkip == 2 && read.model == "sd15.safetensors")
    #expect(
      read.loras == [
        .init(name: "brush.safetensors", weight: 0.5, textEncoderWeight: 0.25),
        .init(name: "ink.safetensors", weight: 1.5, textEncoderWeight: 0),
      ])
  }

  @Test("A second pass, an upscaler and a ControlNet are named") func secondPass() throws {
    let read = try #require(
      parameters(
        Self.basic.replacing("\"samples\": [\"3\", 0]", with: "\"samples\": [\"13\", 0]"),
        Self.sampler(["positive": "[\"14\", 0]"]),
        Self.sampler(["latent_image": "[\"15\", 0]", "denoise": "0.5", "steps": "8"], name: "13"),
        #""14": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["6", 0], "strength": 1}}"#,
        #""15": {"class_type": "LatentUpscale", "inputs": {"samples": ["3", 0], "width": 1280, "height": 896}}"#))
    #expect(read.prompt == "a ship" && read.steps == 20 && read.width == 640 && read.strength == nil)
    #expect(read[other: "other nodes"] == "ControlNetApply, KSampler, LatentUpscale")
  }

  @Test("A sampler that no saved picture comes from does not count") func unused() throws {
    let read = try #require(parameters(Self.basic, Self.sampler(), Self.sampler(["seed": "6"], name: "30")))
    #expect(read.seed == 5)
  }

  @Test("Two pictures of their own cannot be told apart") func ambiguous() {
    let graph = Self.basic.replacing(
      "\"9\":", with: "\"31\": {\"class_type\": \"SaveImage\", \"inputs\": {\"images\": [\"32\", 0]}}, \"9\":")
    #expect(
      parameters(
        graph, Self.sampler(), Self.sampler(name: "30"),
        #""32": {"class_type": "VAEDecode", "inputs": {"samples": ["30", 0]}}"#) == nil)
  }

  @Test("From a picture: the strength") func fromPicture() throws {
    let read = try #require(
      parameters(
        Self.basic, Self.sampler(["latent_image": "[\"16\", 0]", "denoise": "0.6"]),
        #""16": {"class_type": "VAEEncode", "inputs": {"pixels": ["17", 0], "vae": ["4", 2]}}"#,
        #""17": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}"#))
    #expect(read.strength == 0.6 && read.telling.isEmpty)
  }

  @Test("Samplers in parts, as FLUX's workflows have them") func custom() throws {
    let read = try #require(
      parameters(
        Self.basic,
        #""3": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["40", 0], "guider": ["41", 0], "sampler": ["42", 0], "sigmas": ["43", 0], "latent_image": ["5", 0]}}"#,
        #""40": {"class_type": "RandomNoise", "inputs": {"noise_seed": 123}}"#,
        #""41": {"class_type": "BasicGuider", "inputs": {"model": ["44", 0], "conditioning": ["45", 0]}}"#,
        #""42": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}}"#,
        #""43": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 4, "denoise": 1, "model": ["44", 0]}}"#,
        #""44": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}}"#,
        #""45": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}}"#))
    #expect(read.seed == 123 && read.steps == 4 && read.sampler == "euler" && read.schedule == "simple")
    #expect(read.prompt == "a ship" && read.guidance == 3.5 && read.model == "flux1-dev.safetensors")
    #expect(read.width == 640 && read.telling.isEmpty)
  }

  @Test("A loader that does everything") func efficient() throws {
    let read = try #require(
      parameters(
        Self.basic,
        Self.sampler([
          "model": "[\"60\", 0]", "positive": "[\"60\", 1]", "negative": "[\"60\", 2]", "latent_image": "[\"60\", 3]",
        ]),
        #""60": {"class_type": "Efficient Loader", "inputs": {"ckpt_name": "sd15.safetensors", "clip_skip": -2, "positive": "a boat", "negative": "rain", "empty_latent_width": 512, "empty_latent_height": 768, "batch_size": 1}}"#
      ))
    #expect(read.prompt == "a boat" && read.negativePrompt == "rain" && read.clipSkip == 2 && read.strength == nil)
    #expect(read.width == 512 && read.height == 768 && read.model == "sd15.safetensors" && read.telling.isEmpty)
  }

  @Test("Circles end") func circles() {
    let graph = Self.basic.replacing("\"a ship\"", with: "[\"50\", 0]")
    let read = parameters(
      graph, Self.sampler(["seed": "[\"51\", 0]", "model": "[\"52\", 0]"]),
      #""50": {"class_type": "TextConcat", "inputs": {"text_a": ["50", 0], "text_b": ["50", 0]}}"#,
      #""51": {"class_type": "Reroute", "inputs": {"value": ["51", 0]}}"#,
      #""52": {"class_type": "Reroute", "inputs": {"model": ["52", 0]}}"#)
    #expect(read?.seed == nil && read?.prompt == "")
  }
}

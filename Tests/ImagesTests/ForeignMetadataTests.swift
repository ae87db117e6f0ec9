import JSON
import Testing

@testable import Images

/// Texts follow what each program writes: A1111 1.10 `create_infotext`, SD.Next `processing_info.py`, stable-diffusion.cpp
/// `get_image_params`, Fooocus `meta_parser.py`, SwarmUI `T2IParamInput.cs`, InvokeAI `metadata.py`, Easy Diffusion
/// `save_utils.py`.
@Suite("What other programs write into pictures")
struct ForeignMetadataTests {
  private func report(_ texts: [PNGText]) throws -> PictureReport {
    let pixel = Picture(width: 1, height: 1, red: 1, green: 2, blue: 3)
    return try PictureReport(bytes: PNGEncoder.encode(pixel, texts: texts), name: "it.png")
  }

  private func parameters(_ keyword: String, _ text: String) throws -> GenerationParameters {
    try #require(try report([PNGText(keyword, text)]).completed)
  }

  @Test("Line ends in settings, before and behind them") func brokenLines() {
    let read = GenerationParameters(
      parsing: """
        a ship
        Negative prompt: fog
        Steps: 12, Sampler: Heun, CFG scale: 4, Seed: 77, Size: 256x384, Wildcard prompt: "a {ship|boat}
        at sea, night", Version: v1.10.1
        Template: a {ship|boat}
        """)
    #expect(read.prompt == "a ship" && read.negativePrompt == "fog" && read.seed == 77 && read.height == 384)
    #expect(read[other: "Wildcard prompt"] == "a {ship|boat}\nat sea, night" && read.version == "v1.10.1")
    #expect(read[other: "Template"] == "a {ship|boat}")
  }

  @Test(
    "Lost line breaks",
    arguments: [
      ("a ship at sea Negative prompt: fog, rain Steps: 12, Sampler: LMS, Seed: 5", "a ship at sea", "fog, rain"),
      ("a ship, Negative prompt: fog, Steps: 12, Sampler: LMS, Seed: 5", "a ship", "fog"),
      ("a ship, at sea, Steps: 12, Sampler: LMS, Seed: 5", "a ship, at sea", ""),
      ("a ship,.Negative prompt: fog,.Steps: 12, Sampler: LMS, Seed: 5", "a ship", "fog"),
      ("two\nlines Steps: 12, Sampler: LMS, Seed: 5", "two\nlines", ""),
      ("a ship\nNegative prompt: fog Steps: 12, Sampler: LMS, Seed: 5", "a ship", "fog"),
    ])
  func joinedLines(text: String, prompt: String, negative: String) {
    let read = GenerationParameters(parsing: text)
    #expect(read.prompt == prompt && read.negativePrompt == negative)
    #expect(read.steps == 12 && read.sampler == "lms" && read.seed == 5)
  }

  @Test(
    "A prompt with colons is no line of settings",
    arguments: ["mood: calm, light: soft, lens: 35mm", "x\ntime: 9:30, place: home, mood: good", "Steps: none"])
  func colons(text: String) {
    let read = GenerationParameters(parsing: text)
    #expect(read.prompt == text && read.others.isEmpty)
  }

  @Test("JSON among the settings is one value") func bracketed() {
    let resources = #"[{"type":"lora","weight":0.8,"modelName":"Seed: 5, Steps: 9"}]"#
    let read = GenerationParameters(
      parsing: "p\nSteps: 3, Seed: 1, Civitai resources: \(resources), Hashes: {\"vae\": \"1\"}, Size: 64x64")
    #expect(read.seed == 1 && read.steps == 3 && read.width == 64)
    #expect(read[other: "Civitai resources"] == resources && read.telling.map(\.key) == ["Civitai resources"])
  }

  @Test(
    "The strength of a second pass is not that of a reference",
    arguments: [
      ("Denoising strength: 0.5, Hires upscale: 2, Hires upscaler: Latent", nil),
      ("Denoising strength: 0.5, Hires resize: 1024x1024", nil), ("Denoising strength: 0", nil),
      ("Denoising strength: 0.5", 0.5), ("Denoising strength: 0.5, Mask blur: 4", 0.5),
      ("Init image hash: 1, Denoising strength: 0.5, Hires upscaler: None", 0.5),
    ] as [(String, Double?)])
  func strength(settings: String, expected: Double?) {
    let read = GenerationParameters(parsing: "p\nSteps: 3, Seed: 1, \(settings)")
    #expect(read.strength == expected)
    let isTold = read.telling.contains { $0.key == "Denoising strength" }
    #expect(isTold == settings.hasPrefix("Denoising strength: 0.5, Hires"))
  }

  @Test(
    "Samplers in all their spellings",
    arguments: [
      ("k_euler_a", "euler-a", nil), ("k_euler_ancestral", "euler-a", nil), ("sample_dpmpp_2m", "dpm++2m", nil),
      ("dpm_2_a", "dpm2-a", nil), ("KDPM2 a", "dpm2-a", nil), ("kdpm_2_k", "dpm2", "karras"),
      ("dpmpp_2m_sde_gpu", "dpm++2m-sde", nil), ("DPM++2M", "dpm++2m", nil), ("dpmsolver++", "dpm++2m", nil),
      ("k_dpmpp_2m_sde_ka", "dpm++2m-sde", "karras"), ("unipc_multistep", "unipc", nil), ("uni_pc", "unipc", nil),
      ("euler_a discrete", "euler-a", "model"), ("heun discrete", "heun", "model"), ("LMSD", "lms", nil),
      ("DPM++ SDE Karras", "DPM++ SDE", "karras"), ("DPM++ 3M SDE Exponential", "DPM++ 3M SDE", "exponential"),
      ("euler sgm_uniform", "euler", "sgm_uniform"), ("dpm++2mv2", "dpm++2mv2", nil), ("ipndm", "ipndm", nil),
      ("dpmpp_2s", "dpm++2s", nil), ("DPM++ 2S a", "DPM++ 2S a", nil), ("TCD", "tcd", nil),
      ("dpmsolver", "dpmsolver", nil), ("Euler A", "euler-a", nil), ("deis_k", "deis", "karras"),
    ] as [(String, String, String?)])
  func samplers(written: String, sampler: String, schedule: String?) {
    #expect(ForeignNames.readSampler(written) == .init(name: sampler, schedule: schedule))
  }

  @Test(
    "Schedules in all their spellings",
    arguments: [
      ("Karras", "karras"), ("KARRAS", "karras"), ("Automatic", "model"), ("normal", "model"), ("discrete", "model"),
      ("Uniform", "model"), ("native", "model"), ("Exponential", "exponential"), ("beta", "beta"), ("SGM Uniform", nil),
      ("simple", nil), ("polyexponential", nil),
    ] as [(String, String?)])
  func schedules(written: String, schedule: String?) {
    #expect(ForeignNames.read(written, ForeignNames.schedules) == schedule)
  }

  @Test("Trailing timesteps in a sampler's name") func trailing() {
    #expect(ForeignNames.readSampler("DPM++ 2M Trailing") == .init(name: "dpm++2m", spacing: "trailing"))
    #expect(ForeignNames.readSampler("ddim_trailing") == .init(name: "ddim", spacing: "trailing"))
  }

  @Test("Who reads weights, and whose random numbers those are") func conventions() throws {
    let cpp = try parameters(
      "parameters",
      "a (b:2)\nSteps: 2, Seed: 1, Eta: 0.000000, RNG: cuda, Sampler: euler_a, Version: stable-diffusion.cpp")
    #expect(cpp[other: "Prompt syntax"] == "a1111" && cpp.randomSource == "cuda" && cpp[other: "Eta"] == nil)
    let next = try parameters("parameters", "a (b:2)\nSteps: 2, Seed: 1, Sampler: UniPC, App: SD.Next, Version: 1")
    #expect(next[other: "Prompt syntax"] == "a1111")
    let plain = try parameters("parameters", "a (b:2)\nSteps: 2, Seed: 1, Parser: fixed, App: SD.Next, Version: 1")
    #expect(plain[other: "Prompt syntax"] == nil)
    let automatic = try parameters("parameters", "p\nSteps: 2, Seed: 1, Sampler: Euler a, Eta: 0.5, Version: v1.10.1")
    #expect(automatic.randomSource == "cuda" && automatic[other: "Eta"] == nil)
    #expect(automatic[other: "Eta of euler-a"] == "0.5")
    let own = try parameters("parameters", "a (b:2)\nSteps: 2, Sampler: DDIM, Eta: 0.5, Version: limn 0.1")
    #expect(own.randomSource == nil && own[other: "Prompt syntax"] == nil && own[other: "Eta"] == "0.5")
  }

  @Test("SD.Next's rescale and end of guidance, Forge's distilled guidance") func guidance() {
    let next = GenerationParameters(parsing: "p\nSteps: 2, CFG scale: 6, CFG rescale: 0.7, CFG end: 0.8, Seed: 1")
    #expect(next[other: "Guidance rescale"] == "0.7" && next[other: "Guidance end"] == "0.8")
    let forge = GenerationParameters(parsing: "p\nSteps: 2, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 1")
    #expect(forge.guidance == 3.5 && forge.others.isEmpty)
    let both = GenerationParameters(parsing: "p\nSteps: 2, CFG scale: 2, Distilled CFG Scale: 3.5, Seed: 1")
    #expect(both.guidance == 2 && both.telling.map(\.key) == ["Distilled CFG Scale"])
  }

  @Test("Fooocus: what the model saw, the sampler's name, LoRAs") func fooocus() throws {
    let object = """
      {"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "bird", "base_model_hash": "abcdef1234", "clip_skip": 2,
       "full_negative_prompt": ["fog", "rain"], "full_prompt": ["a ship", "oil painting of a ship"],
       "guidance_scale": 4.5, "lora_combined_1": "brush : 0.25", "lora_combined_2": "None : 1.0",
       "loras": [["brush", 0.25, "12ab"]], "metadata_scheme": "fooocus", "negative_prompt": "fog",
       "performance": "Speed", "prompt": "a ship", "refiner_model": "None", "resolution": "(896, 1152)",
       "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "9007199254740993", "sharpness": 2, "steps": 30,
       "styles": "['Oil']", "vae": "Default (model)", "version": "Fooocus v2.5.5"}
      """
    let report = try report([PNGText("parameters", object), PNGText("fooocus_scheme", "fooocus")])
    let read = try #require(report.parameters)
    #expect(report.tool == "Fooocus v2.5.5" && read.prompt == "a ship, oil painting of a ship")
    #expect(read.negativePrompt == "fog, rain" && read.seed == 9_007_199_254_740_993 && read.steps == 30)
    #expect(read.guidance == 4.5 && read.width == 896 && read.height == 1152 && read.clipSkip == 2)
    #expect(read.sampler == "dpm++2m-sde" && read.schedule == "karras" && read.model == "bird")
    #expect(read.loras == [.init(name: "brush", weight: 0.25)])
    #expect(read.telling.map(\.key) == ["adm_guidance", "sharpness"])
  }

  @Test("SwarmUI: LoRAs with their weights, layers counted from the end") func swarmUI() throws {
    let object = """
      {"sui_image_params": {"prompt": "a ship", "negativeprompt": "fog", "model": "sd15", "seed": 42, "steps": 21,
        "cfgscale": 6.5, "aspectratio": "Custom", "width": 512, "height": 640, "sampler": "euler_ancestral",
        "scheduler": "normal", "clipstopatlayer": -2, "loras": ["brush", "ink"], "loraweights": ["0.5", "1.25"],
        "refinermethod": "PostApply", "automaticvae": true, "swarm_version": "0.9.5.2"},
       "sui_extra_data": {"date": "2025-03-15"}}
      """
    let report = try report([PNGText("parameters", object)])
    let read = try #require(report.parameters)
    #expect(report.tool == "SwarmUI 0.9.5.2" && read.prompt == "a ship" && read.negativePrompt == "fog")
    #expect(read.seed == 42 && read.steps == 21 && read.guidance == 6.5 && read.width == 512 && read.height == 640)
    #expect(read.sampler == "euler-a" && read.schedule == "model" && read.clipSkip == 2 && read.strength == nil)
    #expect(read.loras == [.init(name: "brush", weight: 0.5), .init(name: "ink", weight: 1.25)])
    #expect(read.telling.map(\.key) == ["refinermethod"])
  }

  @Test("InvokeAI: skipped layers, LoRAs, rescaled guidance, what it began with") func invokeAI() throws {
    let metadata = """
      {"generation_mode": "img2img", "positive_prompt": "tea", "negative_prompt": "", "seed": 9, "steps": 30,
       "cfg_scale": 6, "cfg_rescale_multiplier": 0.5, "width": 512, "height": 512, "scheduler": "dpmpp_2m_sde_k",
       "rand_device": "cuda", "clip_skip": 2, "strength": 0.6, "seamless_x": true, "seamless_y": false,
       "loras": [{"model": {"key": "1", "name": "brush", "base": "sd-1"}, "weight": 0.75}], "controlnets": [],
       "vae": {"name": "other-vae"}, "model": {"name": "sd15", "hash": "blake3:1"}, "app_version": "5.4.0"}
      """
    let read = try parameters("invokeai_metadata", metadata)
    #expect(read.clipSkip == 3 && read.sampler == "dpm++2m-sde" && read.schedule == "karras")
    #expect(read.strength == 0.6 && read.randomSource == "cuda" && read[other: "Guidance rescale"] == "0.5")
    #expect(read.loras == [.init(name: "brush", weight: 0.75)])
    #expect(read.telling.map(\.key) == ["Guidance rescale", "seamless_x", "vae"])
    let words = try parameters("invokeai_metadata", metadata.replacing("\"tea\"", with: "\"(hot)1.3 tea++\""))
    #expect(words.telling.contains { $0.key == "Prompt weights" })
  }

  @Test("InvokeAI before 3.0") func olderInvokeAI() throws {
    let second = """
      {"model": "stable diffusion", "model_weights": "sd15", "model_hash": "cc6c", "app_version": "2.3.5",
       "image": {"prompt": [{"prompt": "a ship [fog]", "weight": 1.0}], "steps": 40, "cfg_scale": 7.5, "threshold": 0,
         "perlin": 0.1, "height": 512, "width": 640, "seed": 11, "seamless": false, "type": "txt2img",
         "sampler": "k_dpmpp_2"}}
      """
    let read = try parameters("sd-metadata", second)
    #expect(read.prompt == "a ship" && read.negativePrompt == "fog" && read.seed == 11 && read.width == 640)
    #expect(read.sampler == "k_dpmpp_2" && read.telling.map(\.key) == ["perlin"])
    let dream = try parameters("Dream", #""a ship [fog]" -s 40 -S 11 -W 640 -H 512 -C 7.5 -A k_euler_a -G 0.8"#)
    #expect(dream.prompt == "a ship" && dream.steps == 40 && dream.sampler == "euler-a" && dream.height == 512)
    #expect(dream.telling == [.init("-G", "0.8")])
  }

  @Test("Easy Diffusion: a chunk a member, and one object") func easyDiffusion() throws {
    let chunks = [
      ("prompt", "a ship"), ("seed", "12"), ("use_stable_diffusion_model", "sd15"), ("clip_skip", "True"),
      ("use_vae_model", "None"), ("sampler_name", "dpmpp_2m"), ("width", "512"), ("height", "576"),
      ("num_inference_steps", "25"), ("guidance_scale", "7.5"), ("use_lora_model", "['brush', 'ink']"),
      ("lora_alpha", "[0.5, 1]"), ("tiling", "None"), ("use_face_correction", "GFPGANv1.4"), ("negative_prompt", "fog"),
    ]
    let report = try report(chunks.map { PNGText($0, $1) })
    let read = try #require(report.parameters)
    #expect(report.tool == "Easy Diffusion" && read.prompt == "a ship" && read.negativePrompt == "fog")
    #expect(read.seed == 12 && read.steps == 25 && read.guidance == 7.5 && read.height == 576 && read.clipSkip == 2)
    #expect(read.loras.map(\.name) == ["brush", "ink"] && read.loras.map(\.weight) == [0.5, 1])
    #expect(read.telling == [.init("use_face_correction", "GFPGANv1.4")])
    let labels = #"{"Prompt": "a ship", "Seed": 12, "Stable Diffusion model": "sd15", "Clip Skip": false, "Steps": 25}"#
    let other = try parameters("parameters", labels)
    #expect(other.prompt == "a ship" && other.seed == 12 && other.clipSkip == nil)
  }

  @Test("NovelAI") func novelAI() throws {
    let comment = """
      {"prompt": "a ship, {sea}", "steps": 28, "height": 1216, "width": 832, "scale": 5, "cfg_rescale": 0,
       "seed": 3071474384, "n_samples": 1, "noise_schedule": "karras", "sampler": "k_euler_ancestral", "sm": true,
       "uc": "fog", "request_type": "PromptGenerateRequest", "signed_hash": "x"}
      """
    let report = try report([
      PNGText("Title", "NovelAI generated image"), PNGText("Description", "a ship, {sea}"),
      PNGText("Software", "NovelAI"), PNGText("Source", "NovelAI Diffusion V4"), PNGText("Comment", comment),
    ])
    let read = try #require(report.completed)
    #expect(report.tool == "NovelAI" && read.prompt == "a ship, {sea}" && read.negativePrompt == "fog")
    #expect(read.seed == 3_071_474_384 && read.guidance == 5 && read.sampler == "euler-a" && read.schedule == "karras")
    #expect(read.telling.map(\.key) == ["sm", "Prompt weights"] && read.model == "NovelAI Diffusion V4")
  }

  @Test("Draw Things, in XMP") func drawThings() throws {
    let json = """
      {"c":"a ship &amp; sea","uc":"fog","model":"sd_v1.5_f16.ckpt","sampler":"Euler A Trailing","seed":5,"scale":7.5,\
      "steps":20,"size":"512x576","strength":1,"seed_mode":"Scale Alike","shift":3,\
      "lora":[{"model":"brush.ckpt","weight":0.5}],"v2":{"clipSkip":2}}
      """
    let xmp = """
      <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt>
      <rdf:li xml:lang="x-default">\(json)</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>
      """
    let report = try report([PNGText("XML:com.adobe.xmp", xmp, isInternational: true)])
    let read = try #require(report.parameters)
    #expect(report.tool == "Draw Things" && read.prompt == "a ship & sea" && read.negativePrompt == "fog")
    #expect(read.sampler == "euler-a" && read[other: "Spacing"] == "trailing" && read.strength == nil)
    #expect(read.width == 512 && read.height == 576 && read.guidance == 7.5 && read.clipSkip == 2)
    #expect(read.loras == [.init(name: "brush.ckpt", weight: 0.5)])
    #expect(read.telling.map(\.key) == ["Spacing", "shift"])
  }

  @Test("JSON that nobody knows is no prompt") func unknownObject() throws {
    let report = try report([PNGText("parameters", #"{"text": "a ship", "cycles": 3}"#)])
    #expect(report.parameters == nil && report.texts.count == 1)
  }

  @Test("A NUL at the end, and UTF-8 where Latin-1 belongs") func bytes() throws {
    func text(_ bytes: [UInt8]) -> String? {
      PNGText(PNGFile.Chunk(type: "tEXt", data: (Array("parameters\0".utf8) + bytes)[...]))?.text
    }
    #expect(text(Array("p\nSteps: 2, Seed: 1, Size: 64x96".utf8) + [0]) == "p\nSteps: 2, Seed: 1, Size: 64x96")
    #expect(text(Array("Zürich 猫".utf8)) == "Zürich 猫" && text([0x5A, 0xFC]) == "Zü")
    // What would be taken for UTF-8 is written as such.
    #expect(PNGText("k", "Ã¼").chunk.type == "iTXt" && PNGText("k", "ü").chunk.type == "tEXt")
  }

  @Test("A comment in EXIF: UTF-8 without a code, UTF-16 with a NUL") func exif() throws {
    func comment(_ field: [UInt8]) -> String? {
      // "II", one entry that leads to the EXIF directory at 26, one entry there whose bytes lie at 44.
      func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 255) } }
      let head = Array("II*\0".utf8) + number(8, 4)
      let main = number(1, 2) + number(0x8769, 2) + number(4, 2) + number(1, 4) + number(26, 4) + number(0, 4)
      let inner =
        number(1, 2) + number(0x9286, 2) + number(7, 2) + number(field.count, 4) + number(44, 4) + number(0, 4)
      return Exif(tiff: (head + main + inner + field)[...])?.userComment
    }
    let unicode = Array("UNICODE\0".utf8)
    #expect(comment(Array("{\"a\": \"猫\"}".utf8)) == "{\"a\": \"猫\"}")
    #expect(comment(unicode + "a cat\0".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == "a cat")
    #expect(comment(unicode + "a cat".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == "a cat")
    #expect(comment(unicode + Array("a cat, steps".utf8)) == "a cat, steps")
    #expect(comment(Array("ASCII\0\0\0a cat\0".utf8)) == "a cat")
  }
}

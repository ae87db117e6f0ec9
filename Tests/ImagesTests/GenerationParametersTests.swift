import Testing

@testable import Images

@Suite("A1111's parameters")
struct GenerationParametersTests {
  /// Settings that A1111 1.10 writes.
  private static let automatic1111 = """
    a red fox, (snow:1.2)
    second line
    Negative prompt: blurry, low quality
    ugly
    Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1234567890123, Size: 512x768, \
    Model hash: 6ce0161689, Model: v1-5-pruned, Denoising strength: 0.6, Clip skip: 2, RNG: NV, \
    Lora hashes: "fox: 0123456789ab, snow: ba9876543210", Version: v1.10.1
    """

  @Test("A1111's own text") func reads() {
    let read = GenerationParameters(parsing: Self.automatic1111)
    #expect(read.prompt == "a red fox, (snow:1.2)\nsecond line")
    #expect(read.negativePrompt == "blurry, low quality\nugly")
    #expect(read.steps == 20 && read.sampler == "dpm++2m" && read.schedule == "karras" && read.guidance == 7)
    #expect(read.seed == 1_234_567_890_123 && read.width == 512 && read.height == 768)
    #expect(read.modelHash == "6ce0161689" && read.model == "v1-5-pruned" && read.strength == 0.6)
    #expect(read.clipSkip == 2 && read.randomSource == "cuda" && read.version == "v1.10.1")
    #expect(read.others == [.init("Lora hashes", "fox: 0123456789ab, snow: ba9876543210")])
  }

  @Test("Written as CONVENTIONS of the field say") func writes() {
    #expect(GenerationParameters(parsing: Self.automatic1111).text == Self.automatic1111)
    var bare = GenerationParameters()
    bare.prompt = "a cat"
    bare.steps = 4
    bare.guidance = 1.5
    bare.randomSource = "torch"
    bare.sampler = "lcm"
    bare.version = "limn 0.1"
    #expect(bare.text == "a cat\nSteps: 4, Sampler: LCM, CFG scale: 1.5, RNG: CPU, Version: limn 0.1")
  }

  @Test(
    "Values with commas, colons, quotes, newlines and slashes survive",
    arguments: [
      "a, b", "a: b", "say \"hi\"", "two\nlines", "back\\slash, \\\"", "http://a/b", "", "café 狐狸, x", " blanks ",
      "\u{1}, \u{2028}",
    ])
  func quoting(value: String) {
    var parameters = GenerationParameters()
    parameters.prompt = "p"
    parameters.steps = 1
    parameters.others = [.init("Style", value), .init("Aspect", "16:9")]
    parameters.version = "limn 0.1"
    #expect(GenerationParameters(parsing: parameters.text) == parameters)
  }

  @Test("Every sampler and schedule of limn survives", arguments: ForeignNames.samplers.map(\.limn))
  func samplers(name: String) {
    var parameters = GenerationParameters()
    parameters.prompt = "p"
    parameters.steps = 1
    parameters.sampler = name
    for schedule in [nil, "karras", "exponential", "beta"] {
      parameters.schedule = schedule
      #expect(GenerationParameters(parsing: parameters.text) == parameters)
    }
  }

  @Test(
    "Names of other tools",
    arguments: [
      ("DPM++ 2M Karras", "dpm++2m", "karras"), ("euler_a karras", "euler-a", "karras"), ("Euler a", "euler-a", nil),
      ("dpmpp_2m_k", "dpm++2m", "karras"), ("DPM2 a Karras", "dpm2-a", "karras"), ("UniPC", "unipc", nil),
      ("DPM++ 2M SDE Exponential", "dpm++2m-sde", "exponential"), ("PLMS", "pndm", nil),
      ("LMS Karras", "lms", "karras"),
      ("DPM++ 3M SDE", "DPM++ 3M SDE", nil), ("Restart", "Restart", nil),
    ] as [(String, String, String?)])
  func foreignSamplers(written: String, sampler: String, schedule: String?) {
    let read = GenerationParameters(parsing: "p\nSteps: 20, Sampler: \(written), CFG scale: 7")
    #expect(read.sampler == sampler && read.schedule == schedule)
  }

  @Test("stable-diffusion.cpp's text") func stableDiffusionCpp() {
    let read = GenerationParameters(
      parsing: """
        a lovely cat
        Negative prompt: dog
        Steps: 20, CFG scale: 7.000000, Guidance: 3.500000, Eta: 0.000000, Seed: 42, Size: 512x512, \
        Model: sd-v1-4.ckpt, RNG: cuda, Sampler: euler_a karras, Version: stable-diffusion.cpp
        """)
    #expect(read.prompt == "a lovely cat" && read.negativePrompt == "dog" && read.guidance == 7 && read.seed == 42)
    #expect(read.sampler == "euler-a" && read.schedule == "karras" && read.randomSource == "cuda")
    #expect(read[other: "Guidance"] == "3.500000")
  }

  @Test("SD.Next's text") func sdNext() {
    let read = GenerationParameters(
      parsing: """
        castle
        Steps: 30, Size: 1024x1024, Sampler: UniPC, Seed: 7, CFG scale: 6, Model: sdxl, Model hash: 31e35c80fc, \
        App: SD.Next, Version: c0d4bb2, Operations: txt2img, Pipeline: StableDiffusionXLPipeline
        """)
    #expect(read.sampler == "unipc" && read.width == 1024 && read[other: "App"] == "SD.Next")
  }

  @Test(
    "Pieces that are missing stay nil",
    arguments: [
      "only a prompt", "a prompt: with, colons: in, it: here, and\nmore lines", "", "\n\n", "p\nSteps: no number",
    ])
  func missing(text: String) {
    let read = GenerationParameters(parsing: text)
    #expect(read.steps == nil && read.seed == nil && read.sampler == nil && read.negativePrompt.isEmpty)
  }

  @Test("Settings without a prompt, and no negative prompt") func settingsOnly() {
    let read = GenerationParameters(parsing: "Steps: 5, Seed: 18446744073709551615")
    #expect(read.prompt.isEmpty && read.steps == 5 && read.seed == .max)
    let windows = GenerationParameters(parsing: "a\r\nNegative prompt: b\r\nSteps: 5, Seed: 1, CFG scale: 2\r\n")
    #expect(windows.prompt == "a" && windows.negativePrompt == "b" && windows.seed == 1)
  }
}

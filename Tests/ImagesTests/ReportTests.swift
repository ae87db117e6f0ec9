import JSON
import Testing

@testable import Images

@Suite("What a picture says of itself")
struct ReportTests {
  private let pixel = Picture(width: 2, height: 3, red: 1, green: 2, blue: 3)

  private func report(_ texts: [PNGText]) throws -> PictureReport {
    try PictureReport(bytes: PNGEncoder.encode(pixel, texts: texts), name: "it.png")
  }

  private var parameters: GenerationParameters {
    var parameters = GenerationParameters()
    parameters.prompt = "a fox 🦊"
    parameters.steps = 20
    parameters.seed = 3
    parameters.guidance = 7.5
    parameters.version = "limn 0.1"
    return parameters
  }

  @Test("--metadata full, minimal and none") func policies() throws {
    let full = try report(MetadataPolicy.full.texts(parameters: parameters, source: .painted, software: "limn 0.1"))
    #expect(full.parameters == parameters && full.source == .painted && full.tool == "limn 0.1")
    #expect(full.width == 2 && full.height == 3 && full.bitDepth == 8 && full.format == .png)
    let minimal = try report(
      MetadataPolicy.minimal.texts(parameters: parameters, source: .repainted, software: "limn 0.1"))
    #expect(minimal.parameters == nil && minimal.source == .repainted && minimal.tool == "limn 0.1")
    #expect(minimal.texts.map(\.keyword) == ["Software", "XML:com.adobe.xmp"])
    #expect(
      try report(MetadataPolicy.none.texts(parameters: parameters, source: .painted, software: "x")).texts.isEmpty)
  }

  @Test("The XMP packet is the one of the specification") func packet() {
    let packet = DigitalSource.painted.xmp(creator: "limn <0.1> & more")
    #expect(packet.hasPrefix("<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"))
    #expect(packet.contains("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</"))
    #expect(packet.contains("<xmp:CreatorTool>limn &lt;0.1&gt; &amp; more</xmp:CreatorTool>"))
  }

  @Test(
    "The mark is found however XMP writes it",
    arguments: [
      ("<a iptc:DigitalSourceType='http://x/trainedAlgorithmicMedia'/>", "trainedAlgorithmicMedia"),
      ("<a Iptc4xmpExt:DigitalSourceType = \"http://x/digitalCapture\">", "digitalCapture"),
      ("<i:DigitalSourceType rdf:resource=\"http://x/algorithmicMedia\"/>", "algorithmicMedia"),
      ("<i:DigitalSourceType>\n http://x/digitalArt \n</i:DigitalSourceType>", "digitalArt"),
      ("<i:DigitalSourceType/>", nil), ("DigitalSourceType", nil), ("DigitalSourceType=", nil), ("", nil),
    ] as [(String, String?)])
  func mark(xmp: String, code: String?) {
    #expect(DigitalSource(xmp: xmp)?.code == code)
  }

  @Test("ComfyUI's graph") func comfyUI() throws {
    let graph = """
      {"3": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "steps": 25, "cfg": 8.5,
        "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0, "model": ["10", 0], "positive": ["6", 0],
        "negative": ["7", 0], "latent_image": ["5", 0]}, "is_changed": [NaN]},
       "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
       "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 448, "batch_size": 1}},
       "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle", "clip": ["4", 1]}},
       "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["8", 0], "clip": ["4", 1]}},
       "8": {"class_type": "PrimitiveString", "inputs": {"value": "fog"}},
       "10": {"class_type": "ModelPatch", "inputs": {"model": ["4", 0]}}}
      """
    let report = try report([PNGText("prompt", graph), PNGText("workflow", "{}")])
    let read = try #require(report.parameters)
    #expect(report.tool == "ComfyUI" && read.seed == .max && read.steps == 25 && read.guidance == 8.5)
    #expect(read.sampler == "dpm++2m" && read.schedule == "karras" && read.strength == nil)
    #expect(read.prompt == "a castle" && read.negativePrompt == "fog" && read.model == "sd15.safetensors")
    #expect(read.width == 640 && read.height == 448)
    #expect(read[other: "other nodes"] == "ModelPatch")
  }

  @Test("InvokeAI's metadata") func invokeAI() throws {
    let metadata = """
      {"app_version": "5.4.0", "positive_prompt": "tea", "negative_prompt": "", "seed": 9, "steps": 30.0,
       "cfg_scale": 6, "width": 512, "height": 512, "scheduler": "euler_a", "rand_device": "cpu",
       "model": {"name": "juggernaut", "hash": "blake3:1"}}
      """
    let report = try report([PNGText("invokeai_metadata", metadata)])
    let read = try #require(report.parameters)
    #expect(report.tool == "InvokeAI 5.4.0" && read.prompt == "tea" && read.seed == 9 && read.sampler == "euler-a")
    #expect(read.model == "juggernaut" && read.randomSource == "torch" && read.guidance == 6)
  }

  @Test("A JPEG's EXIF comment holds A1111's text") func jpeg() throws {
    let report = try PictureReport(contentsOf: Fixtures.path("comment.jpg"))
    #expect(report.format == .jpeg && report.width == 37 && report.height == 29)
    #expect(report.parameters?.prompt == "a café" && report.parameters?.sampler == "euler")
    #expect(report.texts.first == PNGText("Comment", "a remark"))
  }

  @Test("Unknown texts are handed on as they are") func unknown() throws {
    let texts = [PNGText("Author", "me"), PNGText("workflow", "{not json")]
    let report = try report(texts)
    #expect(report.texts.map(\.text) == texts.map(\.text) && report.parameters == nil)
  }

  @Test("JSON nested a thousand deep is refused") func nesting() {
    #expect(JSONValue(metadata: String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)) == nil)
    #expect(JSONValue(metadata: "[[1, 2.5], {\"a\": true}]")?[0]?[1]?.finite == 2.5)
    #expect(JSONValue(metadata: "[NaN, 1e999]")?[0]?.finite == nil)
  }

  @Test("JSON longer than the texts that are read is refused") func length() {
    #expect(JSONValue(metadata: "1" + String(repeating: " ", count: 4 << 20)) == nil)
    #expect(JSONValue(metadata: "1" + String(repeating: " ", count: 4 << 19)) == 1)
  }
}

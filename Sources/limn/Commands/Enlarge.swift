import ArgumentParser
import Engine
import Families
import Images
import Options
import Painting
import System

/// `limn enlarge FILE...`: pictures that exist, two to eight times as large.
struct Enlarge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make pictures larger, by a network that knows how pictures look from nearer.",
    discussion: """
      limn enlarge photo.jpg
      limn enlarge *.png --factor 2 --upscaler realesr-animevideov3 -o larger/
      limn enlarge scan.png --upscaler ~/models/4x-UltraSharp.pth -o scan-large.png

      realesrgan-x4plus suits photographs, realesrgan-x4plus-anime drawings, realesr-animevideov3 does a twentieth of the work; \
      a file may hold any network of ESRGAN's or Real-ESRGAN's kind (.safetensors, .pth). Alpha and 16 bits are kept.
      """)

  @Argument(
    help: "PNG or JPEG files; '-' reads one from standard input.",
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var files: [String]

  @Option(parsing: .unconditional, help: "How many times larger each side becomes: 2, 3, 4 or 8 (default: 4).")
  var factor: Int = 4

  @Option(
    help:
      "The network: realesrgan-x4plus (the default), realesrgan-x4plus-anime, realesr-animevideov3, a name in $XDG_DATA_HOME/limn/upscalers, or a file.",
    completion: .file())
  var upscaler: String?

  @OptionGroup var machine: MachineOptions
  @OptionGroup var output: EditOutputOptions

  func run() throws {
    guard PictureSettings.factors.contains(factor) else {
      throw UserError.request("--factor \(factor) is not 2, 3, 4 or 8.")
    }
    let engine = try output.start(machine, files: files)
    let catalog = Installation.current.catalog
    let network = try catalog.upscaler(upscaler)
    try engine.require(toEdit: !catalog.carriesUpscaler(upscaler))
    ProtectedFiles.protectInput(network.path, as: ProtectedFiles.model)
    try output.edit(files, .enlarging(by: factor, network), engine, machine, label: "enlarging")
  }
}

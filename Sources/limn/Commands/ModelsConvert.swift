import ArgumentParser
import Engine
import Families
import Painting
import System
import Terminal

/// `limn models convert`: a model with weights of another type.
struct ModelsConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a model anew with weights of another type.",
    discussion: """
      limn models convert sd15.safetensors sd15-q8.gguf --to q8_0
      limn models convert sdxl-folder sdxl-q4 --to q4_k
      limn models convert sd15.safetensors sd15-ink.safetensors --to f16 --lora ink:0.8

      A file becomes a file, under the names that it has: .gguf for the q types, .safetensors for the others. A diffusers \
      folder becomes a folder in which denoiser and text encoders are converted and all else is as it was. Small and \
      sensitive tensors, and a file's convolutions, keep 16 bits in the q types and fp8. Tensors are read and written one by one.
      """)

  @Argument(
    help: ArgumentHelp(
      "A name (`limn models`), a diffusers folder, a .safetensors or a .gguf file.", valueName: "model"))
  var source: String

  @Argument(help: "Where the result goes; nothing may lie there.")
  var destination: String

  @Option(help: ArgumentHelp("The type: \(ModelCatalog.conversionTypes.joined(separator: ", ")).", valueName: "type"))
  var to: String

  @Option(help: ArgumentHelp("A LoRA that becomes part of the weights, NAME or NAME:WEIGHT.", valueName: "name:weight"))
  var lora: [String] = []

  func run() throws {
    let catalog = Installation.current.catalog
    let wishes = try lora.flatMap { text in
      guard let list = AdapterList(setting: text) else {
        throw UserError.request("\"\(text)\" is no LoRA with a weight; expected is NAME or NAME:WEIGHT.")
      }
      return list.wishes
    }
    try catalog.convert(catalog.find(source), to: to, loras: wishes, destination: destination) { file, bytes in
      Console.note("\(file): \((bytes + 500_000) / 1_000_000) MB")
    }
    try Console.result(destination)
  }
}

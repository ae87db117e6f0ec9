import Checkpoints
import Foundation
import System

/// A LoRA that is asked for.
package struct AdapterWish: Sendable, Hashable {
  /// Of a file in the folder for LoRAs, or a path.
  package let name: String
  /// How much of its change to the denoiser is wanted: 0 none, 1 all.
  package let weight: Double
  /// How much of its change to the text encoders.
  package let textEncoderWeight: Double

  package init(name: String, weight: Double = 1, textEncoderWeight: Double? = nil) {
    self.name = name
    self.weight = weight
    self.textEncoderWeight = textEncoderWeight ?? weight
  }

  /// The weights as they stand behind the name: `0.8`; A1111's `0.5:0.8` where the text encoders have another than the denoiser.
  package var weightText: String {
    textEncoderWeight == weight ? "\(weight)" : "\(textEncoderWeight):\(weight)"
  }

  /// As A1111 names it in prompts: `<lora:style:0.8>`.
  package var tag: String { "<lora:\(stem):\(weightText)>" }

  /// The name without folders and ending.
  package var stem: String {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    return file.hasSuffix(".safetensors") ? String(file.dropLast(".safetensors".count)) : file
  }
}

extension ModelCatalog {
  /// The folder for LoRAs, beside that for models.
  package var lorasFolder: String {
    URL(fileURLWithPath: modelsFolder).deletingLastPathComponent().appending(path: "loras").path
  }

  /// The names of those in the folder, sorted; with the folder's name before those that lie in one.
  package var loras: [String] {
    let names = FileManager.default.enumerator(atPath: lorasFolder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(".safetensors".count)) }.sorted()
  }

  /// The file of a LoRA: one of the folder, by its whole name or by its last part, or a path.
  ///
  /// - Throws: ``UserError`` where there is none.
  package func adapterFile(_ name: String) throws(UserError) -> String {
    if PathKind(name) == .file { return name }
    let loras = loras
    let name = name.hasSuffix(".safetensors") ? String(name.dropLast(".safetensors".count)) : name
    if let found = loras.first(where: { $0 == name }) ?? loras.first(where: { $0.hasSuffix("/\(name)") }) {
      return "\(lorasFolder)/\(found).safetensors"
    }
    let known = loras.isEmpty ? "which is empty" : "which has \(loras.joined(separator: ", "))"
    throw .input("There is no LoRA \"\(name)\": it is neither a file nor one of \(lorasFolder), \(known).")
  }
}

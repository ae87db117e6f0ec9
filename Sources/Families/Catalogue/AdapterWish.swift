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
  package var stem: String { name.weightsStem }
}

extension ModelCatalog {
  /// LoRAs, in a folder beside that for models.
  package var loras: NamedFiles { namedFiles(in: "loras", kind: "LoRA") }
}

/// What limn writes into a picture beside its pixels: `--metadata`.
package enum MetadataPolicy: String, CaseIterable, Sendable {
  /// How the picture was made, and the mark that a model made it.
  case full
  /// The mark and the name of the tool.
  case minimal
  /// Nothing.
  case none

  /// The texts for a file. `software` is the tool with its version, "limn 0.1".
  package func texts(
    parameters: GenerationParameters, source: DigitalSource, software: String
  ) -> [PNGText] {
    let mark = PNGText(DigitalSource.chunkKeyword, source.xmp(creator: software), isInternational: true)
    return switch self {
    case .full: [PNGText("parameters", parameters.text), mark]
    case .minimal: [PNGText("Software", software), mark]
    case .none: []
    }
  }
}

import Checkpoints
import Foundation
import Networks
import System
import Tokenizers

/// A CLIP text encoder with its tokenizer.
struct TextEncoderPart: Sendable {
  let configuration: CLIPTextConfiguration
  let tokenizer: CLIPTokenizer
  let encoder: Part<CLIPTextEncoder>

  /// - Parameters:
  ///   - part: `text_encoder` or `text_encoder_2`.
  ///   - className: The class that it must be of.
  /// - Throws: A sentence where it is missing, of another class, or does not fit its tokenizer.
  init(_ parts: any CheckpointParts, _ part: String, tokenizer: String, className: String) throws {
    let origin = parts.configurationOrigin(of: part)
    let found = parts.className(of: part)
    guard found == className else {
      throw UserError.input(
        "\(parts.path): its \(part) is of class \(found ?? "none"); limn runs \(className) there.")
    }
    let configuration = try CLIPTextConfiguration(parts.configuration(of: part), origin: origin)
    guard let folder = try parts.tokenizerFolder(tokenizer) else {
      throw UserError.input(
        "\(parts.path) holds no vocabulary, and this limn was built without CLIP's: build it again with a network, or put CLIP's vocab.json and merges.txt into a folder `tokenizer` beside the file."
      )
    }
    self.configuration = configuration
    self.tokenizer = try CLIPTokenizer(
      folder: URL(fileURLWithPath: folder), padding: parts.tokenizerPadding(tokenizer))
    try self.tokenizer.check(against: configuration, origin: parts.path)
    let projects = className == "CLIPTextModelWithProjection"
    encoder = Part(
      from: { try parts.weights(of: part) }, { try CLIPTextEncoder(configuration, projects: projects, $0) })
  }
}

extension CLIPTokenizer {
  /// Every number that the tokenizer gives must have a row in the encoder's table.
  func check(against configuration: CLIPTextConfiguration, origin: String) throws {
    guard vocabularyCount <= configuration.vocabSize, maximumLength <= configuration.maxPositionEmbeddings else {
      throw UserError.input(
        "\(origin): the tokenizer has \(vocabularyCount) tokens in sequences of \(maximumLength), the text encoder takes \(configuration.vocabSize) in \(configuration.maxPositionEmbeddings)."
      )
    }
  }
}

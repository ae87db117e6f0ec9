import Checkpoints
import Foundation
import Networks
import System
import Tensors
import Tokenizers

/// A Qwen3 language model as a text encoder, with its tokenizer: what FLUX.2 klein and Z-Image have in common.
struct ChatEncoderPart: Sendable {
  let configuration: Qwen3Configuration
  /// How many of its layers are read.
  let layerCount: Int
  private let tokenizer: Qwen2Tokenizer
  private let template: ChatTemplate
  private let encoder: Part<Qwen3Encoder>
  /// The encoder's configuration, as it was written.
  private let settings: String

  /// Tokens of a prompt with its template (the pipelines' `max_sequence_length`).
  static let maximumLength = 512
  private static let classNames = ["Qwen3ForCausalLM", "Qwen3Model"]

  /// - Parameter layers: How many layers are read, of so many.
  /// - Throws: A sentence where it is missing, of another class, or does not fit its tokenizer.
  init(_ parts: any CheckpointParts, template: ChatTemplate, layers: (_ all: Int) -> Int) throws {
    let part = "text_encoder"
    let origin = parts.configurationOrigin(of: part)
    let found = parts.className(of: part)
    guard found.map(Self.classNames.contains) == true else {
      throw UserError.input(
        "\(parts.path): its \(part) is of class \(found ?? "none"); limn runs \(Self.classNames[0]) there.")
    }
    let json = try parts.configuration(of: part)
    let configuration = try Qwen3Configuration(json, origin: origin)
    let layerCount = layers(configuration.numHiddenLayers)
    guard (1...configuration.numHiddenLayers).contains(layerCount) else {
      throw UserError.input(
        "\(origin): the text encoder has \(configuration.numHiddenLayers) layers; at least \(layerCount) are needed.")
    }
    if let folder = try parts.tokenizerFolder("tokenizer") {
      tokenizer = try Qwen2Tokenizer(folder: URL(fileURLWithPath: folder))
    } else if let vocabulary = parts.vocabulary {
      tokenizer = try Qwen2Tokenizer(
        tokens: vocabulary.tokens, merges: vocabulary.merges, types: vocabulary.types, file: vocabulary.origin)
    } else {
      throw UserError.input(
        "\(parts.path) holds no vocabulary: put Qwen's tokenizer.json into a folder `tokenizer` beside it.")
    }
    guard tokenizer.vocabularyCount <= configuration.vocabSize else {
      throw UserError.input(
        "\(parts.path): the tokenizer has \(tokenizer.vocabularyCount) tokens, the text encoder takes \(configuration.vocabSize)."
      )
    }
    self.configuration = configuration
    self.layerCount = layerCount
    self.template = template
    settings = json.text
    encoder = Part(
      from: {
        SelectedSource(try parts.weights(of: part)) {
          Qwen3Encoder.leavesOut($0, layerCount: layerCount, of: configuration)
        }
      }, { try Qwen3Encoder(configuration, layerCount: layerCount, $0) })
  }

  /// The ids of a prompt, and a sentence about words that were cut or weights that are not heeded.
  ///
  /// - Parameter name: Of the prompt, for sentences.
  private func tokens(_ prompt: ParsedPrompt, name: String) -> (ids: [Int32], warnings: [String]) {
    let tokens = tokenizer.encode(prompt.plain, in: template, maximumLength: Self.maximumLength)
    var warnings: [String] = []
    if tokens.cutCount > 0 {
      warnings.append(
        "The \(name) is longer than the \(Self.maximumLength) tokens that the model reads; the last \(tokens.cutCount) are not used."
      )
    }
    if prompt.isWeighted {
      warnings.append("The weights of the \(name) are not heeded: the model's text encoder reads plain sentences.")
    }
    return (tokens.ids, warnings)
  }

  /// The ids of no prompt at all.
  private var emptyTokens: [Int32] { tokenizer.encode("", in: template, maximumLength: Self.maximumLength).ids }

  /// What a part of a scene says: `states` of each prompt, laid side by side.
  ///
  /// - Parameters:
  ///   - length: What prompts are filled up to; nil to leave each as long as it is.
  ///   - progress: Hears how many layers are done, and of how many.
  /// - Throws: ``UserError/request(_:)`` where the options are for other encoders.
  func condition(
    _ part: ScenePart, _ options: ConditionOptions, filledTo length: Int?, _ states: [Int],
    progress: (Int, Int) throws -> Void
  ) throws -> ChatCondition {
    guard options.clipSkip == 0 else {
      throw UserError.request("`clip-skip` is for CLIP's text encoders; this model has another.")
    }
    let prompt = tokens(part.prompt, name: "prompt")
    let negative = options.isGuided ? part.negative.map { tokens($0, name: "negative prompt") } : nil
    var sequences = [prompt.ids]
    if options.isGuided { sequences.append(negative?.ids ?? emptyTokens) }
    let encoded = try self.states(sequences, filledTo: length, states, options, progress: progress).map { states in
      states.dropFirst().reduce(states[0]) { $0.concatenatedChannels($1) }  // [1, tokens, states * channels]
    }
    return ChatCondition(
      prompt: encoded[0], negative: options.isGuided ? encoded[1] : nil,
      warnings: prompt.warnings + (negative?.warnings ?? []))
  }

  /// Hidden states of prompts, each `[1, tokens, channels]`: `states` of the first, then of the next. What was encoded before is
  /// read from a file.
  ///
  /// - Parameters:
  ///   - length: What prompts are filled up to; nil to leave each as long as it is.
  ///   - options: How the encoder multiplies, and whether it need not.
  private func states(
    _ prompts: [[Int32]], filledTo length: Int?, _ states: [Int], _ options: ConditionOptions,
    progress: (Int, Int) throws -> Void
  ) throws -> [[Tensor]] {
    let source = try encoder.opened()
    return try prompts.enumerated().map { index, ids in
      let filled = ids + [Int32](repeating: tokenizer.padding, count: max(0, (length ?? 0) - ids.count))
      func encoded() throws -> [Tensor] {
        try encoder.loaded(precision: options.precision)([filled.map(Int.init)], counts: [ids.count], states: states) {
          try progress(index * layerCount + $0, prompts.count * layerCount)
        }
      }
      guard options.usesCache else { return try encoded() }
      let facts = [settings, "\(filled)", "\(ids.count)", "\(states)", options.precision.rawValue]
      return try EncodingCache.standard.cached(EncodingKey(of: source, facts), encoded)
    }
  }

  /// What encoding takes beside what the system may take back, in bytes: two matrices packed and as they lie in the file, and
  /// what a layer makes of a prompt.
  func bytes() throws -> Int {
    let table = configuration.vocabSize * configuration.hiddenSize
    let largest = try encoder.tensorSizes().filter { $0 < table }.max() ?? 0
    let channels =
      6 * configuration.hiddenSize + configuration.intermediateSize
      + 3 * configuration.numAttentionHeads * configuration.headDim
    return 4 * largest + channels * Self.maximumLength * MemoryLayout<Float>.stride
  }

  func release() { encoder.release() }
  func requireReadable() throws { _ = try encoder.loaded() }
}

/// The encodings of a prompt and, where guidance needs it, of a negative prompt, each `[1, tokens, channels]`.
struct ChatCondition: Condition {
  let prompt: Tensor
  let negative: Tensor?
  let warnings: [String]

  var damagedNetwork: String? { prompt.isFinite && negative?.isFinite != false ? nil : "text encoder" }
}

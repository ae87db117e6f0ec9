/// As many tokens as the text encoder takes at once, each with the weight of its text.
package struct PromptChunk: Sendable, Equatable {
  /// `maximumLength` ids: beginning, text, end, padding; below 0 where a vector is inserted (``InsertedTerm``).
  package let tokens: [Int32]
  /// One for each token; beginning, end and padding have 1.
  package let weights: [Float]
}

/// A prompt ready for the text encoder: the chunks are encoded one by one and their outputs laid end to end.
package struct PromptChunks: Sendable, Equatable {
  /// At least one.
  package private(set) var chunks: [PromptChunk]
  /// The text that did not fit and is not encoded; nil where nothing was cut. Only the plain syntax cuts.
  package let cutText: String?
  /// The adapters that the prompt asks for.
  package let loras: [LoRAMention]

  private let emptyChunk: PromptChunk

  /// Whether any weight is not 1.
  package var isWeighted: Bool { chunks.contains { $0.weights.contains { $0 != 1 } } }

  /// Lengthens the shorter of two prompts with empty chunks: guidance needs both to be equally long.
  package static func align(_ first: inout PromptChunks, _ second: inout PromptChunks) {
    first.chunks += repeatElement(first.emptyChunk, count: max(0, second.chunks.count - first.chunks.count))
    second.chunks += repeatElement(second.emptyChunk, count: max(0, first.chunks.count - second.chunks.count))
  }

  /// Reads and encodes a prompt.
  /// - Throws: when a `<lora:...>` of the A1111 syntax makes no sense.
  package init(_ prompt: String, syntax: PromptSyntax, tokenizer: CLIPTokenizer) throws(TokenizerError) {
    switch syntax {
    case .plain: self.init(plain: prompt, tokenizer: tokenizer)
    case .a1111: self.init(try PromptWeights(parsing: prompt), tokenizer: tokenizer)
    }
  }

  /// One chunk, what is too long cut off, as diffusers' `StableDiffusionPipeline.encode_prompt` does.
  ///
  /// - Parameter terms: Words that stand for inserted vectors.
  package init(plain prompt: String, tokenizer: CLIPTokenizer, inserting terms: [InsertedTerm] = []) {
    let tokens = tokenizer.encode(prompt, inserting: TermFinder(terms)).flatMap(\.self)
    let room = tokenizer.maximumLength - 2
    chunks = [PromptChunk(tokens.prefix(room), tokenizer)]
    cutText = tokens.count > room ? tokenizer.decode(tokens.dropFirst(room)) : nil
    loras = []
    emptyChunk = PromptChunk([], tokenizer)
  }

  /// As many chunks as the prompt needs, as `tokenize_line` of stable-diffusion-webui makes them: each stretch of text
  /// is tokenized by itself, and where a chunk is full but for at most `commaBacktrack` tokens after a comma, these
  /// move to the next. Vectors of one term, if they fit into a chunk at all, stay in one.
  package init(
    _ prompt: PromptWeights, tokenizer: CLIPTokenizer, inserting terms: [InsertedTerm] = [], commaBacktrack: Int = 20
  ) {
    let finder = TermFinder(terms)
    var packer = ChunkPacker(tokenizer, commaBacktrack: commaBacktrack)
    for part in prompt.parts {
      switch part {
      case .chunkBreak: packer.finishChunk()
      case .text(let text, let weight):
        for tokens in tokenizer.encode(text, inserting: finder) {
          packer.makeRoom(for: tokens.count)
          for token in tokens { packer.append(token, weight: Float(weight)) }
        }
      }
    }
    chunks = packer.finish()
    cutText = nil
    loras = prompt.loras
    emptyChunk = PromptChunk([], tokenizer)
  }
}

extension PromptChunk {
  /// Puts beginning, end and padding around tokens that fit.
  fileprivate init(_ text: some Collection<Int32>, weights: [Float]? = nil, _ tokenizer: CLIPTokenizer) {
    let length = tokenizer.maximumLength
    precondition(text.count <= length - 2, "PromptChunk: \(text.count) tokens for \(length - 2) places")
    tokens =
      [tokenizer.beginning] + text + [tokenizer.end]
      + repeatElement(tokenizer.padding, count: length - 2 - text.count)
    let weights = weights ?? Array(repeating: 1, count: text.count)
    self.weights = [1] + weights + repeatElement(1, count: length - 1 - weights.count)
  }
}

/// Fills chunks token by token.
private struct ChunkPacker {
  private let tokenizer: CLIPTokenizer
  private let commaBacktrack: Int
  private let room: Int
  private var chunks: [PromptChunk] = []
  private var tokens: [Int32] = []
  private var weights: [Float] = []
  /// Where the last comma of the open chunk stands.
  private var lastComma: Int?

  init(_ tokenizer: CLIPTokenizer, commaBacktrack: Int) {
    self.tokenizer = tokenizer
    self.commaBacktrack = commaBacktrack
    room = tokenizer.maximumLength - 2
  }

  mutating func append(_ token: Int32, weight: Float) {
    if token == tokenizer.comma {
      lastComma = tokens.count
    } else if tokens.count == room, let comma = lastComma, commaBacktrack > 0, room - comma <= commaBacktrack {
      let movedTokens = tokens[(comma + 1)...]
      let movedWeights = weights[(comma + 1)...]
      tokens.removeSubrange((comma + 1)...)
      weights.removeSubrange((comma + 1)...)
      finishChunk()
      tokens = Array(movedTokens)
      weights = Array(movedWeights)
    }
    if tokens.count == room { finishChunk() }
    tokens.append(token)
    weights.append(weight)
  }

  /// Begins a chunk where several tokens that belong together would not fit into the open one.
  mutating func makeRoom(for count: Int) {
    if count > 1, count <= room, !tokens.isEmpty, tokens.count + count > room { finishChunk() }
  }

  mutating func finishChunk() {
    chunks.append(PromptChunk(tokens, weights: weights, tokenizer))
    tokens = []
    weights = []
    lastComma = nil
  }

  mutating func finish() -> [PromptChunk] {
    if !tokens.isEmpty || chunks.isEmpty { finishChunk() }
    return chunks
  }
}

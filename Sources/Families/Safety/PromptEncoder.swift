import Checkpoints
import Guardrail
import JSON
import Networks
import Synchronization
import System
import Tensors
import Tokenizers

/// multilingual-e5-small (Wang et al. 2024), which the guardrail's second judge reads: a mapped file whose network is built when the
/// first prompt needs it.
package final class PromptEncoder: SentenceEncoder {
  private let tokenizer: UnigramTokenizer
  private let configuration: BERTConfiguration
  private let weights: Weights
  private let layers: [Int]
  private let network = Mutex<BERTEncoder?>(nil)

  /// Tokens of the longest text that is read; of longer ones, the beginning is.
  private static let longest = 128

  /// - Parameters:
  ///   - folder: `config.json`, `model.gguf` and `tokenizer.unigram`, as weights/packages/multilingual-e5-small/take.py writes them.
  ///   - layers: Whose means over a text's tokens are its features, counted from 1, ascending.
  /// - Throws: A sentence where a file is missing, damaged or of another network.
  package init(folder: String, layers: [Int]) throws {
    let bytes = try FileTree.read("\(folder)/tokenizer.unigram", atMost: 64 << 20)
    tokenizer = UnigramTokenizer(try UnigramVocabulary(bytes, file: "\(folder)/tokenizer.unigram"))
    let json = try JSONValue(parsing: FileTree.read("\(folder)/config.json", atMost: 1 << 20))
    configuration = try BERTConfiguration(json, origin: "\(folder)/config.json")
    let file = try GGUFFile(path: "\(folder)/model.gguf")
    guard let last = layers.last, last <= configuration.numHiddenLayers, layers.allSatisfy({ $0 > 0 }),
      layers == layers.sorted(),
      tokenizer.vocabulary.count <= configuration.vocabSize
    else {
      throw UserError.input("\(folder) holds another encoder than the guardrail was trained with; build limn again.")
    }
    self.layers = layers
    weights = Weights(file, precision: Precision.bfloat16.isFast ? .bfloat16 : .float32)
    try BERTEncoder.check(configuration, layerCount: last, file.shape, origin: file.origin)
  }

  package var width: Int { layers.count * configuration.hiddenSize }

  package func callAsFunction(_ sentences: [String]) -> [[Float]] {
    let most = min(Self.longest, configuration.maxPositionEmbeddings)
    return built().means(
      sentences.map { tokenizer.encode("query: " + $0, limit: most).map(Int.init) }, after: layers
    ).map(\.values)
  }

  private func built() -> BERTEncoder {
    network.withLock { network in
      if let network { return network }
      guard let built = try? BERTEncoder(configuration, layerCount: layers.last, weights) else {
        preconditionFailure("PromptEncoder: a checked file became another")
      }
      network = built
      return built
    }
  }
}

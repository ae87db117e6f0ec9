import Tensors

/// A BERT encoder (transformers' `BertConfig`), as far as its hidden states go.
package struct BERTConfiguration: NetworkConfiguration {
  package let vocabSize: Int
  package let hiddenSize: Int
  package let numHiddenLayers: Int
  package let numAttentionHeads: Int
  package let intermediateSize: Int
  package let maxPositionEmbeddings: Int
  package let layerNormEps: Float

  package func validate() throws {
    try requirePositive([
      "vocab_size": vocabSize, "hidden_size": hiddenSize, "num_hidden_layers": numHiddenLayers,
      "num_attention_heads": numAttentionHeads, "intermediate_size": intermediateSize,
      "max_position_embeddings": maxPositionEmbeddings,
    ])
    guard hiddenSize % numAttentionHeads == 0 else {
      throw NetworkError.configuration("`hidden_size` \(hiddenSize) is no multiple of \(numAttentionHeads) heads.")
    }
    guard numHiddenLayers <= 1024 else {
      throw NetworkError.configuration("`num_hidden_layers` is \(numHiddenLayers); expected at most 1024.")
    }
  }
}

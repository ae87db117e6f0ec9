import Tensors

/// A single file whose tensors LoRAs have changed, under the names and in the shapes that the file has.
struct MergedFile: TensorSource {
  /// A tensor as the networks see it.
  private struct View {
    let part: String
    let name: String
    let form: KeyMap.Form
  }

  private let file: any CheckpointFile
  private let parts: [String: AdaptedSource]
  private let views: [String: [View]]

  /// - Throws: `CheckpointError` where a LoRA is of another kind of model.
  init(_ path: String, _ adapters: [WeightedAdapter]) throws {
    let checkpoint = try SingleFileCheckpoint(path: path)
    let adapted = try AdaptedParts(SingleFileParts(path: path, vocabulary: nil), adapters)
    var sources = ["unet": checkpoint.unet]
    sources["text_encoder"] = checkpoint.textEncoder
    sources["text_encoder_2"] = checkpoint.textEncoder2
    var parts: [String: AdaptedSource] = [:]
    var views: [String: [View]] = [:]
    for (part, source) in sources {
      guard let changed = try adapted.weights(of: part) as? AdaptedSource else { continue }
      parts[part] = changed
      // All that one tensor is cut into, changed or not.
      for (original, pieces) in Dictionary(grouping: source.originals, by: \.original)
      where pieces.contains(where: { changed.isChanged($0.name) }) {
        views[original] = pieces.map { View(part: part, name: $0.name, form: $0.form) }
      }
    }
    file = checkpoint.file
    self.parts = parts
    self.views = views
  }

  var origin: String { file.origin }
  var names: [String] { file.names }

  func stored(_ name: String) throws -> StoredTensor? {
    guard let stored = try file.stored(name), let views = views[name] else { return try file.stored(name) }
    let pieces = try views.sorted { $0.form.order < $1.form.order }.compactMap { view in
      try parts[view.part]?.stored(view.name).map { view.form == .transposed ? $0.transposed() : $0 }
    }
    return StoredTensor(shape: stored.shape) {
      Tensor(shape: stored.shape, values: pieces.flatMap { $0.widened().values })
    }
  }
}

extension KeyMap.Form {
  /// Which of the pieces of a tensor it is.
  fileprivate var order: Int { if case .third(let block) = self { block } else { 0 } }
}

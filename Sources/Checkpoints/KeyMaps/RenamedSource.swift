import Tensors

/// The tensors of a source under the names, and in the shapes, that diffusers gives them. Only transposed matrices
/// and those with swapped halves are copied.
package struct RenamedSource: TensorSource {
  package let origin: String
  /// Names of the part that the table does not know, in the source's own spelling.
  package let unrecognised: [String]
  private let source: any TensorSource
  private let table: [String: (original: String, form: KeyMap.Form)]

  /// Renames those tensors of `source` whose names begin with `prefix`, and presents no others.
  ///
  /// - Parameter keepsOthers: whether names that the table does not know are presented as they are.
  /// - Throws: `CheckpointError` where two tensors would have one name.
  init(
    _ source: any TensorSource, prefix: String = "", map: KeyMap, keepsOthers: Bool = false
  ) throws(CheckpointError) {
    var table: [String: (original: String, form: KeyMap.Form)] = [:]
    var unrecognised: [String] = []
    for original in source.names where original.hasPrefix(prefix) {
      var targets = map.targets(of: original.dropFirst(prefix.count))
      if targets.isEmpty {
        unrecognised.append(original)
        if keepsOthers { targets = [KeyMap.Target(name: original, form: .same)] }
      }
      for target in targets {
        if let other = table.updateValue((original, target.form), forKey: target.name) {
          throw CheckpointError(
            source.origin,
            "\([original, other.original].quotedList) are both \(target.name.quoted); one of them was expected")
        }
      }
    }
    self.source = source
    self.table = table
    self.unrecognised = unrecognised.sorted()
    origin = source.origin
  }

  private init(_ other: RenamedSource, without names: Set<String>) {
    (origin, unrecognised, source) = (other.origin, other.unrecognised, other.source)
    table = other.table.filter { !names.contains($0.key) }
  }

  /// The same without some tensors.
  func without(_ names: Set<String>) -> RenamedSource { RenamedSource(self, without: names) }

  package var names: [String] { Array(table.keys) }
  package var fileStamps: [String] { source.fileStamps }

  /// A tensor that is not of the shape that its form wants is presented as it is, so that the network's own check of
  /// shapes names it.
  package func stored(_ name: String) throws -> StoredTensor? {
    guard let (original, form) = table[name], let tensor = try source.stored(original) else { return nil }
    switch form {
    case .same: return tensor
    case .matrix:
      let isConvolution = tensor.shape.count > 2 && tensor.shape.dropFirst(2).allSatisfy { $0 == 1 }
      return isConvolution ? tensor.reshaped(Array(tensor.shape.prefix(2))) : tensor
    case .third(let block):
      guard let rows = tensor.shape.first, rows.isMultiple(of: 3) else { return tensor }
      return tensor.rows(rows / 3 * block..<rows / 3 * (block + 1))
    case .transposed: return tensor.shape.count == 2 ? tensor.transposed() : tensor
    case .swappedHalves:
      guard let rows = tensor.shape.first, rows.isMultiple(of: 2) else { return tensor }
      return StoredTensor(shape: tensor.shape) {
        .concatenated([rows / 2..<rows, 0..<rows / 2].map { tensor.rows($0).widened() })
      }
    }
  }

  /// The shape in which a tensor is presented, without reading its values; nil where there is none, or none that can be
  /// computed with.
  func shape(_ name: String) -> [Int]? {
    guard let (original, form) = table[name] else { return nil }
    guard form == .transposed else { return (try? stored(name))?.shape }
    return (try? source.stored(original)).map { $0.shape.count == 2 ? $0.shape.reversed() : $0.shape }
  }

  /// Every tensor with what the file calls it and how it is cut out of that.
  var originals: [(name: String, original: String, form: KeyMap.Form)] {
    table.map { ($0.key, $0.value.original, $0.value.form) }
  }

  /// What the file itself calls the tensor, for messages.
  package func originalName(of name: String) -> String? { table[name]?.original }
}

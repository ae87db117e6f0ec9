import Tensors

/// A LoRA file: what it changes of a model, by the names that it has itself.
package struct Adapter: Sendable {
  package let origin: String
  let file: any CheckpointFile
  /// The changes in the order of their names.
  let changes: [Change]
  /// Names of tensors that are no part of a change.
  let strangers: [String]

  /// What belongs to one module.
  struct Change: Sendable {
    /// The module as the file calls it.
    let written: String
    let place: AdapterPlace
    /// The tensors' names.
    let factors: [AdapterKey.Factor: String]
  }

  /// Opens the file and sorts its names; no values are read.
  ///
  /// - Throws: `CheckpointError` where the file is damaged or holds no LoRA.
  package init(path: String) throws(CheckpointError) {
    let file = try CheckpointFiles.open(path)
    var factors: [String: [AdapterKey.Factor: String]] = [:]
    var strangers: [String] = []
    for name in file.names.sorted() {
      guard let key = AdapterKey(name) else {
        strangers.append(name)
        continue
      }
      if let other = factors[key.module, default: [:]].updateValue(name, forKey: key.factor) {
        throw CheckpointError(path, "\([name, other].quotedList) are the same thing; one of them was expected")
      }
    }
    guard factors.values.contains(where: { $0.keys.contains { $0 != .alpha } }) else {
      throw CheckpointError(path, "holds no LoRA: it holds names such as \(file.names.quotedList)")
    }
    changes = factors.sorted { $0.key < $1.key }.map {
      Change(written: $0.key, place: AdapterPlace($0.key), factors: $0.value)
    }
    self.file = file
    self.strangers = strangers
    origin = path
  }

  /// What a change does to the weight of a module and to its bias.
  ///
  /// - Parameter scaling: What the file's metadata say where it has no alpha of its own.
  func deltas(
    _ change: Change, scaling: AdapterScaling, part: String, module: String
  ) throws -> (weight: TensorDelta?, bias: TensorDelta?) {
    func tensor(_ factor: AdapterKey.Factor) throws -> StoredTensor? {
      try change.factors[factor].flatMap { try file.stored($0) }
    }
    func factored(
      _ whole: AdapterKey.Factor?, _ left: AdapterKey.Factor, _ right: AdapterKey.Factor, core: AdapterKey.Factor?,
      isCoreTransposed: Bool = true
    ) throws -> FactoredMatrix? {
      if let whole, let matrix = try tensor(whole) { return .whole(matrix) }
      guard let first = try tensor(left) else {
        guard let name = change.factors[right] else { return nil }
        throw lacking(left, beside: name, change)
      }
      guard let second = try tensor(right) else { throw lacking(right, beside: change.factors[left] ?? "", change) }
      guard let core, let middle = try tensor(core) else { return .product(left: first, right: second) }
      guard isCoreTransposed, let extent = first.extent else {
        return .tucker(left: first, core: middle, right: second)
      }
      // LyCORIS keeps the left side of a decomposed convolution as [rank, outputs].
      return .tucker(
        left: first.reshaped([extent.rows, extent.columns]).transposed(), core: middle, right: second)
    }

    let form: TensorDelta.Form
    let rank: Int?
    if let matrix = try factored(nil, .up, .down, core: .middle, isCoreTransposed: false) {
      (form, rank) = (.matrix(matrix), matrix.rank)
    } else if let first = try factored(nil, .hadamard1Left, .hadamard1Right, core: .hadamard1Core) {
      guard let second = try factored(nil, .hadamard2Left, .hadamard2Right, core: .hadamard2Core) else {
        throw lacking(.hadamard2Left, beside: change.factors[.hadamard1Left] ?? "", change)
      }
      (form, rank) = (.hadamard(first, second), first.rank)
    } else if let first = try factored(.kronecker1, .kronecker1Left, .kronecker1Right, core: nil) {
      guard
        let second = try factored(.kronecker2, .kronecker2Left, .kronecker2Right, core: .kronecker2Core)
      else { throw lacking(.kronecker2, beside: change.written, change) }
      (form, rank) = (.kronecker(first, second), second.rank ?? first.rank)
    } else {
      let bias = try tensor(.biasDifference).map {
        TensorDelta(form: .matrix(.whole($0)), scale: 1, magnitude: nil)
      }
      let weight = try tensor(.difference).map {
        TensorDelta(form: .matrix(.whole($0)), scale: 1, magnitude: nil)
      }
      guard weight != nil || bias != nil else {
        throw CheckpointError(origin, "\(change.written.quoted) has nothing but \(change.factors.values.quotedList)")
      }
      return (weight, bias)
    }
    let alpha = try alpha(change)
    let scale = rank.map { scaling.scale(rank: $0, alpha: alpha, part: part, module: module) } ?? 1
    let bias = try tensor(.biasDifference).map { TensorDelta(form: .matrix(.whole($0)), scale: 1, magnitude: nil) }
    return (TensorDelta(form: form, scale: Float(scale), magnitude: try tensor(.magnitude)), bias)
  }

  private func alpha(_ change: Change) throws -> Double? {
    guard let name = change.factors[.alpha] else { return nil }
    let number: Double?
    if let scalar = file.scalar(name) {
      number = scalar
    } else {
      number = try file.stored(name).flatMap { $0.shape.product == 1 ? Double($0.widened().values[0]) : nil }
    }
    guard let number, number.isFinite else { throw CheckpointError(origin, "\(name.quoted) is no finite number") }
    // kohya's scripts take 0 for the rank.
    return number == 0 ? nil : number
  }

  private func lacking(_ factor: AdapterKey.Factor, beside name: String, _ change: Change) -> CheckpointError {
    CheckpointError(
      origin, "has \(name.quoted), but lacks the `\(factor.rawValue)` that goes with it; download it again")
  }
}

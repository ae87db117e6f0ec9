import Tensors

/// A place in a checkpoint: `weights["down_blocks"][0]["conv"]` narrows the path, `tensor("weight", shape: ...)` fetches
/// and checks. With a budget some tensors come marked as transient: their operators do not keep them.
package struct Weights: Sendable {
  private let source: any TensorSource
  private var budget: WeightBudget?
  private var precision: Precision
  private var path = ""

  /// - Parameter precision: How operators multiply with these weights.
  package init(_ source: any TensorSource, budget: WeightBudget? = nil, precision: Precision = .float32) {
    self.source = source
    self.budget = budget
    self.precision = precision
  }

  package subscript(_ name: String) -> Weights {
    var place = self
    place.path = path.isEmpty ? name : "\(path).\(name)"
    return place
  }

  /// The same place; operators keep none of its matrices, but pack them anew at each call and let them go.
  var transient: Weights {
    var place = self
    place.budget = WeightBudget(bytes: 0)
    return place
  }

  /// The same place; operators do not multiply in eight bits there: they see one row, or are the first or the last.
  var unquantised: Weights {
    var place = self
    place.precision = precision.besideBytes
    return place
  }

  package subscript(_ index: Int) -> Weights { self[String(index)] }

  /// Whether the checkpoint holds a tensor of this name here.
  package func has(_ name: String) throws -> Bool {
    try source.stored(self[name].path) != nil
  }

  /// The tensor `name`, still as the checkpoint stores it.
  /// - Throws: ``NetworkError`` when it is missing or of another shape.
  package func tensor(_ name: String, shape: [Int]) throws -> StoredTensor {
    var stored = try table(name, shape: shape)
    stored.precision = precision
    return budget?.marked(stored) ?? stored
  }

  /// The same for a table of which single rows are read where they lie (`StoredTensor.rows(at:)`): it takes nothing of the budget.
  package func table(_ name: String, shape: [Int]) throws -> StoredTensor {
    let fullName = self[name].path
    guard let stored = try source.stored(fullName) else {
      throw NetworkError.missingTensor(origin: source.origin, name: fullName, expected: shape)
    }
    guard stored.shape == shape else {
      throw NetworkError.wrongShape(origin: source.origin, name: fullName, found: stored.shape, expected: shape)
    }
    return stored
  }
}

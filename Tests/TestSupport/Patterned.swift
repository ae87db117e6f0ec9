import Tensors

/// Numbers that Python and Swift make alike from a name, so that fixtures hold no weights: the twin of `pattern` and
/// `weight` in Tests/Reference/networks.py.
package enum Patterned {
  /// Values in [-1, 1) of 16 bits each.
  package static func values(_ name: String, count: Int) -> [Float] {
    var random = SeededRandom(seed: stableHash(name))
    return (0..<count).map { _ in Float(random.next() >> 48) / 32768 - 1 }
  }

  package static func tensor(_ name: String, shape: [Int]) -> Tensor {
    Tensor(shape: shape, values: values(name, count: shape.product))
  }

  /// The values of a parameter, scaled by a power of two so that signals keep their size through the layers.
  package static func weight(_ name: String, shape: [Int]) -> Tensor {
    let values = tensor(name, shape: shape)
    if name.hasSuffix("running_var") { return values.map { $0.magnitude + 1 / 64 } }
    if shape.count < 2 { return name.hasSuffix("weight") ? values / 4 + 1 : values / 8 }
    let inputs = shape.dropFirst().reduce(1, *)
    var scale: Float = 2
    var reached = 1
    while reached < inputs {
      reached *= 4
      scale /= 2
    }
    return values * scale
  }

  /// A checkpoint of such tensors, each given as `name extent extent ...`.
  package static func checkpoint(_ tensors: [String]) -> InMemoryTensors {
    let stored = tensors.map { line in
      let fields = line.split(separator: " ")
      let name = String(fields[0])
      return (name, StoredTensor(weight(name, shape: fields.dropFirst().compactMap { Int($0) })))
    }
    return InMemoryTensors(Dictionary(uniqueKeysWithValues: stored))
  }
}

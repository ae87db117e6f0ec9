import Tensors

/// Where files keep the scales of their 8-bit floats, and what lies beside them that nobody needs here.
///
/// ComfyUI writes `X.scale_weight` and later `X.weight_scale` beside `X.weight`, one number; DeepSeek's and Qwen's files
/// `X.weight_scale_inv`, which in spite of its name is multiplied with blocks of 128 x 128; others a number for each row.
enum Float8Scales {
  private static let scaleEndings = ["weight_scale", "scale_weight", "weight_scale_inv"]
  /// For products of 8-bit numbers, which limn does not compute; and how to read the weights, in words.
  private static let otherEndings = ["input_scale", "scale_input", "comfy_quant"]
  /// An empty tensor that says which kind of file it is.
  private static let marker = "scaled_fp8"
  private static let usualBlock = 128

  /// What of a file's names only belongs to weights of 8 bits.
  ///
  /// - Parameter weights: The names of the tensors of that type.
  static func companions(of weights: some Sequence<String>, among names: Set<String>) -> Set<String> {
    var found: Set<String> = []
    for weight in weights {
      if let stem = stem(weight) { found.formUnion((scaleEndings + otherEndings).map { stem + $0 }) }
    }
    found.formUnion(names.filter { $0 == marker || $0.hasSuffix(".\(marker)") })
    return found.intersection(names)
  }

  /// The tensor with the scales that belong to it.
  ///
  /// - Parameter lookUp: Finds a tensor of the same checkpoint.
  /// - Throws: `CheckpointError` where the scales are of another shape than any known.
  static func scaled(
    _ tensor: StoredTensor, _ name: String, origin: String,
    _ lookUp: (String) throws(CheckpointError) -> StoredTensor?
  ) throws(CheckpointError) -> StoredTensor {
    guard tensor.elementType.isFloat8, let stem = stem(name) else { return tensor }
    for ending in scaleEndings {
      guard let scales = try lookUp(stem + ending) else { continue }
      guard let known = scales.elementType.isFloat8 ? nil : weightScales(scales, of: tensor.shape) else {
        throw CheckpointError(
          origin,
          "\((stem + ending).quoted) is \(scales.shape) for a weight of \(tensor.shape); one number, one for each row, or one for each block of 128 x 128 was expected"
        )
      }
      return tensor.scaled(by: known)
    }
    return tensor
  }

  private static func stem(_ weight: String) -> String? {
    weight.hasSuffix(".weight") ? String(weight.dropLast("weight".count)) : nil
  }

  private static func weightScales(_ scales: StoredTensor, of shape: [Int]) -> WeightScales? {
    let values = scales.shape.product
    if values == 1 { return WeightScales(scales.widened().values[0]) }
    guard let rows = shape.first, rows > 0, shape.count > 1 else { return nil }
    let columns = shape.dropFirst().reduce(1, *)
    if values == rows, scales.shape.first == rows, columns > 0 {
      return WeightScales(scales.widened().values, block: (1, columns), columns: columns)
    }
    let blocks = [rows, columns].map { ($0 + usualBlock - 1) / usualBlock }
    guard scales.shape == blocks, values > 0 else { return nil }
    return WeightScales(scales.widened().values, block: (usualBlock, usualBlock), columns: columns)
  }
}

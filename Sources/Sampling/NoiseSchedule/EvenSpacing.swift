/// Evenly spaced values, rounded exactly as the libraries that diffusers takes them from round them.
enum EvenSpacing {
  /// `numpy.linspace(first, last, count)`.
  static func closed(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1 else { return count == 1 ? [first] : [] }
    let width = (last - first) / Double(count - 1)
    return (0..<count).map { $0 == count - 1 ? last : Double($0) * width + first }
  }

  /// `numpy.arange(first, 0, -width)`; rounding may add a value next to zero.
  static func down(from first: Double, by width: Double) -> [Double] {
    let count = Int((first / width).rounded(.up))
    let difference = (first - width) - first
    return (0..<count).map { first + Double($0) * difference }
  }

  /// `torch.linspace(first, last, count)` in float32, which counts from both ends and fuses product and sum.
  static func closedFloats(from first: Float, to last: Float, count: Int) -> [Float] {
    guard count > 1 else { return count == 1 ? [first] : [] }
    let width = (last - first) / Float(count - 1)
    return (0..<count).map { index in
      index < count / 2
        ? first.addingProduct(width, Float(index)) : last.addingProduct(-width, Float(count - 1 - index))
    }
  }
}

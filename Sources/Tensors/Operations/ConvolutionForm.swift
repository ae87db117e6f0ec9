/// A way to compute a convolution.
enum ConvolutionForm: Hashable {
  /// A 1x1 window: a matrix product over the pixels.
  case pointwise
  /// The window's pixels gathered into rows, block by block, and multiplied with the weights (an implicit matrix).
  case gathered
  /// The map itself, moved by each tap's place, multiplied with the tap's weights.
  case shifted
  /// F(4x4, 3x3): a quarter of the multiplications, but four times the weights and two transforms.
  case winograd

  /// The form that multiplies as the definition does. Few channels make too short a pass of their own.
  static func direct(inputs: Int) -> ConvolutionForm {
    Compute.kernels.outrunsBLAS && inputs >= 48 ? .shifted : .gathered
  }
}

extension ConvolutionGeometry {
  /// The form that should take the least time for a result of this size.
  ///
  /// The estimate: multiplications at the rate of the product kernels, plus weights and transformed values at the rate
  /// of memory. The constants are of the order measured on several machines; the choice turns on their ratio only.
  func cheapestForm(batch: Int, height: Int, width: Int, inputs: Int, outputs: Int) -> ConvolutionForm {
    if self.height == 1, self.width == 1, stride == 1, padding == Padding(0) { return .pointwise }
    let direct = ConvolutionForm.direct(inputs: inputs)
    guard self.height == 3, self.width == 3, stride == 1, padding == Padding(1) else { return direct }
    // Narrow layers fill too little of a register for the transforms to pay.
    guard inputs >= 32, outputs >= 32 else { return direct }
    let multiplicationsPerByte = 10.0
    let weights = Double(inputs * outputs)
    let transformedWeights = 36 * 4 * weights
    let pixels = Double(batch * height * width)
    let multiplied = 9 * weights * pixels + 9 * 4 * weights * multiplicationsPerByte
    let tiles = Double(batch * ((height + 3) / 4) * ((width + 3) / 4))
    let transformed = 36 * tiles * Double(inputs + outputs) * 4 * 2
    let winograd = 36 * weights * tiles + (transformedWeights + transformed) * multiplicationsPerByte
    // Memory has to be earned too: deep layers, which few pixels meet, would take most of it and gain least.
    return multiplied - winograd > ConvolutionGeometry.leastGain * transformedWeights ? .winograd : direct
  }

  /// Multiplications that a byte of transformed weights has to save.
  private static let leastGain = 30.0
}

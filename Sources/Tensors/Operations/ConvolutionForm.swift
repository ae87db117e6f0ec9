/// A way to compute a convolution.
enum ConvolutionForm: Hashable {
  /// A 1x1 window: a matrix product over the pixels.
  case pointwise
  /// The window's pixels gathered into rows, block by block, and multiplied with the weights (an implicit matrix).
  case gathered
  /// The map itself, moved by each tap's place, multiplied with the tap's weights.
  case shifted
  /// The same of bytes, a quarter of the work where the processor has such products.
  case bytes
  /// F(4x4, 3x3): a quarter of the multiplications, but four times the weights and two transforms.
  case winograd

  /// The form that multiplies as the definition does. Few channels make too short a pass of their own.
  static func direct(inputs: Int) -> ConvolutionForm {
    Compute.kernels.outrunsBLAS && inputs >= 48 ? .shifted : .gathered
  }
}

extension ConvolutionGeometry {
  /// The form that should take the least time for a result of this size, counted in multiplications. What the constants count was
  /// measured; the choice turns on their order only.
  func cheapestForm(
    batch: Int, height: Int, width: Int, inputs: Int, outputs: Int, doubled: Bool = false,
    precision: Precision = .float32
  ) -> ConvolutionForm {
    if self.height == 1, self.width == 1, stride == 1, padding == Padding(0) { return .pointwise }
    if precision == .int8, ByteMatrix.takesWindows(inputs: inputs, outputs: outputs) { return .bytes }
    let form = ConvolutionForm.direct(inputs: inputs)
    guard self.height == 3, self.width == 3, stride == 1, padding == Padding(1) else { return form }
    // Narrow layers fill too little of a register for the transforms to pay.
    guard inputs >= 32, outputs >= 32 else { return form }
    let windows = Double(inputs * outputs)
    let tiles = Double(batch * ((height + 3) / 4) * ((width + 3) / 4))
    let blocks = (tiles / 96).rounded(.up)
    let multiplied = 9 * windows * Double(batch * height * width)
    let planes = Double(WinogradConvolution.planes(doubled: doubled).count)
    let winograd = windows * (planes * tiles + ConvolutionGeometry.windowCost * blocks)
    // Winograd's products stay float32: rounded to bfloat16, transformed values lose ten times as much as pixels and weights do.
    let direct = precision.besideBytes == .bfloat16 ? multiplied / 2 : multiplied
    return winograd + ConvolutionGeometry.tileCost * tiles * Double(inputs + outputs) < direct ? .winograd : form
  }

  /// Multiplications in whose time a window is widened and transformed.
  private static let windowCost = 220.0
  /// And those of a tile's transforms, for each of its channels.
  private static let tileCost = 500.0
}

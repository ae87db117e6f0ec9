import Synchronization

/// A two-dimensional convolution whose weights are brought into the form that suits the size of the feature map, when
/// first met. How it is computed is nobody else's business.
package struct ConvolutionOperator: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let geometry: ConvolutionGeometry
  private let forms: ConvolutionForms
  private let bias: Tensor?

  /// - Parameters:
  ///   - weight: `[outputs, inputs, height, width]`, as checkpoints store it.
  ///   - bias: `[outputs]`
  package init(weight: StoredTensor, bias: StoredTensor?, stride: Int = 1, padding: Padding) {
    precondition(weight.shape.count == 4, "ConvolutionOperator: weight \(weight.shape) has not four axes")
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    geometry = ConvolutionGeometry(
      height: weight.shape[2], width: weight.shape[3], stride: stride, padding: padding)
    forms = ConvolutionForms(weight)
    self.bias = bias?.widened()
  }

  /// `[batch, height, width, inputs]` to `[batch, height', width', outputs]`.
  ///
  /// - Parameter prologue: What happens to `x` first.
  package func callAsFunction(_ x: Tensor, after prologue: Prologue = .none, _ epilogue: Epilogue = .none) -> Tensor {
    precondition(
      x.rank == 4 && x.shape[3] == inputs, "ConvolutionOperator: input \(x.shape) for \(inputs) channels, channels last"
    )
    let map = FeatureMap(x.shape, doubled: prologue.doubles)
    let (height, width) = geometry.resultSize(map)
    precondition(height > 0 && width > 0, "ConvolutionOperator: \(x.shape) is smaller than the kernel")
    let shape = [map.batch, height, width, outputs]
    let epilogue = epilogue.joined(with: bias, resultShape: shape)
    let form = geometry.cheapestForm(
      batch: map.batch, height: height, width: width, inputs: inputs, outputs: outputs, doubled: prologue.doubles,
      precision: forms.weight.precision)
    let window = geometry.height * geometry.width
    return Compute.measured(
      window == 1 ? .linear : .windowConvolution, operations: 2 * Double(shape.product * inputs * window),
      reading: x.count + forms.weight.trafficCount
    ) {
      forms.prepared(form).convolve(x, after: prologue, geometry, resultShape: shape, epilogue)
    }
  }
}

/// Rows and columns of zeros around a feature map.
package struct Padding: Sendable, Equatable {
  package var top: Int
  package var bottom: Int
  package var left: Int
  package var right: Int

  package init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  package init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }

  /// diffusers' `Downsample2D(padding: 0)`: the autoencoders' encoders pad below and to the right only.
  package static let belowAndRight = Padding(top: 0, bottom: 1, left: 0, right: 1)
}

/// The shape of a feature map, `[batch, rows, columns, channels]`.
struct FeatureMap {
  let batch: Int
  let rows: Int
  let columns: Int
  let channels: Int

  init(_ shape: [Int], doubled: Bool = false) {
    let factor = doubled ? 2 : 1
    (batch, rows, columns, channels) = (shape[0], factor * shape[1], factor * shape[2], shape[3])
  }
}

/// A convolution's window and where it goes.
struct ConvolutionGeometry: Sendable {
  let height: Int
  let width: Int
  let stride: Int
  let padding: Padding

  /// Nothing is left of a map that is smaller than the window, however long the stride.
  func resultSize(_ map: FeatureMap) -> (height: Int, width: Int) {
    let rows = map.rows + padding.top + padding.bottom - height
    let columns = map.columns + padding.left + padding.right - width
    return (rows < 0 ? 0 : rows / stride + 1, columns < 0 ? 0 : columns / stride + 1)
  }
}

/// A convolution's weights in each form that was asked for so far; most layers ever need one. Transient weights are brought into
/// it each time.
private final class ConvolutionForms: Sendable {
  let weight: StoredTensor
  private let known = Mutex<[ConvolutionForm: any PreparedConvolution]>([:])

  init(_ weight: StoredTensor) {
    self.weight = weight
  }

  func prepared(_ form: ConvolutionForm) -> any PreparedConvolution {
    if weight.isTransient { return make(form) }
    return known.withLock { known in
      if let ready = known[form] { return ready }
      let made = make(form)
      known[form] = made
      return made
    }
  }

  private func make(_ form: ConvolutionForm) -> any PreparedConvolution {
    switch form {
    case .pointwise: PointwiseConvolution(weight)
    case .gathered: GatheredConvolution(weight)
    case .shifted: ShiftedConvolution(weight)
    case .bytes: ByteConvolution(weight)
    case .winograd: WinogradConvolution(weight)
    }
  }
}

/// Weights ready for one way to compute a convolution.
protocol PreparedConvolution: Sendable {
  func convolve(
    _ x: Tensor, after prologue: Prologue, _ geometry: ConvolutionGeometry, resultShape: [Int], _ epilogue: Epilogue
  ) -> Tensor
}

import KernelInterface
import Tensors

/// The two matrices behind attention, with diffusers' `activation_fn` between them.
struct FeedForward: Sendable {
  private enum Form: Sendable {
    case gated
    case plain(Activation)
  }

  private let form: Form
  private let inputProjection: Linear
  private let outputProjection: Linear

  /// - Parameter activation: `geglu`, `gelu` or `gelu-approximate`.
  init(_ channels: Int, activation: String, _ weights: Weights) throws {
    switch activation {
    case "geglu": form = .gated
    case "gelu": form = .plain(.gelu)
    case "gelu-approximate": form = .plain(.geluTanh)
    default: throw NetworkError.configuration("limn does not know the feed-forward activation \"\(activation)\".")
    }
    let inner = 4 * channels
    inputProjection = try Linear(channels, activation == "geglu" ? 2 * inner : inner, weights["net"][0]["proj"])
    outputProjection = try Linear(inner, channels, weights["net"][2])
  }

  func callAsFunction(_ x: Tensor, _ epilogue: Epilogue) -> Tensor {
    switch form {
    case .gated: outputProjection(inputProjection.gatedGELU(x), epilogue)
    case .plain(let activation): outputProjection(inputProjection(x, Epilogue(activation: activation)), epilogue)
    }
  }
}

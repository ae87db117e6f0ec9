import Images
import Tensors

extension Picture {
  /// An autoencoder's output, `[1, height, width, 3]` around -1...1, in 8 bits, as diffusers rounds it.
  package init(decoded tensor: Tensor) {
    precondition(tensor.rank == 4 && tensor.shape[0] == 1 && tensor.shape[3] == 3, "Picture: \(tensor.shape)")
    let pixels = tensor.values.map { value in
      let share = min(max(value / 2 + 0.5, 0), 1)
      return UInt8((share * 255).rounded(.toNearestOrEven))
    }
    self.init(width: tensor.shape[2], height: tensor.shape[1], pixels: pixels)
  }

  /// `[1, height, width, 3]`, values -1 to 1.
  package var tensor: Tensor {
    Tensor(shape: [1, height, width, 3], values: pixels.map { 2 * (Float($0) / 255) - 1 })
  }

  /// The picture in another size: scaled as diffusers does where the aspect stays, cropped where it does not.
  package func covering(_ size: PictureSize) -> Picture {
    if width == size.width, height == size.height { return self }
    // A few pixels' rounding to the model's multiples is no reason to crop.
    let isSameAspect = abs(width - size.width) < 64 && abs(height - size.height) < 64
    return isSameAspect
      ? resized(width: size.width, height: size.height) : fitted(width: size.width, height: size.height)
  }

  /// A blur that leaves no more than where it is light and which colour: six pixels along the shorter side, enlarged.
  package var unrecognisable: Picture {
    let scale = Double(min(width, height)) / 6
    func few(_ side: Int) -> Int { max(1, Int((Double(side) / max(1, scale)).rounded())) }
    return resized(width: few(width), height: few(height), filter: .box)
      .resized(width: width, height: height, filter: .bicubic)
  }
}

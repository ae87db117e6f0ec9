import Images
import Tensors

extension Picture {
  /// An autoencoder's output, `[1, height, width, 3]` around -1...1, in 8 bits, as diffusers rounds it.
  init(decoded tensor: Tensor) {
    precondition(tensor.rank == 4 && tensor.shape[0] == 1 && tensor.shape[3] == 3, "Picture: \(tensor.shape)")
    let pixels = tensor.values.map { value in
      let share = min(max(value / 2 + 0.5, 0), 1)
      return UInt8((share * 255).rounded(.toNearestOrEven))
    }
    self.init(width: tensor.shape[2], height: tensor.shape[1], pixels: pixels)
  }

  /// What Stable Diffusion's four latent channels show, an eighth of the size: each pixel a linear mix of its channels
  /// (the factors that diffusers' documentation gives for previews).
  init(roughlyDecoding latents: Tensor) {
    precondition(latents.shape[3] == 4, "Picture: rough decoding of \(latents.shape)")
    let factors: [[Float]] = [[60, -60, 25, -70], [60, -5, 15, -50], [60, 10, -5, -35]]
    let offsets: [Float] = [150, 140, 130]
    let values = latents.values
    var pixels: [UInt8] = []
    pixels.reserveCapacity(values.count / 4 * 3)
    for start in stride(from: 0, to: values.count, by: 4) {
      for (row, offset) in zip(factors, offsets) {
        let value = (0..<4).reduce(offset) { $0 + row[$1] * values[start + $1] }
        pixels.append(UInt8(min(max(value, 0), 255)))
      }
    }
    self.init(width: latents.shape[2], height: latents.shape[1], pixels: pixels)
  }

  /// A plain page; white where no colour is given.
  init(colour: ModelProfile.RGB?, size: PictureSize) {
    let pixel: [UInt8] = colour.map { [$0.red, $0.green, $0.blue] } ?? [255, 255, 255]
    self.init(width: size.width, height: size.height, pixels: (0..<size.pixels).flatMap { _ in pixel })
  }

  /// `[1, height, width, 3]`, values -1 to 1.
  var tensor: Tensor {
    Tensor(shape: [1, height, width, 3], values: pixels.map { 2 * (Float($0) / 255) - 1 })
  }

  /// The picture in another size: scaled as diffusers does where the aspect stays, cropped where it does not.
  func covering(_ size: PictureSize) -> Picture {
    if width == size.width, height == size.height { return self }
    // A few pixels' rounding to the model's multiples is no reason to crop.
    let isSameAspect = abs(width - size.width) < 64 && abs(height - size.height) < 64
    return isSameAspect
      ? resized(width: size.width, height: size.height) : fitted(width: size.width, height: size.height)
  }

  /// A blur that leaves no more than where it is light and which colour: six pixels along the shorter side, enlarged.
  var unrecognisable: Picture {
    let scale = Double(min(width, height)) / 6
    func few(_ side: Int) -> Int { max(1, Int((Double(side) / max(1, scale)).rounded())) }
    return resized(width: few(width), height: few(height), filter: .box)
      .resized(width: width, height: height, filter: .bicubic)
  }
}

import Families
import Images
import Tensors

extension Mask {
  /// In another size, as its picture is brought there.
  func covering(_ size: PictureSize) -> Mask {
    size == self.size ? self : Mask(picture.covering(size))
  }

  /// One value for each latent, `[1, height, width, 1]`: 1 where is painted. As torch's nearest interpolation picks pixels.
  func latents(height rows: Int, width columns: Int) -> Tensor {
    var picked: [Float] = []
    for row in 0..<rows {
      for column in 0..<columns {
        let value = values[row * height / rows * width + column * width / columns]
        picked.append(value >= Mask.threshold ? 1 : 0)
      }
    }
    return Tensor(shape: [1, rows, columns, 1], values: picked)
  }
}

extension Tensor {
  /// A picture's values, `[1, height, width, 3]`, grey where a mask has them painted anew.
  func hiding(_ mask: Mask) -> Tensor {
    let kept = mask.values.flatMap { value in [Float](repeating: value >= Mask.threshold ? 0 : 1, count: 3) }
    return self * Tensor(shape: shape, values: kept)
  }
}

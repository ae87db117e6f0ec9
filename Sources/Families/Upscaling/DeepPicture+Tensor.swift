import Images
import Tensors

extension DeepPicture {
  /// Part of the picture without alpha, `[1, rows, columns, 3]`, values 0 to 1; the last pixels mirrored where its sides are no
  /// multiples of `unit`.
  func tile(rows: Range<Int>, columns: Range<Int>, unit: Int = 1) -> Tensor {
    let height = (rows.count + unit - 1) / unit * unit
    let width = (columns.count + unit - 1) / unit * unit
    func mirrored(_ index: Int, _ range: Range<Int>) -> Int {
      index < range.count ? index : max(0, 2 * (range.count - 1) - index)
    }
    let factor = 1 / Float(highest)
    var values: [Float] = []
    values.reserveCapacity(height * width * 3)
    for row in 0..<height {
      let line = (rows.lowerBound + mirrored(row, rows)) * self.width + columns.lowerBound
      for column in 0..<width {
        let start = (line + mirrored(column, columns)) * channels
        for channel in 0..<3 { values.append(Float(samples[start + channel]) * factor) }
      }
    }
    return Tensor(shape: [1, height, width, 3], values: values)
  }

  /// Writes colours over those from (`top`, `left`).
  mutating func lay(_ tile: Tensor, top: Int, left: Int) {
    let scale = Float(highest)
    let values = tile.values
    for row in 0..<tile.shape[1] {
      for column in 0..<tile.shape[2] {
        let source = (row * tile.shape[2] + column) * 3
        let target = ((top + row) * width + left + column) * channels
        for channel in 0..<3 {
          let value = min(max(values[source + channel], 0), 1) * scale
          samples[target + channel] = UInt16(value.rounded(.toNearestOrEven))
        }
      }
    }
  }
}

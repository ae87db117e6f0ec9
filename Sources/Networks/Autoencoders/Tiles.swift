import Tensors

extension Tensor {
  /// Runs a decoder on overlapping tiles, as diffusers' `tiled_decode`: `edge` latents a side, a quarter of it shared.
  func tiled(edge: Int?, growingBy factor: Int, _ body: (Tensor) -> Tensor) -> Tensor {
    tiled(edge: edge, unit: 1, outputEdge: { $0 * factor }, body)
  }

  /// Runs an encoder on overlapping tiles, as diffusers' `tiled_encode`: `edge` pixels a side, a quarter of it shared.
  func tiled(edge: Int?, shrinkingBy factor: Int, _ body: (Tensor) -> Tensor) -> Tensor {
    tiled(edge: edge, unit: factor, outputEdge: { $0 / factor }, body)
  }

  /// Runs a network whose pixels see no further than `margin` on tiles with so much around them: the result is that of the whole.
  ///
  /// - Parameter edge: Of the tiles without their margins.
  func inTiles(edge: Int, margin: Int, growingBy factor: Int, _ body: (Tensor) -> Tensor) -> Tensor {
    guard shape[1] > edge + margin || shape[2] > edge + margin else { return body(self) }
    let (height, width) = (shape[1] * factor, shape[2] * factor)
    var result = [Float](repeating: 0, count: height * width * shape[3])
    for top in stride(from: 0, to: shape[1], by: edge) {
      for left in stride(from: 0, to: shape[2], by: edge) {
        let (above, before) = (min(top, margin), min(left, margin))
        let tile = body(
          cropped(
            top: top - above, left: left - before, height: above + edge + margin, width: before + edge + margin))
        let inner = tile.cropped(
          top: above * factor, left: before * factor, height: edge * factor, width: edge * factor)
        inner.paste(
          into: &result, width: width, top: top * factor, left: left * factor,
          limit: (min(edge * factor, height - top * factor), min(edge * factor, width - left * factor)))
      }
    }
    return Tensor(shape: [1, height, width, shape[3]], values: result)
  }

  /// - Parameter unit: Tiles begin at multiples of this; their edge is rounded up to one.
  private func tiled(edge: Int?, unit: Int, outputEdge: (Int) -> Int, _ body: (Tensor) -> Tensor) -> Tensor {
    guard let wanted = edge, shape[1] > wanted || shape[2] > wanted else { return body(self) }
    let edge = max(1, (wanted + unit - 1) / unit) * unit
    let step = max(1, edge * 3 / 4 / unit) * unit
    let outStep = outputEdge(step)
    let blend = outputEdge(edge) - outStep
    let (height, width) = (outputEdge(shape[1]), outputEdge(shape[2]))

    var result: [Float] = []
    var channels = 0
    var above: [Tensor] = []  // last row's tiles, as decoded
    for top in stride(from: 0, to: shape[1], by: step) {
      var row: [Tensor] = []
      for left in stride(from: 0, to: shape[2], by: step) {
        let tile = body(cropped(top: top, left: left, height: edge, width: edge))
        channels = tile.shape[3]
        if result.isEmpty { result = [Float](repeating: 0, count: height * width * channels) }
        let column = row.count
        var blended = tile
        if !above.isEmpty { blended = blended.blended(below: above[column], over: blend) }
        if let neighbour = row.last { blended = blended.blended(rightOf: neighbour, over: blend) }
        blended.paste(
          into: &result, width: width, top: outputEdge(top), left: outputEdge(left),
          limit: (min(outStep, height - outputEdge(top)), min(outStep, width - outputEdge(left))))
        // diffusers blends into the tile that its neighbours then see.
        row.append(blended)
      }
      above = row
    }
    return Tensor(shape: [1, height, width, channels], values: result)
  }

  /// The part of a feature map from (`top`, `left`), at most `height x width`.
  private func cropped(top: Int, left: Int, height: Int, width: Int) -> Tensor {
    let (rows, columns) = (min(height, shape[1] - top), min(width, shape[2] - left))
    let source = values
    var part: [Float] = []
    part.reserveCapacity(rows * columns * shape[3])
    for row in top..<top + rows {
      let start = (row * shape[2] + left) * shape[3]
      part += source[start..<start + columns * shape[3]]
    }
    return Tensor(shape: [1, rows, columns, shape[3]], values: part)
  }

  /// The first rows mixed with the last rows of the tile above.
  private func blended(below other: Tensor, over extent: Int) -> Tensor {
    let overlap = min(extent, shape[1], other.shape[1])
    let rowLength = shape[2] * shape[3]
    var mixed = values
    let source = other.values
    for row in 0..<overlap {
      let weight = Float(row) / Float(overlap)
      let start = (other.shape[1] - overlap + row) * rowLength
      for index in 0..<rowLength {
        mixed[row * rowLength + index] = source[start + index] * (1 - weight) + mixed[row * rowLength + index] * weight
      }
    }
    return Tensor(shape: shape, values: mixed)
  }

  /// The first columns mixed with the last columns of the tile to the left.
  private func blended(rightOf other: Tensor, over extent: Int) -> Tensor {
    let overlap = min(extent, shape[2], other.shape[2])
    let channels = shape[3]
    var mixed = values
    let source = other.values
    for row in 0..<shape[1] {
      for column in 0..<overlap {
        let weight = Float(column) / Float(overlap)
        let start = (row * other.shape[2] + other.shape[2] - overlap + column) * channels
        let place = (row * shape[2] + column) * channels
        for channel in 0..<channels {
          mixed[place + channel] = source[start + channel] * (1 - weight) + mixed[place + channel] * weight
        }
      }
    }
    return Tensor(shape: shape, values: mixed)
  }

  private func paste(
    into result: inout [Float], width: Int, top: Int, left: Int, limit: (height: Int, width: Int)
  ) {
    let source = values
    let length = min(limit.width, shape[2]) * shape[3]
    for row in 0..<min(limit.height, shape[1]) {
      let from = row * shape[2] * shape[3]
      let to = ((top + row) * width + left) * shape[3]
      result.replaceSubrange(to..<to + length, with: source[from..<from + length])
    }
  }
}

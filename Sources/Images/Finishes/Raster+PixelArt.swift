extension Raster {
  private static let paletteSize = 16

  func pixelArt(grain: Float) -> Raster {
    let edge = max(2, Int((4 * grain).rounded()))
    let cells = PixelCells(self, edge: edge, palette: palette(every: max(1, Int(grain.rounded()))))
    return map { x, y, _ in cells.colour(x / edge, y / edge) }
  }

  /// The colours that stand for all others (k-means from colours as far from each other as there are).
  ///
  /// - Parameter step: Only the pixels of every so many rows and columns are looked at.
  private func palette(every step: Int) -> [Pixel] {
    let samples = stride(from: 0, to: height, by: step).flatMap { y in
      stride(from: 0, to: width, by: step).map { x in self[x, y] }
    }
    var colours = [samples.reduce(Pixel(), +) / Float(samples.count)]
    var distances = samples.map { Self.distance($0, colours[0]) }
    while colours.count < Self.paletteSize {
      let farthest = distances.indices.max { distances[$0] < distances[$1] } ?? 0
      colours.append(samples[farthest])
      for index in samples.indices {
        distances[index] = min(distances[index], Self.distance(samples[index], samples[farthest]))
      }
    }
    for _ in 0..<12 {
      var sums = [Pixel](repeating: Pixel(), count: colours.count)
      var counts = [Float](repeating: 0, count: colours.count)
      for sample in samples {
        let nearest = Self.nearest(to: sample, in: colours)
        sums[nearest] += sample
        counts[nearest] += 1
      }
      for index in colours.indices where counts[index] > 0 { colours[index] = sums[index] / counts[index] }
    }
    return colours
  }

  fileprivate static func nearest(to pixel: Pixel, in colours: [Pixel]) -> Int {
    var best = (index: 0, distance: Float.infinity)
    for (index, colour) in colours.enumerated() {
      let distance = distance(pixel, colour)
      if distance < best.distance { best = (index, distance) }
    }
    return best.index
  }

  private static func distance(_ first: Pixel, _ second: Pixel) -> Float {
    let difference = first - second
    return (difference * difference).sum()
  }
}

/// The large pixels of pixel art: of each the colour that most of it has.
private struct PixelCells {
  private let columns: Int
  private let rows: Int
  private var colours: [Raster.Pixel]
  private let indices: [Int]

  init(_ raster: Raster, edge: Int, palette: [Raster.Pixel]) {
    columns = (raster.width + edge - 1) / edge
    rows = (raster.height + edge - 1) / edge
    var indices: [Int] = []
    for row in 0..<rows {
      for column in 0..<columns {
        var counts = [Int](repeating: 0, count: palette.count)
        for y in row * edge..<min((row + 1) * edge, raster.height) {
          for x in column * edge..<min((column + 1) * edge, raster.width) {
            counts[Raster.nearest(to: raster[x, y], in: palette)] += 1
          }
        }
        indices.append(counts.indices.max { counts[$0] < counts[$1] } ?? 0)
      }
    }
    self.indices = indices
    colours = indices.map { palette[$0] }
    outline()
  }

  func colour(_ column: Int, _ row: Int) -> Raster.Pixel { colours[row * columns + column] }

  /// Darkens what meets a plain background; a picture without one keeps its edges.
  private mutating func outline() {
    let border = indices.indices.filter { isBorder($0) }
    var counts: [Int: Int] = [:]
    for cell in border { counts[indices[cell], default: 0] += 1 }
    guard let ground = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), ground.value * 5 > border.count * 3
    else { return }
    var isGround = [Bool](repeating: false, count: indices.count)
    var reached = border.filter { indices[$0] == ground.key }
    for cell in reached { isGround[cell] = true }
    while let cell = reached.popLast() {
      for near in neighbours(of: cell) where !isGround[near] && indices[near] == ground.key {
        isGround[near] = true
        reached.append(near)
      }
    }
    for cell in indices.indices where !isGround[cell] && neighbours(of: cell).contains(where: { isGround[$0] }) {
      colours[cell] *= 0.45
    }
  }

  private func isBorder(_ cell: Int) -> Bool {
    let (row, column) = cell.quotientAndRemainder(dividingBy: columns)
    return row == 0 || row == rows - 1 || column == 0 || column == columns - 1
  }

  private func neighbours(of cell: Int) -> [Int] {
    let (row, column) = cell.quotientAndRemainder(dividingBy: columns)
    var cells: [Int] = []
    if row > 0 { cells.append(cell - columns) }
    if row < rows - 1 { cells.append(cell + columns) }
    if column > 0 { cells.append(cell - 1) }
    if column < columns - 1 { cells.append(cell + 1) }
    return cells
  }
}

extension Picture {
  /// Edges in white on black (Canny 1986), the numbers of OpenCV's `Canny(picture, low, high)`: Sobel over 3x3 pixels with the edges
  /// repeated outwards, the sum of both directions as magnitude, of the channel where it is greatest.
  package func cannyEdges(low: Int, high: Int) -> Picture {
    let gradients = Gradients(self)
    var marks = gradients.marks(low: low, high: high)
    gradients.trace(&marks)
    return Mask(width: width, height: height, values: marks.map { $0 == .edge ? 255 : 0 }).picture
  }
}

/// The gradient at each pixel.
private struct Gradients {
  enum Mark { case none, candidate, edge }

  private let width: Int
  private let height: Int
  private var across: [Int]
  private var down: [Int]
  private var magnitudes: [Int]

  init(_ picture: Picture) {
    let (width, height, pixels) = (picture.width, picture.height, picture.pixels)
    (self.width, self.height) = (width, height)
    across = [Int](repeating: 0, count: width * height)
    down = across
    magnitudes = across
    for y in 0..<height {
      let rows = [max(0, y - 1), y, min(height - 1, y + 1)].map { 3 * $0 * width }
      for x in 0..<width {
        let columns = [max(0, x - 1), x, min(width - 1, x + 1)].map { 3 * $0 }
        for channel in 0..<3 {
          func at(_ row: Int, _ column: Int) -> Int { Int(pixels[rows[row] + columns[column] + channel]) }
          let dx = at(0, 2) - at(0, 0) + 2 * (at(1, 2) - at(1, 0)) + at(2, 2) - at(2, 0)
          let dy = at(2, 0) - at(0, 0) + 2 * (at(2, 1) - at(0, 1)) + at(2, 2) - at(0, 2)
          let magnitude = abs(dx) + abs(dy)
          let index = y * width + x
          guard channel == 0 || magnitude > magnitudes[index] else { continue }
          (across[index], down[index], magnitudes[index]) = (dx, dy, magnitude)
        }
      }
    }
  }

  private func magnitude(_ x: Int, _ y: Int) -> Int {
    (0..<width).contains(x) && (0..<height).contains(y) ? magnitudes[y * width + x] : 0
  }

  /// What is an edge by itself, and what is one where it touches one: those of greatest magnitude across themselves.
  func marks(low: Int, high: Int) -> [Mark] {
    var marks = [Mark](repeating: .none, count: width * height)
    // tan 22.5 degrees in 2^-15, as OpenCV rounds it.
    let tangent = 13_573
    for y in 0..<height {
      for x in 0..<width {
        let index = y * width + x
        let own = magnitudes[index]
        guard own > low else { continue }
        let (dx, dy) = (abs(across[index]), abs(down[index]) << 15)
        let flat = dx * tangent
        let isGreatest: Bool
        if dy < flat {
          isGreatest = own > magnitude(x - 1, y) && own >= magnitude(x + 1, y)
        } else if dy > flat + dx << 16 {
          isGreatest = own > magnitude(x, y - 1) && own >= magnitude(x, y + 1)
        } else {
          let side = (across[index] < 0) != (down[index] < 0) ? -1 : 1
          isGreatest = own > magnitude(x - side, y - 1) && own > magnitude(x + side, y + 1)
        }
        if isGreatest { marks[index] = own > high ? .edge : .candidate }
      }
    }
    return marks
  }

  /// Makes edges of the candidates that touch one.
  func trace(_ marks: inout [Mark]) {
    var reached = marks.indices.filter { marks[$0] == .edge }
    while let index = reached.popLast() {
      let (x, y) = (index % width, index / width)
      for row in max(0, y - 1)...min(height - 1, y + 1) {
        for column in max(0, x - 1)...min(width - 1, x + 1) where marks[row * width + column] == .candidate {
          marks[row * width + column] = .edge
          reached.append(row * width + column)
        }
      }
    }
  }
}

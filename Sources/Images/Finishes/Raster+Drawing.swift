import System

extension Raster {
  /// Strokes of a pencil: lines where the picture is darker than around, hatching where it is dark, crossed where darkest.
  func sketch(grain: Float) -> Raster {
    let around = blurred(2.5 * grain)
    let tone = blurred(grain)
    let hand = Irregularity(size: 14 * grain, number: 1)
    let pressure = [Irregularity(size: 3 * grain, number: 2), Irregularity(size: 3 * grain, number: 3)]
    let fibres = Irregularity(size: max(0.6 * grain, 1), number: 4)
    let directions: [SIMD2<Float>] = [SIMD2(cos(0.8), sin(0.8)), SIMD2(cos(2.2), sin(2.2))]
    let period = 2.4 * grain
    return map { x, y, pixel in
      let line = min(pixel.w / max(around[x, y].w, 0.02), 1)
      let darkness = 1 - tone[x, y].w
      let wobble = hand(x, y) * 2.5 * grain
      func strokes(_ layer: Int) -> Float {
        let along = (SIMD2(Float(x), Float(y)) * directions[layer]).sum() + wobble
        let phase = along / period
        let ridge = abs(phase - phase.rounded(.down) - 0.5) * 2
        return min(max(ridge * (0.6 + 0.8 * pressure[layer](x, y)) * 1.5 - 0.3, 0), 1)
      }
      var light = line * line * line
      light *= 1 - min(max((darkness - 0.18) * 1.6, 0), 0.75) * strokes(0)
      light *= 1 - min(max((darkness - 0.55) * 1.6, 0), 0.6) * strokes(1)
      let paper = 0.97 - 0.05 * fibres(x, y)
      return (0.16 + 0.84 * light) * paper * Pixel(1, 0.99, 0.965, 1)
    }
  }

  /// White lines on blue squared paper.
  func blueprint(grain: Float) -> Raster {
    let lines = lines(grain: grain)
    let print = Irregularity(size: 30 * grain, number: 8)
    let squares = 8 * grain
    let ruling = max(1, 0.4 * grain)
    let chalk = Pixel(0.93, 0.97, 1, 1)
    return map { x, y, pixel in
      var colour = Pixel(0.09, 0.27, 0.55, 0) * (1 + 0.12 * (print(x, y) - 0.5))
      colour += (1 - colour) * (1 - pixel.w) * 0.06
      let isRuled = [x, y].contains { Float($0).truncatingRemainder(dividingBy: squares) < ruling }
      if isRuled { colour += 0.07 }
      let edge = lines[x, y]
      return colour + (chalk - colour) * min(edge.x + edge.y + edge.z, 1)
    }
  }
}

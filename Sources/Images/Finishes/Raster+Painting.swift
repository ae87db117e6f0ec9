extension Raster {
  /// Flat washes whose pigment gathers at their rims and in the paper.
  func watercolour(grain: Float) -> Raster {
    let washes = flattened(reach: max(1, Int((1.5 * grain).rounded()))).flattened(reach: max(1, Int(grain.rounded())))
      .blurred(0.4 * grain)
    let soft = washes.blurred(0.6 * grain)
    let flow = Irregularity(size: 26 * grain, number: 5)
    let cloud = Irregularity(size: 7 * grain, number: 6)
    let fibres = Irregularity(size: max(0.7 * grain, 1), number: 7)
    return washes.map { x, y, wash in
      let across = soft[min(x + 1, width - 1), y].w - soft[max(x - 1, 0), y].w
      let down = soft[x, min(y + 1, height - 1)].w - soft[x, max(y - 1, 0)].w
      let rim = min((abs(across) + abs(down)) / 2 * 4 * grain, 1)
      let density =
        0.95 + 0.86 * (flow(x, y) - 0.5) + 0.33 * (cloud(x, y) - 0.5) + 0.28 * (fibres(x, y) - 0.5) + 0.86 * rim
      // Bousseau 2006, "Interactive watercolor rendering": more pigment darkens a colour, and white not at all.
      let painted = wash * (1 - (1 - wash) * (density - 1))
      return (0.02 + 0.98 * painted.withinUnit)
        * Pixel(1, 0.995, 0.975, 1)
    }
  }

  /// Each pixel the mean of that one of four squares beside it which varies least (Kuwahara 1976): areas become even and edges stay.
  private func flattened(reach: Int) -> Raster {
    // In the place of the brightness stands its square; the mean brightness follows from the mean colour.
    let means = map { _, _, pixel in Pixel(pixel.x, pixel.y, pixel.z, pixel.w * pixel.w) }.averaged(reach: reach)
    return map { x, y, _ in
      var best = (mean: Pixel(), variance: Float.infinity)
      for (across, down) in [(-reach, -reach), (reach, -reach), (-reach, reach), (reach, reach)] {
        let square = means[min(max(x + across, 0), width - 1), min(max(y + down, 0), height - 1)]
        let mean = Raster.pixel(SIMD3(square.x, square.y, square.z))
        let variance = square.w - mean.w * mean.w
        if variance < best.variance { best = (mean, variance) }
      }
      return best.mean
    }
  }
}

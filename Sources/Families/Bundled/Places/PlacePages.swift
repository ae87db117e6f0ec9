import Foundation

/// The colours of places, point by point. Masks are distances in sixty-fourths of the square: edges are soft by two pixels of 128.
enum PlacePages {
  typealias Colour = SIMD3<Float>

  private static func ramp(_ y: Float, _ first: Colour, _ last: Colour, _ begin: Float = 0, _ end: Float = 1) -> Colour
  {
    let share = max(0, min(1, (y - begin) / (end - begin)))
    return first * (1 - share) + last * share
  }

  private static func over(_ below: inout Colour, _ mask: Float, _ colour: Colour) {
    let share = max(0, min(1, mask * 64 + 0.5))
    below = below * (1 - share) + colour * share
  }

  private static func hills(_ x: Float, _ base: Float, _ height: Float, _ length: Float, _ phase: Float) -> Float {
    base - height * (0.5 + 0.5 * sin(2 * .pi * (x / length + phase)))
  }

  private static func remainder(_ value: Float, _ divisor: Float) -> Float {
    value - divisor * (value / divisor).rounded(.down)
  }

  private static func cloud(_ p: PlacePoint, _ x: Float, _ y: Float, _ size: Float) -> Float {
    let lumps: [(Float, Float, Float)] = [(0, 0, 1), (-1.1, 0.25, 0.7), (1.1, 0.2, 0.75), (0.5, -0.45, 0.8)]
    return lumps.reduce(-1) { depth, lump in
      let (across, down) = (p.x - x - size * lump.0, (p.y - y - size * lump.1) * 1.15)
      return max(depth, size * lump.2 - (across * across + down * down).squareRoot())
    }
  }

  static func beach(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [120, 190, 240], [205, 232, 250], 0, 0.5)
    over(&page, p.y - 0.52, [58, 150, 205])
    over(&page, p.y - hills(p.x, 0.70, 0.02, 0.5, 0), [240, 248, 250])
    over(&page, p.y - hills(p.x, 0.725, 0.02, 0.5, 0), [240, 215, 160])
    return page
  }

  static func sea(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [120, 190, 240], [205, 232, 250], 0, 0.55)
    over(&page, p.y - 0.55, ramp(p.y, [74, 166, 216], [28, 104, 176], 0.55, 1))
    for (row, phase): (Float, Float) in [(0.64, 0), (0.76, 0.4), (0.90, 0.1)] {
      over(&page, 0.004 - abs(p.y - hills(p.x, row, 0.015, 0.22, phase)), [140, 204, 236])
    }
    return page
  }

  static func meadow(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [130, 200, 245], [215, 238, 250], 0, 0.6)
    over(&page, p.y - hills(p.x, 0.66, 0.08, 1.1, 0.3), [150, 205, 110])
    over(&page, p.y - hills(p.x, 0.80, 0.05, 0.8, 0), [104, 176, 80])
    return page
  }

  static func snow(_ flakes: PlaceDots) -> (PlacePoint) -> Colour {
    { p in
      var page = ramp(p.y, [150, 180, 210], [205, 222, 236], 0, 0.7)
      over(&page, p.y - hills(p.x, 0.76, 0.06, 1.0, 0.1), [245, 249, 252])
      over(&page, flakes.depth(p), [250, 252, 255])
      return page
    }
  }

  static func night(_ stars: PlaceDots) -> (PlacePoint) -> Colour {
    { p in
      var page = ramp(p.y, [16, 22, 58], [50, 60, 118], 0, 0.85)
      over(&page, stars.depth(p), [245, 240, 205])
      over(&page, p.y - hills(p.x, 0.86, 0.05, 0.9, 0.2), [20, 28, 44])
      return page
    }
  }

  static func city(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [165, 205, 235], [226, 236, 242], 0, 0.7)
    for step in -6..<12 {
      // Heights and shades that look drawn at random.
      let left = Float(step) * 0.16
      let top = 0.365 + 0.185 * sin(Float(step) * 2.4)
      let block = min(p.x - left, left + 0.145 - p.x, p.y - top)
      over(&page, block, Colour(150, 165, 185) * (0.95 + 0.1 * sin(Float(step) * 4.1)))
      let across = 0.012 - abs(remainder(p.x - left - 0.0725 + 0.02, 0.04) - 0.02)
      let down = 0.016 - abs(remainder(p.y - top - 0.05, 0.07) - 0.02)
      over(&page, min(across, down, block - 0.015), [222, 228, 215])
    }
    over(&page, p.y - 0.82, [110, 114, 122])
    return page
  }

  static func desert(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [250, 205, 130], [252, 232, 190], 0, 0.6)
    over(&page, p.y - hills(p.x, 0.68, 0.08, 1.2, 0.6), [232, 180, 105])
    over(&page, p.y - hills(p.x, 0.82, 0.05, 0.9, 0.1), [216, 158, 84])
    return page
  }

  static func sunset(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [98, 70, 140], [250, 150, 90], 0, 0.68)
    let (across, down) = (p.x - 0.5, p.y - 0.68)
    over(&page, 0.16 - (across * across + down * down).squareRoot(), [255, 220, 130])
    over(&page, p.y - 0.70, ramp(p.y, [190, 90, 100], [80, 50, 100], 0.7, 1))
    return page
  }

  static func sky(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [84, 160, 235], [176, 216, 248])
    let clouds: [(Float, Float, Float)] = [
      (0.16, 0.2, 0.11), (0.86, 0.36, 0.12), (0.2, 0.82, 0.12), (-0.35, 0.5, 0.14), (1.4, 0.7, 0.13),
      (0.8, -0.25, 0.13),
      (0.4, 1.3, 0.13),
    ]
    for (x, y, size) in clouds { over(&page, cloud(p, x, y, size), [250, 252, 255]) }
    return page
  }

  static func forest(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [80, 130, 92], [128, 170, 112], 0, 0.8)
    for step in -6..<12 {
      let centre = Float(step) * 0.21 + 0.06 * sin(Float(step) * 5)
      over(&page, 0.032 - abs(p.x - centre), [84, 66, 50])
    }
    over(&page, 0.16 - p.y + 0.03 * sin(p.x * 28), [46, 96, 58])
    over(&page, p.y - hills(p.x, 0.82, 0.03, 0.5, 0.2), [72, 112, 58])
    return page
  }

  static func room(_ p: PlacePoint) -> Colour {
    var page: Colour = [236, 222, 198]
    over(&page, p.y - 0.76, [250, 246, 238])
    over(&page, p.y - 0.79, [176, 124, 80])
    over(&page, min(0.005 - abs(remainder(p.y - 0.79, 0.07) - 0.035), p.y - 0.80), [148, 100, 62])
    return page
  }

  static func table(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [214, 224, 228], [232, 236, 236], 0, 0.7)
    over(&page, p.y - 0.70, [190, 138, 88])
    over(&page, p.y - 0.92, [146, 100, 60])
    return page
  }

  static func underwater(_ bubbles: PlaceDots) -> (PlacePoint) -> Colour {
    { p in
      var page = ramp(p.y, [90, 190, 225], [16, 82, 150])
      let depth = bubbles.depth(p)
      over(&page, min(depth, 0.006 - abs(depth - 0.004)), [190, 230, 245])
      over(&page, p.y - hills(p.x, 0.90, 0.03, 0.6, 0.4), [206, 186, 130])
      return page
    }
  }

  static func space(_ stars: PlaceDots) -> (PlacePoint) -> Colour {
    { p in
      var page = ramp(p.y, [14, 12, 34], [34, 22, 66])
      over(&page, stars.depth(p), [240, 240, 250])
      return page
    }
  }

  static func mountains(_ p: PlacePoint) -> Colour {
    var page = ramp(p.y, [140, 196, 240], [222, 236, 246], 0, 0.6)
    let peaks: [(Float, Float, Float)] = [(0.2, 0.52, 0.42), (0.75, 0.60, 0.48), (-0.4, 0.5, 0.45), (1.35, 0.5, 0.45)]
    for (centre, height, width) in peaks {
      let slope = height * (1 - abs(p.x - centre) / width)
      over(&page, p.y - (0.82 - slope), [122, 136, 158])
      over(&page, min(p.y - (0.82 - slope), 0.82 - height + 0.13 + 0.02 * sin(p.x * 50) - p.y), [246, 249, 252])
    }
    over(&page, p.y - hills(p.x, 0.84, 0.05, 0.9, 0.1), [110, 160, 96])
    return page
  }
}

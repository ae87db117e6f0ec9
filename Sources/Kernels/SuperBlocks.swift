// Blocks of 256 numbers in parts of 16 or 32, whose scales are numbers of 4, 6 or 8 bits times a binary16 ("K quants").

/// Scale and minimum of part `part` of eight, 6 bits each in 12 bytes.
@inline(__always)
private func scaleAndMinimum(_ packed: UnsafeRawPointer, _ part: Int) -> (scale: UInt8, minimum: UInt8) {
  func byte(_ place: Int) -> UInt8 { unsafe packed.load(fromByteOffset: place, as: UInt8.self) }
  if part < 4 { return (byte(part) & 63, byte(part &+ 4) & 63) }
  let low = byte(part &+ 4)
  return ((low & 15) | (byte(part &- 4) &>> 6) &<< 4, (low &>> 4) | (byte(part) &>> 6) &<< 4)
}

@inline(__always)
func widenQ2K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block + 80), half(block + 82))
  for part in 0..<16 {
    let packed = unsafe block.load(fromByteOffset: part, as: UInt8.self)
    let (own, least) = (scale * Float(packed & 15), minimum * Float(packed &>> 4))
    let bytes = unsafe loadBytes(block + (16 &+ part / 8 &* 32 &+ part % 2 &* 16))
    let values = (bytes &>> SIMD16(repeating: UInt8(part % 8 / 2 &* 2))) & 3
    unsafe store(own * numbers(values) - least, target + part &* laneCount)
  }
}

@inline(__always)
func widenQ3K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block + 108)
  let scales = unsafe block + 96
  for part in 0..<16 {
    let low = unsafe scales.load(fromByteOffset: part % 8, as: UInt8.self) &>> UInt8(part / 8 &* 4)
    let high = unsafe scales.load(fromByteOffset: 8 &+ part % 4, as: UInt8.self) &>> UInt8(part / 4 &* 2)
    let own = scale * Float(Int8(bitPattern: (low & 15) | (high & 3) &<< 4) &- 32)
    let bytes = unsafe loadBytes(block + (32 &+ part / 8 &* 32 &+ part % 2 &* 16))
    let values = (bytes &>> SIMD16(repeating: UInt8(part % 8 / 2 &* 2))) & 3
    // A bit that is not set takes four away.
    let mask = unsafe loadBytes(block + part % 2 &* 16) &>> SIMD16(repeating: UInt8(part / 2))
    unsafe store(own * numbers(values | (mask & 1) &<< 2, minus: 4), target + part &* laneCount)
  }
}

@inline(__always)
func widenQ4K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block), half(block + 2))
  for part in 0..<8 {
    let packed = unsafe scaleAndMinimum(block + 4, part)
    let (own, least) = (scale * Float(packed.scale), minimum * Float(packed.minimum))
    for side in 0..<2 {
      let bytes = unsafe loadBytes(block + (16 &+ part / 2 &* 32 &+ side &* 16))
      let values = (bytes &>> SIMD16(repeating: UInt8(part % 2 &* 4))) & 15
      unsafe store(own * numbers(values) - least, target + (2 &* part &+ side) &* laneCount)
    }
  }
}

@inline(__always)
func widenQ5K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = unsafe (half(block), half(block + 2))
  for part in 0..<8 {
    let packed = unsafe scaleAndMinimum(block + 4, part)
    let (own, least) = (scale * Float(packed.scale), minimum * Float(packed.minimum))
    for side in 0..<2 {
      let bytes = unsafe loadBytes(block + (48 &+ part / 2 &* 32 &+ side &* 16))
      let high = unsafe loadBytes(block + (16 &+ side &* 16)) &>> SIMD16(repeating: UInt8(part))
      let values = (bytes &>> SIMD16(repeating: UInt8(part % 2 &* 4))) & 15 | (high & 1) &<< 4
      unsafe store(own * numbers(values) - least, target + (2 &* part &+ side) &* laneCount)
    }
  }
}

@inline(__always)
func widenQ6K(_ block: UnsafeRawPointer, _ target: UnsafeMutablePointer<Float>) {
  let scale = unsafe half(block + 208)
  for part in 0..<16 {
    let own = unsafe scale * Float(block.load(fromByteOffset: 192 &+ part, as: Int8.self))
    let place = part % 8
    let bytes =
      unsafe loadBytes(block + (part / 8 &* 64 &+ place % 4 &* 16)) &>> SIMD16(repeating: UInt8(place / 4 &* 4))
    let high =
      unsafe loadBytes(block + (128 &+ part / 8 &* 32 &+ place % 2 &* 16)) &>> SIMD16(repeating: UInt8(place / 2 &* 2))
    unsafe store(own * numbers(bytes & 15 | (high & 3) &<< 4, minus: 32), target + part &* laneCount)
  }
}

import KernelInterface

/// This module's instruction set: which one is a matter of the flags that Package.swift compiles the module with.
package enum Kernels: KernelSet {
  #if AVX512BF16
    package static let name = "avx512bf16"
  #elseif AVX512VNNI
    package static let name = "avx512vnni"
  #elseif AVX512
    package static let name = "avx512"
  #elseif AVX2VNNI
    package static let name = "avx2vnni"
  #elseif AVX2
    package static let name = "avx2"
  #else
    package static let name = "baseline"
  #endif
}

/// Sixteen values: one AVX-512 register, two of AVX2, four of SSE or NEON.
typealias Lanes = SIMD16<Float>
typealias LaneBits = SIMD16<UInt32>
typealias LaneIntegers = SIMD16<Int32>
let laneCount = 16

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Lanes {
  unsafe UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>) {
  unsafe UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Lanes.self)
}

/// The first `count` (< 16) values; the other lanes are zero.
@inline(__always)
func loadPart(_ pointer: UnsafePointer<Float>, _ count: Int) -> Lanes {
  var value = Lanes(repeating: 0)
  for lane in 0..<count { unsafe value[lane] = pointer[lane] }
  return value
}

@inline(__always)
func storePart(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
  for lane in 0..<count { unsafe pointer[lane] = value[lane] }
}

/// `a * b + c`: fused where the instruction set has it. On baseline x86-64 `addingProduct` would call `fmaf` a lane.
@inline(__always)
func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
  #if AVX512 || AVX2 || arch(arm64)
    c.addingProduct(a, b)
  #else
    a * b + c
  #endif
}

/// The sum of all lanes. The library's `sum()` is compiled once for all three modules, with whichever's instructions.
@inline(__always)
func sum(of value: Lanes) -> Float {
  let eight = value.lowHalf + value.highHalf
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// Every second lane from `first`, 0 or 1. The library's `evenHalf` and `oddHalf` may be compiled once for all modules, as its `sum()`.
@inline(__always)
func alternateLanes<Element>(of value: SIMD32<Element>, from first: Int) -> SIMD16<Element> {
  var half = SIMD16<Element>()
  for lane in 0..<16 { half[lane] = value[2 &* lane &+ first] }
  return half
}

/// Calls `full` for each whole vector of `count` values and `part` for what is left.
@inline(__always)
func forLanes(_ count: Int, full: (Int) -> Void, part: (Int, Int) -> Void) {
  var index = 0
  while index &+ laneCount <= count {
    full(index)
    index &+= laneCount
  }
  if index < count { part(index, count &- index) }
}

/// Working memory for one piece of a loop: uninitialised, aligned, freed when `body` returns.
@inline(__always)
func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  let storage = Storage(count: count)
  unsafe body(storage.base)
  withExtendedLifetime(storage) {}
}

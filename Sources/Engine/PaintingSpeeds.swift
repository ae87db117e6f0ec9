import Foundation
import Painting
import Synchronization
import System
import Tensors

/// What pictures took on this machine, kept in the cache folder, so that pictures can be priced before they are painted.
package final class PaintingSpeeds: Sendable {
  /// Sums over the pictures of one model and painted size.
  private struct Sums: Codable {
    var pictures = 0
    var steps = 0
    var samplingSeconds = 0.0
    /// Everything but the sampling.
    var otherSeconds = 0.0
    var pixels = 0
    var bytes = 0
  }

  private let file: URL
  private let sums: Mutex<[String: Sums]>

  package init(cacheFolder: String) {
    file = URL(fileURLWithPath: cacheFolder).appending(path: "painting-speeds.json")
    let known = try? JSONDecoder().decode([String: Sums].self, from: Data(contentsOf: file))
    sums = Mutex(known ?? [:])
  }

  package func add(_ picture: PaintedPicture, modelHash: String) {
    let timings = picture.painting.timings
    sums.withLock { sums in
      var sum = sums[Self.key(picture.order, modelHash)] ?? Sums()
      // Old pictures count for less and less.
      if sum.pictures >= 1000 { sum = Sums() }
      sum.pictures += 1
      sum.steps += picture.order.steps
      sum.samplingSeconds += timings.sample
      sum.otherSeconds += timings.encode + timings.decode
      sum.pixels += picture.order.size.written.pixels
      sum.bytes += picture.bytes.count
      sums[Self.key(picture.order, modelHash)] = sum
    }
  }

  package func save() {
    // Without it the next price is only a guess.
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    guard let data = sums.withLock({ sums in try? JSONEncoder().encode(sums) }) else { return }
    _ = try? AtomicFile.save(Array(data), to: file.path, ifTaken: .replace)
  }

  /// Seconds and bytes that a picture will take; nil seconds where none of the model has been painted here.
  package func price(_ order: Order, modelHash: String) -> (seconds: Double?, bytes: Int) {
    sums.withLock { sums in
      let steps = Double(order.steps)
      let pixels = order.size.written.pixels
      if let sum = sums[Self.key(order, modelHash)], sum.pictures > 0 {
        let seconds = sum.samplingSeconds / Double(sum.steps) * steps + sum.otherSeconds / Double(sum.pictures)
        return (seconds, sum.bytes * pixels / max(1, sum.pixels))
      }
      // The same model at another size: work grows about as its pixels.
      let painted = Double(order.size.painted.pixels)
      let others = sums.filter { $0.key.hasPrefix("\(modelHash) ") }
      guard let other = others.max(by: { $0.value.pictures < $1.value.pictures }),
        let size = other.key.split(separator: " ").dropFirst().first?.split(separator: "x").compactMap({ Double($0) }),
        size.count == 2
      else { return (nil, pixels * 3 / 2) }
      let scale = painted / (size[0] * size[1])
      let sum = other.value
      let seconds = sum.samplingSeconds / Double(sum.steps) * steps + sum.otherSeconds / Double(sum.pictures)
      return (seconds * scale, sum.bytes * pixels / max(1, sum.pixels))
    }
  }

  private static func key(_ order: Order, _ modelHash: String) -> String {
    let kind = order.isGuided ? "guided \(order.guidance.end)" : "plain"
    // Pictures that are looked at take as long as some of those that are painted.
    let seen = order.seenReferences.reduce(0) { $0 + $1.pixels }
    let precision = order.precision == .float32 ? "" : " \(order.precision.rawValue)"
    let controls = order.model.controls.count { $0.worksAtEachStep }
    let second = order.secondPass.map { " hires \(order.scene.size.painted) \($0.steps)" } ?? ""
    return
      "\(modelHash) \(order.size.painted) \(kind) \(order.settings.deepCache) \(Compute.pool.threadCount)\(seen > 0 ? " \(seen)" : "")\(controls > 0 ? " control \(controls)" : "")\(precision)\(second)"
  }
}

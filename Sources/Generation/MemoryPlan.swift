import Foundation
import Tensors

/// How to paint within a limit of memory: predicted before any weights are read.
package struct MemoryPlan: Sendable, Equatable {
  /// Edge of the tiles, in latents, in which the autoencoder works; nil for the whole picture at once.
  package let tileEdge: Int?
  /// The largest resident size that is expected, in bytes.
  package let predictedBytes: Int

  /// The program itself, its libraries and vocabulary.
  private static let programBytes = 40 << 20
  /// What the threads work on, and idle memory in pieces too short for the next tensor.
  private static let workingBytes = 28 << 20
  private static let writingBytesPerPixel = 7
  /// The rasters that the most demanding finish works on, measured.
  private static let finishingBytesPerPixel = 155
  /// The upscaler's maps of a tile, and its pictures before and after in float32; of the bundled one, measured.
  private static let enlargingBytesPerTilePixel = 600
  private static let enlargingBytesPerPixel = 22
  private static let enlargingTilePixels = 276 * 276
  private static let tileEdges = [64, 48, 32, 24, 16]

  /// Finds the fastest way that fits.
  ///
  /// - Parameters:
  ///   - size: What the model paints, and what is made of it.
  ///   - isGuided: Whether two predictions are made at a time.
  ///   - isFinished: Whether something is done to the painted picture.
  ///   - keepsTextEncoder: Whether it stays while the denoiser works, for the next prompt.
  ///   - limit: In bytes.
  /// - Throws: ``GenerationError/resources(_:)`` when nothing fits.
  package init(
    _ model: Model, size: SizePlan, isGuided: Bool, isFinished: Bool = false, keepsTextEncoder: Bool = false,
    limit: MemoryLimit
  ) throws {
    let needs = try Needs(model, size: size.painted, isGuided: isGuided, keepsTextEncoder: keepsTextEncoder)
    // Pixels before and after, and the file.
    let enlarged = size.enlarged(by: model.profile.enlargement)
    let tile = min(enlarged.pixels / 4, MemoryPlan.enlargingTilePixels)
    let enlarging =
      enlarged == size.painted
      ? 0 : tile * MemoryPlan.enlargingBytesPerTilePixel + enlarged.pixels * MemoryPlan.enlargingBytesPerPixel
    let finishing = isFinished ? size.written.pixels * MemoryPlan.finishingBytesPerPixel : 0
    let writing =
      MemoryPlan.programBytes + max(enlarging, finishing) + size.written.pixels * MemoryPlan.writingBytesPerPixel
    var leanest = Int.max
    for tileEdge in [nil] + MemoryPlan.tileEdges.map(Optional.some) {
      let predicted = max(needs.sampling, needs.decoding(tileEdge: tileEdge), needs.checking, writing)
      leanest = min(leanest, predicted)
      guard predicted <= limit.bytes else { continue }
      self.tileEdge = tileEdge
      predictedBytes = predicted
      return
    }
    throw GenerationError.resources(
      "Painting \(size.written) pixels with \(model.name) takes at least \(ByteCount(leanest)), more than \(limit.reason); a smaller picture takes less."
    )
  }

  /// What the stages of a picture take, in bytes.
  private struct Needs {
    let sizes: Model.WeightSizes
    let latents: Int
    let decodingBytesPerLatent: Int
    let samplingBytesPerLatent: Int
    let keepsTextEncoder: Bool

    init(_ model: Model, size: PictureSize, isGuided: Bool, keepsTextEncoder: Bool) throws {
      self.keepsTextEncoder = keepsTextEncoder
      sizes = try model.weightSizes()
      latents = size.pixels / (model.traits.pixelsPerLatent * model.traits.pixelsPerLatent)
      decodingBytesPerLatent = model.traits.decodingBytesPerLatent
      // Of SD 1.x, measured: skips, one block's maps and the feed-forward part's, for each of the batch.
      samplingBytesPerLatent = (isGuided ? 2 : 1) * 20_000
    }

    var sampling: Int {
      let weights = (keepsTextEncoder ? sizes.textEncoder : 0) + sizes.denoiser
      // Measured: of a UNet's it takes its part however small the picture is.
      let working = min(workingBytes, max(latents * 50_000, sizes.denoiser / 4))
      let activations = latents * samplingBytesPerLatent + working
      return programBytes + max(sizes.textEncoder, weights + activations)
    }

    /// The autoencoder and the safety checker, where there is one.
    var checking: Int {
      sizes.safetyChecker == 0 ? 0 : programBytes + sizes.autoencoder + sizes.safetyChecker
    }

    func decoding(tileEdge: Int?) -> Int {
      let tile = tileEdge.map { min(latents, $0 * $0) } ?? latents
      return programBytes + sizes.autoencoder + tile * decodingBytesPerLatent + latents * 2_000
    }
  }
}

/// So many bytes of memory, and why not more.
package struct MemoryLimit: Sendable {
  package let bytes: Int
  /// As it stands in a sentence: "the 2 GB of --max-memory".
  package let reason: String

  /// What `--max-memory` says.
  package init(wished bytes: Int) {
    self.bytes = bytes
    reason = "the \(ByteCount(bytes)) of --max-memory"
  }

  /// What is left of it when something else has taken its part.
  package func leaving(_ taken: Int, for taker: String) -> MemoryLimit {
    MemoryLimit(bytes: max(0, bytes - taken), reason: "\(reason), of which \(taker) takes \(ByteCount(taken))")
  }

  private init(bytes: Int, reason: String) {
    (self.bytes, self.reason) = (bytes, reason)
  }

  /// The part of one of several pictures that are painted at a time.
  package func share(ofOneIn count: Int) -> MemoryLimit {
    guard count > 1 else { return self }
    return MemoryLimit(bytes: bytes / count, reason: "a share of 1 in \(count) of \(reason)")
  }

  /// What the system has to give: unused memory, within the process's control group.
  package init() {
    let available = MemoryLimit.number(in: "/proc/meminfo", after: "MemAvailable:").map { $0 * 1024 }
    let group = MemoryLimit.number(in: "/sys/fs/cgroup/memory.max", after: "")
    bytes = min(available ?? .max, group ?? .max)
    reason = "the \(ByteCount(bytes)) that this machine has left"
  }

  private static func number(in path: String, after label: String) -> Int? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(label) }
    return line?.dropFirst(label.count).split(separator: " ").first.flatMap { Int($0) }
  }
}

/// A number of bytes in the largest unit that leaves a number above 1: `2.5 GB` (of 2^30 bytes).
package struct ByteCount: Sendable, CustomStringConvertible {
  package let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  /// Reads `2GB`, `2.5 GiB`, `800MB` or `800M`; a bare number is bytes. Nil for anything else, and for nothing at all.
  package init?(parsing text: String) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).trimmingCharacters(in: .whitespaces).lowercased()
    let shifts = [
      "": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
    ]
    guard let value = Double(number), let shift = shifts[unit], value > 0, value < 1e6 || shift == 0, value < 1e15
    else {
      return nil
    }
    self.init(Int(value * Double(1 << shift)))
  }

  package var description: String {
    let value = Double(bytes)
    switch bytes {
    case (1 << 30)...: return "\((value / Double(1 << 30) * 10).rounded() / 10) GB"
    case (1 << 20)...: return "\(Int((value / Double(1 << 20)).rounded())) MB"
    case (10 << 10)...: return "\(Int((value / 1024).rounded())) kB"
    default: return "\(bytes) bytes"
    }
  }
}

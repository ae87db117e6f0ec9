import System

/// How to paint within a limit of memory: predicted before any weights are read.
package struct MemoryPlan: Sendable, Equatable {
  /// Edge of the tiles, in latents, in which the autoencoder works; nil for the whole picture at once.
  package let tileEdge: Int?
  /// Whether there is room for all networks to stay in memory between pictures.
  package let keepsModel: Bool
  /// The largest resident size that is expected, in bytes.
  package let predictedBytes: Int

  /// The program itself, its libraries and vocabulary.
  private static let programBytes = 40 << 20
  /// What the threads work on, and idle memory in pieces too short for the next tensor.
  private static let workingBytes = 28 << 20
  /// Idle memory between one picture and the next, measured.
  private static let restBytes = 4 << 20
  /// Encoding the next prompt while a picture is painted, measured.
  private static let aheadBytes = 15 << 20
  private static let writingBytesPerPixel = 7
  /// The rasters that the most demanding finish works on, measured.
  private static let finishingBytesPerPixel = 155
  /// The upscaler's maps of a tile, and its pictures before and after in float32; of the bundled one, measured.
  private static let enlargingBytesPerTilePixel = 640
  private static let enlargingBytesPerPixel = 22
  /// What fitting an enlarged picture to its size takes, for each pixel of the former, measured.
  private static let fittingBytesPerPixel = 13
  private static let enlargingTilePixels = 276 * 276
  private static let tileEdges = [64, 48, 32, 24, 16]

  /// Finds the fastest way that fits.
  ///
  /// - Parameters:
  ///   - size: What the model paints, and what is made of it.
  ///   - isGuided: Whether two predictions are made at a time.
  ///   - isFinished: Whether something is done to the painted picture.
  ///   - isLaidOut: Whether it is painted window by window, each with a prompt.
  ///   - paintsSeveral: Whether one picture follows the other; then the networks should stay, if they can.
  ///   - encodesAhead: Whether the next prompt is encoded meanwhile, for which the text encoder stays in any case.
  ///   - limit: In bytes.
  /// - Throws: ``GenerationError/resources(_:)`` when nothing fits.
  package init(
    _ model: Model, size: SizePlan, isGuided: Bool, isFinished: Bool = false, isLaidOut: Bool = false,
    paintsSeveral: Bool = false, encodesAhead: Bool = false, limit: MemoryLimit
  ) throws {
    // Pixels before and after, and the file.
    let enlarged = size.enlarged(by: model.profile.enlargement)
    let tile = min(enlarged.pixels / 4, MemoryPlan.enlargingTilePixels)
    let enlarging =
      enlarged == size.painted
      ? 0 : tile * MemoryPlan.enlargingBytesPerTilePixel + enlarged.pixels * MemoryPlan.enlargingBytesPerPixel
    let fitting = enlarged == size.written ? 0 : enlarged.pixels * MemoryPlan.fittingBytesPerPixel
    let finishing = isFinished ? size.written.pixels * MemoryPlan.finishingBytesPerPixel : 0
    let writing = max(enlarging + fitting, finishing) + size.written.pixels * MemoryPlan.writingBytesPerPixel
    var leanest = Int.max
    var needs = try Needs(
      model, size: size.painted, isGuided: isGuided, window: isLaidOut ? model.profile.layouts?.window : nil,
      paintsSeveral: paintsSeveral, encodesAhead: encodesAhead)
    for keepsModel in paintsSeveral ? [true, false] : [false] {
      needs.keepsModel = keepsModel
      for tileEdge in [nil] + MemoryPlan.tileEdges.map(Optional.some) {
        let predicted = max(
          needs.sampling, needs.decoding(tileEdge: tileEdge), needs.checking, needs.finishing(bytes: writing))
        leanest = min(leanest, predicted)
        guard predicted <= limit.bytes else { continue }
        self.tileEdge = tileEdge
        self.keepsModel = keepsModel
        predictedBytes = predicted
        return
      }
    }
    throw GenerationError.resources(
      "Painting \(size.written) pixels with \(model.name) takes at least \(ByteCount(leanest).rounded(.up)), more than \(limit.reason); a smaller picture takes less."
    )
  }

  /// What the stages of a picture take, in bytes.
  private struct Needs {
    private let sizes: Model.WeightSizes
    private let latents: Int
    /// That are denoised at a time.
    private let sampledLatents: Int
    private let decodingBytesPerLatent: Int
    private let samplingBytesPerLatent: Int
    private let isLaidOut: Bool
    private let paintsSeveral: Bool
    private let encodesAhead: Bool
    /// Whether all networks stay in memory.
    var keepsModel = false

    /// - Parameter window: Edge of the squares that are painted one after the other, in pixels; nil where the picture is painted at once.
    init(
      _ model: Model, size: PictureSize, isGuided: Bool, window: Int?, paintsSeveral: Bool, encodesAhead: Bool
    ) throws {
      isLaidOut = window != nil
      self.paintsSeveral = paintsSeveral
      self.encodesAhead = encodesAhead
      sizes = try model.weightSizes()
      let pixelsPerLatent = model.traits.pixelsPerLatent * model.traits.pixelsPerLatent
      latents = size.pixels / pixelsPerLatent
      sampledLatents = window.map { $0 * $0 / pixelsPerLatent } ?? latents
      decodingBytesPerLatent = model.traits.decodingBytesPerLatent
      // Of SD 1.x, measured: skips, one block's maps and the feed-forward part's, for each of the batch.
      samplingBytesPerLatent = (isGuided ? 2 : 1) * 20_000
    }

    var sampling: Int {
      // Measured: of a UNet's it takes its part however small the picture is.
      let working = min(workingBytes, max(sampledLatents * 50_000, sizes.denoiser / 4))
      let activations = sampledLatents * samplingBytesPerLatent + working
      // Windows are encoded one after the other, and the plain ground before them all.
      let denoising = isLaidOut ? whole : held(besides: sizes.denoiser)
      return programBytes + max(sizes.textEncoder, denoising + activations)
    }

    /// The autoencoder and the safety checker, where there is one.
    var checking: Int {
      sizes.safetyChecker == 0 ? 0 : programBytes + held(besides: sizes.autoencoder) + sizes.safetyChecker
    }

    func decoding(tileEdge: Int?) -> Int {
      let tile = tileEdge.map { min(latents, $0 * $0) } ?? latents
      return programBytes + held(besides: sizes.autoencoder) + tile * decodingBytesPerLatent + latents * 2_000
    }

    /// Enlarging, finishing and writing a picture, which takes so much itself.
    func finishing(bytes: Int) -> Int { programBytes + held(besides: 0) + bytes }

    private var whole: Int { sizes.textEncoder + sizes.denoiser + sizes.autoencoder }

    /// The weights in memory while those of so many bytes are at work.
    private func held(besides own: Int) -> Int {
      let ahead = encodesAhead ? aheadBytes : 0
      if keepsModel { return whole + restBytes + ahead }
      // The autoencoder is never given back; half of it, the encoder, has seldom been touched.
      let left = paintsSeveral ? (own == sizes.autoencoder ? 0 : sizes.autoencoder / 2) + restBytes : 0
      return own + left + (encodesAhead ? sizes.textEncoder : 0) + ahead
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
    let rest = max(0, bytes - taken)
    return MemoryLimit(
      bytes: rest, reason: "the \(ByteCount(rest).rounded(.down)) that \(taker) leaves of \(reason)")
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
    bytes = Machine.current.availableMemory ?? .max
    reason = "the \(ByteCount(bytes)) that this machine has left"
  }
}

import Families
import Images
import System
import Tensors

/// How to paint within a limit of memory: predicted before any weights are read.
package struct MemoryPlan: Sendable, Equatable {
  /// Edge of the tiles, in latents, in which the autoencoder works; nil for the whole picture at once.
  package let tileEdge: Int?
  /// Whether there is room for all networks to stay in memory between pictures.
  package let keepsModel: Bool
  /// Bytes of the denoiser's weights that stay in memory, the others being read again at each evaluation; nil for all.
  package let keptWeights: Int?
  /// Edge of the tiles, in pixels, in which the painted picture is enlarged.
  package let enlargingEdge: Int
  /// Edge of the tiles, in pixels, in which the first of two passes is enlarged.
  package let hiresEdge: Int
  /// The largest resident size that is expected, in bytes.
  package let predictedBytes: Int

  /// The program itself, its libraries and vocabulary.
  private static let programBytes = 40 << 20
  /// What the threads work on, and idle memory in pieces too short for the next tensor.
  private static let workingBytes = 28 << 20
  /// Idle memory between one picture and the next, measured.
  private static let idleBytes = 4 << 20
  /// Encoding the next prompt while a picture is painted, measured.
  private static let aheadBytes = 15 << 20
  private static let writingBytesPerPixel = 7
  /// The rasters that the most demanding finish works on, measured.
  private static let finishingBytesPerPixel = 155
  /// What fitting an enlarged picture to its size takes, for each pixel of the former, measured.
  private static let fittingBytesPerPixel = 13
  private static let tileEdges = [64, 48, 32, 24, 16]

  /// What a plan is for.
  package struct Work: Sendable, Hashable {
    package let size: SizePlan
    /// Whether two predictions are made at a time.
    package let isGuided: Bool
    /// Whether something is done to the painted picture.
    package let isFinished: Bool
    /// Pictures that the prompt speaks of.
    package let references: [PictureSize]
    /// How the denoiser multiplies.
    package let precision: Precision
    /// Bytes that painting it over in a style takes.
    package var restyling = 0
    /// The ways to enlarge it, the fastest first; none where it stays as large as it is.
    package var enlarging: [PictureUpscaler.Plan] = []
    /// Pixels that are painted before the second of two passes; nil where there is one.
    package var firstPass: PictureSize?
    /// Whether the second begins with latents, so that nothing is decoded and encoded between.
    package var staysLatent = false
    /// The ways to enlarge the first of them by a network, the fastest first.
    package var hires: [PictureUpscaler.Plan] = []
    /// Whether attention looks at another picture too.
    package var attendsToStyle = false
    /// How many times larger it becomes, along each side.
    package var enlargement = 1
    /// Whether limn's own filter looks at it.
    package var isFiltered = false

    package init(
      size: SizePlan, isGuided: Bool, isFinished: Bool = false, references: [PictureSize] = [],
      precision: Precision = .float32
    ) {
      self.size = size
      self.isGuided = isGuided
      self.isFinished = isFinished
      self.references = references
      self.precision = precision
    }

    package init(_ order: Order) throws {
      self.init(
        size: order.size, isGuided: order.isGuided, isFinished: order.finish != nil || order.scene.backdrop != nil,
        references: order.seenReferences, precision: order.precision)
      enlargement = order.enlargement
      attendsToStyle = order.settings.styleMethod == .attention
      if let second = order.secondPass {
        let first = order.scene.size.painted
        firstPass = first
        if case .latent = second.upscaler { staysLatent = true }
        let factor = SecondPass.networkFactor(Double(second.size.painted.width) / Double(first.width))
        hires = try order.tools.hiresUpscaler?.plans(first, factor: factor) ?? []
      }
      isFiltered = order.tools.filter != nil && order.prompt.usesPictureFilter
      enlarging = try order.tools.upscaler?.plans(size.written, factor: enlargement) ?? []
      if order.tools.styles != nil { restyling = StyleTransfer.bytes(for: size.written, channels: 3) }
    }

    /// Pixels of the picture that is written.
    fileprivate var pixels: Int { size.written.pixels * enlargement * enlargement }
  }

  /// Finds the fastest way that fits.
  ///
  /// - Parameters:
  ///   - paintsSeveral: Whether one picture follows the other; then the networks should stay, if they can.
  ///   - encodesAhead: Whether the next prompt is encoded meanwhile, for which the text encoder stays in any case.
  /// - Throws: ``UserError/resources(_:)`` when nothing fits.
  package init(
    _ model: Model, _ work: Work, paintsSeveral: Bool = false, encodesAhead: Bool = false, limit: MemoryLimit
  ) throws {
    var bytes = try model.family.bytes(
      work.size, isGuided: work.isGuided, references: work.references, precision: work.precision,
      controls: model.controls, pictures: model.pictureAdapters)
    // Keys and values of two pictures, of all layers that attend to them, and of both at once: less than the maps of the layers.
    if work.attendsToStyle { bytes.sampling *= 2 }
    var needs = Needs(
      bytes: bytes,
      safetyChecker: max(try model.safetyCheckerBytes(), work.isFiltered ? PictureFilter.bytes : 0),
      paintsSeveral: paintsSeveral, encodesAhead: encodesAhead)
    let writing = max(MemoryPlan.writing(work, bytes), work.restyling, work.enlarging.last?.bytes ?? 0)
    var leanest = Int.max
    for (keepsModel, streams) in MemoryPlan.ways(paintsSeveral: paintsSeveral, streams: bytes.largestWeight != nil) {
      needs.keepsModel = keepsModel
      let sampling = streams ? needs.streaming : needs.sampling
      for tileEdge in [nil] + MemoryPlan.tileEdges.map(Optional.some) {
        let predicted = max(
          sampling, needs.decoding(tileEdge: tileEdge), needs.checking, needs.finishing(bytes: writing),
          MemoryPlan.between(work, needs, tileEdge: tileEdge, streams: streams))
        leanest = min(leanest, predicted)
        guard predicted <= limit.bytes else { continue }
        self.tileEdge = tileEdge
        self.keepsModel = keepsModel
        keptWeights = streams ? limit.bytes - sampling : nil
        let enlarging = work.enlarging.first { needs.finishing(bytes: $0.bytes) <= limit.bytes } ?? work.enlarging.last
        enlargingEdge = enlarging?.tileEdge ?? PictureUpscaler.largestTileEdge
        let hires =
          work.hires.first { needs.enlarging(bytes: $0.bytes, streams: streams) <= limit.bytes } ?? work.hires.last
        hiresEdge = hires?.tileEdge ?? PictureUpscaler.largestTileEdge
        predictedBytes = streams ? limit.bytes : max(predicted, enlarging.map { needs.finishing(bytes: $0.bytes) } ?? 0)
        return
      }
    }
    throw UserError.resources(
      "Painting \(work.size.written) pixels with \(model.name) takes at least \(ByteCount(leanest).rounded(.up)), more than \(limit.reason); a smaller picture takes less."
    )
  }

  /// Whether all networks stay, and whether the denoiser's weights are read again and again: the fastest first.
  private static func ways(paintsSeveral: Bool, streams: Bool) -> [(keepsModel: Bool, streams: Bool)] {
    (paintsSeveral ? [(true, false)] : []) + [(false, false)] + (streams ? [(false, true)] : [])
  }

  /// Between two passes: decoding the first, enlarging it and encoding it for the second, all networks at hand.
  private static func between(_ work: Work, _ needs: Needs, tileEdge: Int?, streams: Bool) -> Int {
    guard work.firstPass != nil, !work.staysLatent else { return 0 }
    return max(
      needs.coding(tileEdge: tileEdge, streams: streams),
      work.hires.last.map { needs.enlarging(bytes: $0.bytes, streams: streams) } ?? 0)
  }

  /// Enlarging, finishing and encoding a picture: pixels before and after, and the file.
  private static func writing(_ work: Work, _ bytes: StageBytes) -> Int {
    let fitting = bytes.enlarged == work.size.written.pixels ? 0 : bytes.enlarged * fittingBytesPerPixel
    let finishing = work.isFinished ? work.pixels * finishingBytesPerPixel : 0
    return max(bytes.enlarging + fitting, finishing) + work.pixels * writingBytesPerPixel
  }

  /// What the stages of a picture take, in bytes.
  private struct Needs {
    let bytes: StageBytes
    let safetyChecker: Int
    let paintsSeveral: Bool
    let encodesAhead: Bool
    /// Whether all networks stay in memory.
    var keepsModel = false

    var sampling: Int {
      let denoising = bytes.takesTurns ? whole : held(besides: bytes.denoiser + bytes.control)
      // Measured: of a UNet's it takes its part however small the picture is.
      let working = min(workingBytes, max(bytes.sampledLatents * 50_000, bytes.denoiser / 4))
      return programBytes
        + max(
          bytes.text, held(besides: bytes.seeing), denoising + bytes.sampling + working)
    }

    /// The same with none of the denoiser's weights in memory but the one at work, packed and as it lies in the file.
    var streaming: Int {
      let weights = bytes.denoiser - 2 * (bytes.largestWeight ?? 0)
      return max(programBytes + bytes.text, sampling - max(0, weights))
    }

    /// The autoencoder and the larger of the safety checker, where there is one, and the filter.
    var checking: Int {
      safetyChecker == 0 ? 0 : programBytes + held(besides: bytes.autoencoder) + safetyChecker
    }

    func decoding(tileEdge: Int?) -> Int {
      let tile = tileEdge.map { min(bytes.latents, $0 * $0) } ?? bytes.latents
      return programBytes + held(besides: bytes.autoencoder) + tile * bytes.decodingPerLatent + bytes.latents * 2_000
    }

    /// The same while the denoiser waits for its second pass.
    func coding(tileEdge: Int?, streams: Bool) -> Int {
      decoding(tileEdge: tileEdge) + waiting(streams: streams)
    }

    /// Enlarging the first of two passes, while denoiser and autoencoder wait.
    func enlarging(bytes working: Int, streams: Bool) -> Int {
      programBytes + held(besides: bytes.autoencoder) + waiting(streams: streams) + working
    }

    private func waiting(streams: Bool) -> Int {
      keepsModel || bytes.takesTurns || streams ? 0 : bytes.denoiser + bytes.control
    }

    func finishing(bytes: Int) -> Int { programBytes + held(besides: 0) + bytes }

    private var whole: Int { bytes.text + bytes.denoiser + bytes.control + bytes.autoencoder }

    /// The weights in memory while those of so many bytes are at work.
    private func held(besides own: Int) -> Int {
      let ahead = encodesAhead ? aheadBytes : 0
      if keepsModel { return whole + idleBytes + ahead }
      // The autoencoder is never given back; half of it, the encoder, has seldom been touched.
      let left = paintsSeveral ? (own == bytes.autoencoder ? 0 : bytes.autoencoder / 2) + idleBytes : 0
      return own + left + (encodesAhead ? bytes.text : 0) + ahead
    }
  }
}

/// So many bytes of memory, and why not more.
package struct MemoryLimit: Sendable {
  package let bytes: Int
  /// As it stands in a sentence: "the 2 GB of `max-memory`".
  package let reason: String
  /// Whether a person set it.
  package var isWished = false

  /// What a person wants to be kept.
  package init(wished bytes: Int) {
    self.bytes = bytes
    isWished = true
    reason = "the \(ByteCount(bytes)) of `max-memory`"
  }

  /// What the system has to give: unused memory, within the process's control groups.
  package init(_ machine: Machine = .current) {
    bytes = machine.availableMemory ?? .max
    reason = "the \(ByteCount(bytes)) that this machine has left"
  }

  private init(bytes: Int, reason: String) {
    (self.bytes, self.reason) = (bytes, reason)
  }

  /// Decodes a picture where there is room for that.
  /// - Throws: ``UserError/resources(_:)`` where there is not; ``PictureError``.
  package func decode(_ file: PictureFile) throws -> Picture {
    guard file.decodingBytes <= bytes else {
      throw UserError.resources(
        "Reading \(file.name) takes \(ByteCount(file.decodingBytes).rounded(.up)), more than \(reason); make the picture smaller."
      )
    }
    return try file.decoded()
  }

  /// What is left of it when something else has taken its part.
  package func leaving(_ taken: Int, for taker: String) -> MemoryLimit {
    let rest = max(0, bytes - taken)
    return MemoryLimit(
      bytes: rest, reason: "the \(ByteCount(rest).rounded(.down)) that \(taker) leaves of \(reason)")
  }

  /// The part of one of several pictures that are painted at a time.
  package func share(ofOneIn count: Int) -> MemoryLimit {
    guard count > 1 else { return self }
    return MemoryLimit(bytes: bytes / count, reason: "a share of 1 in \(count) of \(reason)")
  }
}

import Foundation
import Generation
import Guardrail
import Images
import Synchronization

/// Paints the pictures of one order, one after the other, and puts each where it belongs.
struct PaintingSession {
  private let model: Model
  private let order: Order
  private let memory: MemoryPlan
  private let output: OutputOptions
  /// Seconds from the start of the process until the session began.
  private let startSeconds: Double
  private var bar: ProgressBar
  private var preview: Preview
  private let modelHash: BackgroundHash?

  init(model: Model, order: Order, memory: MemoryPlan, output: OutputOptions, startSeconds: Double) {
    self.model = model
    self.order = order
    self.memory = memory
    self.output = output
    self.startSeconds = startSeconds
    bar = ProgressBar(isShown: Console.isTerminal && !output.quiet)
    preview = Preview(output.preview ?? .none, isQuiet: output.quiet, showsSteps: output.previewSteps)
    modelHash = output.metadata == .full ? BackgroundHash(model.hashedFile) : nil
  }

  mutating func paintAll(_ prompt: ApprovedPrompt) throws {
    if output.output != "-" { try AtomicFile.check(target(seed: order.request.seed), ifTaken: collision) }
    var painter = Painter(model)
    painter.memory = memory
    if output.verbose { Console.note("expecting to take \(ByteCount(memory.predictedBytes)) of memory") }
    var warnings: [String] = []
    for index in 0..<order.count {
      painter.keepsModel = index < order.count - 1
      var request = order.request
      request.seed += UInt64(index)
      var painting = try paint(prompt, request, with: painter, index: index)
      if index == 0 { painting.timings.addStart(startSeconds) }
      for warning in painting.warnings where !warnings.contains(warning) && !output.quiet {
        Console.warning(warning)
        warnings.append(warning)
      }
      try deliver(&painting, request)
    }
  }

  private mutating func paint(
    _ prompt: ApprovedPrompt, _ request: PaintingRequest, with painter: Painter, index: Int
  ) throws -> Painter.Painting {
    let prefix = order.count > 1 ? "\(index + 1)/\(order.count)" : "painting"
    defer { bar.clear() }
    return try painter.paint(prompt, request) { progress in
      switch progress {
      case .loading: bar.stage("loading \(model.name)")
      case .encoding: bar.stage("reading the prompt")
      case .sampling(let done, let total, let picture):
        bar.step(done, of: total, prefix: prefix)
        if preview.wants(step: done, of: total), let picture = picture() {
          bar.clear()
          preview.show(picture, size: request.size.painted, isFinal: false)
          bar.step(done, of: total, prefix: prefix)
        }
      case .decoding: bar.stage("developing")
      }
    }
  }

  /// Encodes, writes and reports a picture.
  private mutating func deliver(_ painting: inout Painter.Painting, _ request: PaintingRequest) throws {
    let record = parameters(request, painting)
    let texts = output.metadata.texts(
      parameters: record, source: request.reference == nil ? .painted : .repainted, software: "limn \(Limn.version)")
    var path = "-"
    let picture = painting.picture
    try painting.timings.measure(\.write) {
      let bytes = try PNGEncoder.encode(picture, texts: texts)
      if output.output == "-" {
        try writeToStandardOutput(bytes)
      } else {
        path = try AtomicFile.save(bytes, to: target(seed: request.seed), ifTaken: collision)
      }
    }
    preview.show(picture, size: request.size.painted, isFinal: true)
    if output.json {
      print(try PictureRecord(path: path, request: request, painting: painting, parameters: record).json)
    } else if path != "-", !output.quiet {
      // A result when piped, a note when a person watches: either way the path.
      print(path)
    }
    if output.verbose { Console.note(painting.timings.sentence) }
  }

  private func writeToStandardOutput(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch CocoaError.fileWriteOutOfSpace {
      throw AtomicFileError.noSpace(path: "Standard output", bytes: bytes.count)
    } catch {
      throw AtomicFileError.refused(path: "Standard output", reason: "it is closed, or open for reading only")
    }
  }

  /// A name given by the user is theirs to overwrite; with several pictures, or a name of our own, nothing is.
  private var collision: AtomicFile.Collision { output.output == nil || order.count > 1 ? .rename : .replace }

  private func target(seed: UInt64) -> String {
    output.output ?? "\(Slug.slug(of: order.typedPrompt))-\(seed).png"
  }

  private func parameters(_ request: PaintingRequest, _ painting: Painter.Painting) -> GenerationParameters {
    var parameters = GenerationParameters()
    parameters.prompt = order.prompt
    parameters.negativePrompt = order.negative
    parameters.steps = request.steps
    parameters.sampler = painting.sampler.rawValue
    parameters.schedule = request.schedule == .model ? nil : request.schedule.rawValue
    parameters.guidance = request.guidance
    parameters.seed = request.seed
    parameters.width = painting.picture.width
    parameters.height = painting.picture.height
    parameters.modelHash = modelHash?.digits
    parameters.model = model.name
    parameters.strength = request.reference?.strength
    parameters.clipSkip = request.clipSkip > 0 ? request.clipSkip + 1 : nil
    parameters.randomSource = request.randomKind.rawValue
    if let style = order.style { parameters.others.append(.init("Style", style)) }
    if let spacing = request.spacing { parameters.others.append(.init("Spacing", spacing.rawValue)) }
    if request.promptSyntax != .plain {
      parameters.others.append(.init("Prompt syntax", request.promptSyntax.rawValue))
    }
    if request.size.painted != request.size.written {
      parameters.others.append(.init("Painted size", "\(request.size.painted)"))
    }
    parameters.version = "limn \(Limn.version)"
    return parameters
  }
}

extension StageTimings {
  /// `load 0.10 s, encode 0.01 s, sample 0.93 s, decode 0.05 s, write 0.01 s; 1.10 s in all`
  var sentence: String {
    let stages = [("load", load), ("encode", encode), ("sample", sample), ("decode", decode), ("write", write)]
    let parts = stages.map { "\($0.0) \(ProgressBar.brief($0.1))" }.joined(separator: ", ")
    return "\(parts); \(ProgressBar.brief(total)) in all"
  }
}

/// The model's hash, worked out beside the painting.
private final class BackgroundHash: Sendable {
  private let result = Mutex<String?>(nil)
  private let done = DispatchSemaphore(value: 0)

  init(_ path: String) {
    let hash = ModelHash(cacheFolder: Installation.cacheFolder)
    DispatchQueue.global(qos: .utility).async { [self] in
      let digits = hash(path)
      result.withLock { $0 = digits }
      done.signal()
    }
  }

  /// Waits for it where it is not ready.
  var digits: String? {
    done.wait()
    done.signal()
    return result.withLock { $0 }
  }
}

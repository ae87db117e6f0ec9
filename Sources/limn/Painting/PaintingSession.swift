import Foundation
import Generation
import Guardrail
import Images
import Synchronization
import System

/// Keeps one model loaded and paints order after order with it, showing a person how far it is.
///
/// It knows neither flags nor files: orders come from ``Generate`` or a batch, ``PictureWriter`` takes the paintings.
struct PaintingSession {
  let model: Model
  private let limit: MemoryLimit
  private let presentation: Presentation
  private let paintsSeveral: Bool
  /// Seconds from the start of the process until the first painting; counted with that.
  private var startSeconds: Double
  private var painter: Painter
  private var plans: [PlanKey: MemoryPlan] = [:]
  private var bar: ProgressBar
  private var preview: Preview
  private let notes: SaidNotes

  /// What a person sees of the painting on standard error.
  struct Presentation: Sendable {
    var isQuiet = false
    var isVerbose = false
    var preview = PreviewOption.none
    var showsSteps = false
    /// Whether each picture has a bar of its own.
    var showsBar = true
  }

  /// - Parameters:
  ///   - paintsSeveral: Whether one picture follows the other.
  ///   - encodings: Keeps the encodings of prompts that come again.
  ///   - notes: What was said already, by this session or another.
  init(
    model: Model, limit: MemoryLimit, presentation: Presentation, paintsSeveral: Bool, startSeconds: Double = 0,
    encodings: EncodingCache? = nil, notes: SaidNotes = SaidNotes()
  ) {
    self.model = model
    self.limit = limit
    self.presentation = presentation
    self.paintsSeveral = paintsSeveral
    self.startSeconds = startSeconds
    painter = Painter(model)
    painter.encodings = encodings
    self.notes = notes
    bar = ProgressBar(isShown: Console.isTerminal && !presentation.isQuiet && presentation.showsBar)
    preview = Preview(presentation.preview, isQuiet: presentation.isQuiet, showsSteps: presentation.showsSteps)
  }

  /// How the order will be painted within the limit of memory.
  /// - Throws: ``GenerationError/resources(_:)`` where it cannot.
  @discardableResult
  mutating func plan(_ order: Order) throws -> MemoryPlan {
    let key = PlanKey(
      size: order.request.size, isGuided: order.request.guidance > 1, isFinished: order.request.finish != nil,
      isLaidOut: order.request.layout != nil)
    if let plan = plans[key] { return plan }
    let plan = try MemoryPlan(
      model, size: key.size, isGuided: key.isGuided, isFinished: key.isFinished, isLaidOut: key.isLaidOut,
      paintsSeveral: paintsSeveral, encodesAhead: painter.encodings != nil, limit: limit)
    let expectation = "expecting to take \(ByteCount(plan.predictedBytes)) of memory"
    if presentation.isVerbose, notes.isNew(expectation) { Console.note(expectation) }
    plans[key] = plan
    return plan
  }

  /// Paints one picture.
  ///
  /// - Parameters:
  ///   - prompt: The order's prompts, let pass by the guardrail.
  ///   - label: Stands before the bar: which picture this is.
  ///   - isLast: Whether the model's networks may leave memory on the way.
  ///   - onStep: Hears of each step done; an error thrown there ends the painting.
  mutating func paint(
    _ order: Order, _ prompt: ApprovedPrompt, label: String = "painting", isLast: Bool,
    onStep: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> Painter.Painting {
    precondition(
      prompt.prompt == order.prompt && prompt.negative == order.negative, "paint: the prompt approved is another")
    let plan = try plan(order)
    painter.memory = plan
    painter.keepsModel = !isLast && plan.keepsModel
    defer { bar.clear() }
    var painting = try painter.paint(prompt, order.request) { progress in
      switch progress {
      case .loading: bar.stage("loading \(model.name)")
      case .encoding: bar.stage("reading the prompt")
      case .sampling(let done, let total, let picture):
        bar.step(done, of: total, prefix: label)
        if preview.wants(step: done, of: total), let picture = picture() {
          bar.clear()
          preview.show(picture, size: order.request.size.painted, isFinal: false)
          bar.step(done, of: total, prefix: label)
        }
        try onStep(done, total)
      case .decoding: bar.stage("developing")
      }
    }
    painting.timings.addStart(startSeconds)
    startSeconds = 0
    if !presentation.isQuiet {
      bar.clear()
      for warning in painting.warnings where notes.isNew(warning) { Console.warning(warning) }
    }
    // Said when the prompt was approved; it stays with the picture.
    if let warning = prompt.warning { painting.warnings.insert(warning, at: 0) }
    return painting
  }

  /// Encodes a prompt that will be painted, on any thread; what is wrong with it shows when it is painted.
  var preparing: @Sendable (ApprovedPrompt, PaintingRequest) -> Void {
    { [painter] prompt, request in painter.prepare(prompt, request) }
  }

  /// Gives the model's memory back.
  func release() {
    model.releaseTextEncoder()
    model.releaseDenoiser()
  }

  /// Draws the finished picture where previews are wanted, and says how long it took where that is.
  mutating func show(_ picture: PaintedPicture) {
    preview.show(picture.painting.picture, size: picture.order.request.size.painted, isFinal: true)
    if presentation.isVerbose { Console.note(picture.painting.timings.sentence) }
  }

  private struct PlanKey: Hashable {
    let size: SizePlan
    let isGuided: Bool
    let isFinished: Bool
    let isLaidOut: Bool
  }
}

/// What a person has read on the way: nothing is said twice.
final class SaidNotes: Sendable {
  private let said = Mutex<Set<String>>([])

  /// True the first time.
  func isNew(_ note: String) -> Bool { said.withLock { $0.insert(note).inserted } }
}

extension StageTimings {
  /// `load 0.10 s, encode 0.01 s, sample 0.93 s, decode 0.05 s, write 0.01 s; 1.10 s in all`
  var sentence: String {
    let stages: [(String, Double?)] = [
      ("load", load), ("encode", encode), ("sample", sample), ("decode", decode), ("judge", judge), ("write", write),
    ]
    let parts = stages.compactMap { name, seconds in seconds.map { "\(name) \(ProgressBar.brief($0))" } }
      .joined(separator: ", ")
    return "\(parts); \(ProgressBar.brief(total)) in all"
  }
}

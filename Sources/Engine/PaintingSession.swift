import Families
import Foundation
import Images
import Painting
import Synchronization
import System

/// Keeps one model loaded and paints order after order with it, on threads of its own; several sessions share the
/// processors fairly.
package final class PaintingSession: Sendable {
  package let model: Model
  private let limit: MemoryLimit
  private let paintsSeveral: Bool
  private let conditions: ConditionCache?
  /// Judges pictures of models that know what right ones score.
  private let match = Mutex<PromptMatch?>(nil)
  private let plans = Mutex<[MemoryPlan.Work: MemoryPlan]>([:])
  /// Seconds from the start of the process until the first painting; counted with that.
  private let startSeconds: Mutex<Double>

  /// - Parameters:
  ///   - paintsSeveral: Whether one picture follows the other.
  ///   - conditions: Keeps the conditions of prompts that come again.
  package init(
    _ model: Model, limit: MemoryLimit, paintsSeveral: Bool, startSeconds: Double = 0,
    conditions: ConditionCache? = nil
  ) {
    self.model = model
    self.limit = limit
    self.paintsSeveral = paintsSeveral
    self.conditions = conditions
    self.startSeconds = Mutex(startSeconds)
  }

  /// How the order will be painted within the limit of memory.
  /// - Throws: ``UserError/resources(_:)`` where it cannot.
  @discardableResult
  package func plan(_ order: Order) throws -> MemoryPlan {
    let work = try MemoryPlan.Work(order)
    return try plans.withLock { plans in
      if let plan = plans[work] { return plan }
      let plan = try MemoryPlan(
        model, work, paintsSeveral: paintsSeveral, encodesAhead: conditions != nil, limit: limit)
      plans[work] = plan
      return plan
    }
  }

  /// Paints one picture. Cancelling the task ends it within one step.
  ///
  /// - Parameters:
  ///   - isLast: Whether the model's networks may leave memory on the way.
  ///   - progress: Hears of the work as it goes on, on the painting thread; an error thrown there ends it.
  /// - Throws: `CancellationError`, and what ``Painter/paint(_:progress:)`` throws.
  package func paint(
    _ order: Order, isLast: Bool, progress: @escaping @Sendable (Painter.Progress) throws -> Void = { _ in }
  ) async throws -> Painting {
    let plan = try plan(order)
    var painter = painter(plan)
    painter.keepsModel = !isLast && plan.keepsModel
    let isCancelled = CancellationMark()
    var painting = try await withTaskCancellationHandler {
      try await PaintingThread.run { [painter] in
        var painting = try painter.paint(order) { step in
          if isCancelled.isSet { throw CancellationError() }
          try progress(step)
        }
        try self.judge(&painting, order)
        return painting
      }
    } onCancel: {
      isCancelled.set()
    }
    painting.timings.addStart(
      startSeconds.withLock { seconds in
        defer { seconds = 0 }
        return seconds
      })
    // Said when the prompt was approved; it stays with the picture.
    if let warning = order.prompt.warning { painting.warnings.insert(warning, at: 0) }
    return painting
  }

  /// Says where a picture of one thing matches its prompt less than right ones do.
  ///
  /// - Throws: ``UserError/request(_:)`` where such pictures are not wanted.
  private func judge(_ painting: inout Painting, _ order: Order) throws {
    guard let least = model.defaults.leastLikeness, !limit.isWished, order.scene.parts.count == 1, order.finish == nil,
      order.references.isEmpty, order.settings.promptSyntax == .plain
    else { return }
    let picture = painting.picture.onWhite
    let score = try painting.timings.measure(\.judging) {
      try match.withLock { match in
        let pair = try match ?? PromptMatch(of: model)
        match = pair
        return try pair(picture, text: order.prompt.prompt.text).logit
      }
    }
    painting.likeness = score
    // What was said of words that are left out explains a little less, no blob.
    guard score < (order.shortfall == nil ? least : least / 2) else { return }
    let sentence =
      "The picture matches its prompt less than right ones do (\(String(format: "%.1f", score)), others at least \(String(format: "%.1f", least)))."
    guard !order.settings.isStrict else { throw UserError.request(sentence) }
    painting.warnings.append(sentence)
  }

  /// Encodes the prompts of an order that will be painted; what is wrong with them shows when it is.
  package func prepare(_ order: Order) async {
    guard let plan = try? plan(order) else { return }
    try? await PaintingThread.run { [painter = painter(plan)] in painter.prepare(order) }
  }

  private func painter(_ plan: MemoryPlan) -> Painter {
    var painter = Painter(model)
    painter.memory = plan
    painter.conditions = conditions
    painter.keepsModel = plan.keepsModel
    return painter
  }
}

/// Set once, from any thread.
final class CancellationMark: Sendable {
  private let mark = Atomic<Bool>(false)

  var isSet: Bool { mark.load(ordering: .relaxed) }
  func set() { mark.store(true, ordering: .relaxed) }
}

/// Long computations do not belong on the threads that Swift's tasks share.
enum PaintingThread {
  private static let stackBytes = 16 << 20

  static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread { continuation.resume(with: Result(catching: work)) }
      thread.stackSize = stackBytes
      thread.start()
    }
  }
}

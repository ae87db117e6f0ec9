import Families
import Guardrail
import History
import Images
import Painting
import System

/// Pictures of one prompt, as one command or request asks for them.
package struct PictureRequest: Sendable {
  package let order: Order
  package let model: LoadedModel
  /// How many pictures, with seeds that follow.
  package var count = 1
  /// How many are painted for each that is kept.
  package var bestOf: BestOf?
  package var metadata = MetadataPolicy.full
  package var encoding = PictureEncoding()
  package var limit = MemoryLimit()
  /// Seconds that went by before painting could begin.
  package var startSeconds = 0.0
  /// What the runs are part of.
  package var origin = RunOrigin()
  /// Where each picture goes.
  package let place: @Sendable (Order) -> PicturePlace

  package init(_ order: Order, _ model: LoadedModel, place: @escaping @Sendable (Order) -> PicturePlace) {
    self.order = order
    self.model = model
    self.place = place
  }

  package var candidates: Int { bestOf?.count ?? 1 }
}

/// What happens while pictures are painted.
package enum PaintingEvent {
  /// Work goes on: the picture's number from 0, the candidate's, and how far it is.
  case progress(picture: Int, candidate: Int, Painter.Progress)
  case painted(PaintedPicture)
  /// The model's own safety checker withheld a picture; another seed may well do.
  case withheld(Refusal)
}

extension Engine {
  /// Paints pictures one after the other and enters each into the history. Cancelling the task ends it within one step.
  ///
  /// - Parameters:
  ///   - session: Of the request's model, which it keeps loaded; nil for one of its own, whose model then leaves memory.
  ///   - events: Hears of what happens, one event at a time, on any thread; an error thrown there ends it.
  /// - Throws: `CancellationError`; ``UserError/resources(_:)`` where there is too little memory, before anything is painted.
  package func paint(
    _ request: PictureRequest, in session: PaintingSession? = nil,
    events: @escaping @Sendable (PaintingEvent) throws -> Void
  ) async throws {
    var limit = request.limit
    if let bestOf = request.bestOf {
      limit = limit.leaving(try bestOf.match.predictedBytes(), for: "the pair that judges")
    }
    let given = request.order.givenPictures
    if !given.isEmpty {
      limit = limit.leaving(
        given.reduce(0) { $0 + $1.pixels.count }, for: "the reference picture\(given.count == 1 ? "" : "s")")
    }
    let keepsModel = session != nil
    let session =
      session
      ?? PaintingSession(
        request.model.model, limit: limit, paintsSeveral: request.count * request.candidates > 1,
        startSeconds: request.startSeconds)
    let writer = PictureWriter(request.model, metadata: request.metadata, encoding: request.encoding)
    try session.plan(request.order)
    try writer.check(request.place(request.order), request.order)
    var origin = request.origin
    if request.count > 1 { origin.orderID = RunIdentifier.fresh() }
    for index in 0..<request.count {
      let order = request.order.following(index * request.candidates)
      let run = PictureRun(order, request.model, origin: origin)
      recorder.began(run)
      let event: PaintingEvent
      do {
        let picture = try await picture(order, index, request, session, keepsModel, writer, events)
        recorder.ended(run, .painted(picture))
        event = .painted(picture)
      } catch {
        recorder.ended(run, RunOutcome(error))
        guard let refusal = error as? Refusal else { throw error }
        event = .withheld(refusal)
      }
      try events(event)
    }
  }

  private func picture(
    _ order: Order, _ index: Int, _ request: PictureRequest, _ session: PaintingSession, _ keepsModel: Bool,
    _ writer: PictureWriter, _ events: @escaping @Sendable (PaintingEvent) throws -> Void
  ) async throws -> PaintedPicture {
    @Sendable func paint(_ order: Order, _ candidate: Int) async throws -> Painting {
      let isLast = !keepsModel && index == request.count - 1 && candidate == request.candidates - 1
      return try await session.paint(order, isLast: isLast) { step in
        try events(.progress(picture: index, candidate: candidate, step))
      }
    }
    guard let bestOf = request.bestOf else {
      return try writer.write(await paint(order, 0), order, to: request.place(order))
    }
    let choice = try await bestOf.choose(from: order, paint: paint)
    return try writer.write(choice.painting, choice.order, to: request.place(choice.order), match: choice.record)
  }
}

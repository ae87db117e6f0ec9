import Painting
import Synchronization

/// The session whose model stays in memory from one prompt to the next.
package final class KeptSession: Sendable {
  private let kept = Mutex<(identity: String, session: PaintingSession)?>(nil)

  package init() {}

  /// - Returns: Nil where memory must be planned anew for each picture, and no model can stay.
  package func session(
    of model: LoadedModel, for settings: PictureSettings, limit: MemoryLimit, choosing: Bool
  ) -> PaintingSession? {
    guard !limit.isWished, !choosing else {
      kept.withLock { $0 = nil }
      return nil
    }
    return kept.withLock { kept in
      if let kept, kept.identity == model.identity { return kept.session }
      let session = PaintingSession(model.model, limit: limit, paintsSeveral: true, conditions: model.conditions)
      kept = (model.identity, session)
      return session
    }
  }
}

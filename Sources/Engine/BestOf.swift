import Families
import Guardrail
import Painting
import System

/// Paints an order with several seeds and keeps the picture that matches its prompt best.
package struct BestOf: Sendable {
  /// At least 1.
  package let count: Int
  package let match: PromptMatch

  package init(count: Int, match: PromptMatch) {
    precondition(count > 0, "BestOf: \(count) pictures")
    self.count = count
    self.match = match
  }

  /// What `--json` prints of it.
  package struct Record: Encodable, Sendable {
    /// The CLIP checkpoint, as it was named.
    package let clip: String
    package let score: Double
    package let candidates: [Candidate]
  }

  package struct Candidate: Encodable, Sendable {
    package let seed: UInt64
    /// Nil where the model's safety checker withheld the picture.
    package let score: Double?
  }

  /// A picture that was kept.
  package struct Choice: Sendable {
    package let order: Order
    /// Its timings are those of all candidates, and of judging them.
    package let painting: Painting
    package let record: Record
  }

  /// - Parameter paint: Paints one of the orders.
  /// - Throws: `Refusal` where every picture was withheld; what `paint` throws otherwise.
  package func choose(
    from order: Order, paint: (_ order: Order, _ place: Int) async throws -> Painting
  ) async throws -> Choice {
    var candidates: [Candidate] = []
    var best: (order: Order, painting: Painting, score: Double)?
    var refusal: Refusal?
    var timings = StageTimings()
    for place in 0..<count {
      let order = order.following(place)
      do {
        let painting = try await paint(order, place)
        timings += painting.timings
        let score = try timings.measure(\.judging) {
          try match(painting.picture.onWhite, text: order.plainPrompt).logit
        }
        candidates.append(Candidate(seed: order.seed, score: score))
        if best.map({ Self.rank(painting, score) > Self.rank($0.painting, $0.score) }) ?? true {
          best = (order, painting, score)
        }
      } catch let error as Refusal {
        candidates.append(Candidate(seed: order.seed, score: nil))
        refusal = error
      }
    }
    guard var best else { throw refusal ?? UserError.request("`best-of` \(count) paints nothing.") }
    best.painting.timings = timings
    let record = Record(clip: match.name, score: best.score, candidates: candidates)
    return Choice(order: best.order, painting: best.painting, record: record)
  }

  /// A blurred picture is kept only where all are.
  private static func rank(_ painting: Painting, _ score: Double) -> (Int, Double) {
    (painting.isBlurred ? 0 : 1, score)
  }
}

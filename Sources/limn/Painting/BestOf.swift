import Generation
import Guardrail
import Tokenizers

/// `--best-of`: paints an order with several seeds and keeps the picture that matches its prompt best.
struct BestOf {
  /// At least 1.
  let count: Int
  let match: PromptMatch

  /// What `--json` prints of it.
  struct Record: Encodable, Sendable {
    /// The CLIP checkpoint, as it was named.
    let clip: String
    let score: Double
    let candidates: [Candidate]
  }

  struct Candidate: Encodable, Sendable {
    let seed: UInt64
    /// Nil where the model's safety checker withheld the picture.
    let score: Double?
  }

  /// A picture that was kept.
  struct Choice {
    let order: Order
    /// Its timings are those of all candidates, and of judging them.
    let painting: Painter.Painting
    let record: Record
  }

  /// - Parameter paint: Paints one of the orders.
  /// - Throws: `Refusal` where every picture was withheld; what `paint` throws otherwise.
  func choose(from order: Order, paint: (_ order: Order, _ place: Int) throws -> Painter.Painting) throws -> Choice {
    let text = Self.text(of: order)
    var candidates: [Candidate] = []
    var best: (order: Order, painting: Painter.Painting, score: Double)?
    var refusal: Refusal?
    var timings = StageTimings()
    for place in 0..<count {
      let order = order.following(place)
      do {
        let painting = try paint(order, place)
        timings += painting.timings
        let score = try timings.measure(\.judging) { try match(painting.picture, text: text).logit }
        candidates.append(Candidate(seed: order.request.seed, score: score))
        if best.map({ Self.rank(painting, score) > Self.rank($0.painting, $0.score) }) ?? true {
          best = (order, painting, score)
        }
      } catch let error as Refusal {
        candidates.append(Candidate(seed: order.request.seed, score: nil))
        refusal = error
      }
    }
    guard var best else { throw refusal ?? GenerationError.request("--best-of \(count) paints nothing.") }
    best.painting.timings = timings
    let record = Record(clip: match.name, score: best.score, candidates: candidates)
    return Choice(order: best.order, painting: best.painting, record: record)
  }

  /// A blurred picture is kept only where all are.
  private static func rank(_ painting: Painter.Painting, _ score: Double) -> (Int, Double) {
    (painting.safety.isBlurred ? 0 : 1, score)
  }

  /// The prompt as the model reads it, without the marks of weights.
  private static func text(of order: Order) -> String {
    guard order.request.promptSyntax == .a1111, let prompt = try? PromptWeights(parsing: order.prompt) else {
      return order.prompt
    }
    return prompt.parts.map { part in if case .text(let text, _) = part { text } else { " " } }.joined()
  }
}

extension Painter.Safety {
  var isBlurred: Bool { if case .blurred = self { true } else { false } }

  /// What `--json` prints of it; nil where nobody looked.
  var record: SafetyRecord? {
    switch self {
    case .unchecked: nil
    case .switchedOff: SafetyRecord(result: "off", score: nil)
    case .passed(let finding): SafetyRecord(result: "passed", score: finding.score)
    case .blurred(let finding, _): SafetyRecord(result: "blurred", score: finding.score)
    }
  }
}

/// What the model's own safety checker made of a picture.
struct SafetyRecord: Encodable, Sendable {
  /// passed, blurred or off
  let result: String
  let score: Double?
}

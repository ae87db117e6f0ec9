import Batch
import Engine
import Options
import System
import Terminal

/// What `limn batch --check` says: what is wrong, line by line, and what the rest will take.
package struct BatchCheck {
  package let plan: BatchPlan
  /// The prompt file, as it stands before line numbers.
  package let name: String
  package let price: BatchPrice

  private struct Record: Encodable {
    let event = "check"
    let pictures: Int
    let seconds: Double?
    let bytes: Int
    let refused: Int
    let invalid: Int
    let repeated: Int
  }

  package init(plan: BatchPlan, name: String, price: BatchPrice) {
    (self.plan, self.name, self.price) = (plan, name, price)
  }

  /// Prints it; returns the status to end with where something is wrong.
  package func report(asJSON: Bool) throws -> ExitStatus? {
    let refused = plan.faults.count { $0.refused != nil }
    let invalid = plan.faults.count - refused
    if asJSON {
      for fault in plan.faults { print(try fault.event.json) }
      let record = Record(
        pictures: price.pictures, seconds: price.seconds, bytes: price.bytes, refused: refused, invalid: invalid,
        repeated: plan.repetitions.count)
      print(try record.json)
    } else {
      for fault in plan.faults { print("\(name):\(fault.line): \(fault.reason)".harmless) }
      for repetition in plan.repetitions {
        print("\(name):\(repetition.line): The same picture as line \(repetition.first) asks for; it is painted once.")
      }
      print(price.sentence)
    }
    if invalid > 0 {
      let also = refused > 0 ? ", and \(refused == 1 ? "1 picture is" : "\(refused) pictures are") refused" : ""
      Console.error("\(invalid == 1 ? "1 line" : "\(invalid) lines") cannot be painted\(also).")
      return .unreadable
    }
    if refused > 0 {
      Console.error("\(refused == 1 ? "1 picture is" : "\(refused) pictures are") refused.")
      return .refused
    }
    return nil
  }
}

import Checkpoints
import Guardrail
import History
import Images
import Networks
import Sampling
import System
import Tokenizers

/// What limn's exit status means; part of the command line's contract, and kept with each run.
package enum ExitStatus: Int32 {
  case usage = 2
  case refused = 3
  /// This person may not do that.
  case forbidden = 4
  case unreadable = 5
  case resources = 6
  /// Some pictures of a batch were not painted; the rest lie there.
  case partial = 7
  /// The server that was to paint cannot be reached (`EX_UNAVAILABLE` of sysexits.h).
  case unavailable = 69
  case fault = 70

  /// The status for an error of one of limn's modules; nil for others.
  package init?(_ error: any Error) {
    switch error {
    case let error as any StatusBearing: self = error.exitStatus
    case let error as UserError:
      switch error {
      case .request: self = .usage
      case .input: self = .unreadable
      case .resources: self = .resources
      }
    case let error as SamplingError: self = error.origin == .request ? .usage : .unreadable
    case is Refusal, is RefusedOrder: self = .refused
    case let error as TokenizerError:
      if case .prompt = error { self = .usage } else { self = .unreadable }
    case let error as PictureError:
      if case .unwritable = error { self = .fault } else { self = .unreadable }
    case is CheckpointError, is NetworkError, is GuardrailError: self = .unreadable
    case is Forbidden: self = .forbidden
    case let error as HistoryError:
      switch error {
      case .request, .unknownRun: self = .usage
      case .noSpace: self = .resources
      default: self = .unreadable
      }
    case let error as AtomicFileError:
      if case .noSpace = error { self = .resources } else { self = .usage }
    default: return nil
    }
  }
}

/// An error that knows its exit status.
package protocol StatusBearing: Error {
  var exitStatus: ExitStatus { get }
}

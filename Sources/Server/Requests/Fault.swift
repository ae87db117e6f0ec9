import Engine
import Guardrail
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import Painting
import System

/// Why a request got no answer; each dialect words it in its own form.
struct Fault: Error {
  var status: HTTPResponse.Status
  /// One word for programs: `not_found`.
  var code: String
  /// One sentence for people.
  var message: String
  /// The field of the request that is at fault.
  var field: String?
  /// What else is said of it, such as `refusal`.
  var details: [String: JSONValue] = [:]
  /// Seconds after which to try again.
  var retryAfter: Int?

  init(
    _ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil,
    details: [String: JSONValue] = [:], retryAfter: Int? = nil
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.field = field
    self.details = details
    self.retryAfter = retryAfter
  }

  static func request(_ message: String, field: String? = nil) -> Fault {
    Fault(.badRequest, "invalid_request", message, field: field)
  }

  static func notFound(_ what: String) -> Fault { Fault(.notFound, "not_found", "There is no \(what) here.") }

  static let signIn = Fault(
    .unauthorized, "sign_in",
    "Sign in with the link that `limn serve` printed, or send a token (`limn tokens create` makes one).")
}

extension Fault {
  /// What an error of limn's modules means to whoever asked; nothing of the machine is told.
  init(_ error: any Error) {
    switch error {
    case let fault as Fault: self = fault
    case let refused as RefusedOrder: self.init(refused.refusal)
    case let refusal as Refusal: self.init(refusal)
    case let forbidden as Forbidden:
      self.init(
        .forbidden, "forbidden",
        "\(forbidden.access.person.name) may not \(forbidden.permission.phrase) here; an admin can allow it.",
        details: ["permission": .string(forbidden.permission.rawValue)])
    case let error as UserError: self.init(error)
    case let error as PictureError:
      if case .tooLarge = error {
        self.init(.contentTooLarge, "too_large", "\(error)")
      } else {
        self.init(.badRequest, "invalid_picture", "\(error)")
      }
    case let error as HistoryError:
      switch error {
      case .request(let sentence): self = .request(sentence)
      case .unknownRun: self = .notFound("such picture")
      case .noSpace: self.init(.insufficientStorage, "no_space", "The server's disk is full.")
      default: self = .fault
      }
    case is CancellationError: self.init(.serviceUnavailable, "stopped", "The picture was stopped.", retryAfter: 5)
    case let error as AtomicFileError:
      if case .noSpace = error {
        self.init(.insufficientStorage, "no_space", "The server's disk is full.")
      } else {
        self = .fault
      }
    default:
      switch ExitStatus(error) {
      case .usage: self = .request("\(error)".spelt, field: "\(error)".firstSetting)
      case .unreadable: self = .unusable
      default: self = .fault
      }
    }
  }

  private init(_ error: UserError) {
    switch error {
    case .request(let sentence): self = .request(sentence.spelt, field: sentence.firstSetting)
    case .resources(let sentence):
      self.init(.contentTooLarge, "too_large", sentence.spelt, field: sentence.firstSetting)
    case .input: self = .unusable
    }
  }

  private init(_ refusal: Refusal) {
    let verdict = refusal.verdict
    let reasons = verdict.reasons.filter { $0.category == verdict.category }
    let subject =
      switch refusal.subject {
      case .prompt: "prompt"
      case .negative: "negative"
      case .picture: "picture"
      case .reference: "reference"
      }
    let sentences = refusal.description
    // The last sentence says what to change.
    let suggestion = sentences.range(of: ". ").map { String(sentences[$0.upperBound...]) }
    self.init(
      .badRequest, "refused", sentences, field: subject == "picture" ? nil : subject,
      details: [
        "refusal": [
          "reason": .string(sentences), "category": .string(verdict.category.rawValue), "subject": .string(subject),
          "words": .array(reasons.flatMap(\.words).map(JSONValue.string)),
          "suggestion": suggestion.map(JSONValue.string) ?? .null,
        ]
      ])
  }

  private static let unusable = Fault(
    .unprocessableContent, "unusable_model", "The model cannot be used as it lies on the server; its log says why.")
  private static let fault = Fault(
    .internalServerError, "internal", "limn could not do that; the server's log says why.")
}

extension String {
  /// A sentence whose settings are spelt as fields.
  fileprivate var spelt: String {
    spellingSettings(and: ["max-memory", "threads"]) { $0.replacing("-", with: "_") }
  }

  /// The first setting that the sentence names in backticks.
  fileprivate var firstSetting: String? {
    let parts = split(separator: "`", omittingEmptySubsequences: false)
    let names = parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    return names.first { name in Setting.all.contains { $0.name == name } }?.replacing("-", with: "_")
  }
}

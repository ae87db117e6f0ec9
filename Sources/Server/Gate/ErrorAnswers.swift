import HTTPTypes
import HummingbirdCore
import JSON
import Logging

/// Makes an answer of whatever went wrong, in the form that clients of each dialect read.
struct ErrorAnswers: Gate {
  func handle(
    _ request: Request, context: ServerContext, next: Router.Handler
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      let fault = Fault(error)
      // A fault is an answer already; whatever made it one has told the log.
      if !(error is Fault), fault.status.code >= 500 || fault.code == "unusable_model" {
        // Sentences may name files of the machine, never prompts.
        context.logger.error("failed", metadata: ["reason": "\(String(describing: error).prefix(500))"])
      }
      return answer(fault, to: request)
    }
  }

  private func answer(_ fault: Fault, to request: Request) -> Response {
    var response = Response(json: Dialect(of: request).body(of: fault), status: fault.status)
    if let seconds = fault.retryAfter { response.headers[.retryAfter] = "\(max(1, seconds))" }
    // Clients of OpenAI's paint everything anew otherwise.
    response.headers[.shouldRetry] = fault.status == .tooManyRequests ? "true" : "false"
    if fault.status == .unauthorized {
      response.headers[.wwwAuthenticate] =
        request.uri.path.hasPrefix("/sdapi/") ? "Basic realm=\"limn\"" : "Bearer realm=\"limn\""
    }
    return response
  }
}

/// Whose form a request speaks.
enum Dialect {
  case own, openAI, a1111, huggingFace, mcp

  init(of request: Request) {
    let path = request.uri.path
    self =
      path.hasPrefix("/v1/")
      ? .openAI
      : path.hasPrefix("/sdapi/")
        ? .a1111
        : path == "/hf" || path.hasPrefix("/hf/") ? .huggingFace : path == "/mcp" ? .mcp : .own
  }

  func body(of fault: Fault) -> JSONValue {
    let message = JSONValue.string(fault.message)
    let field = fault.field.map(JSONValue.string) ?? .null
    switch self {
    case .own:
      var error: [String: JSONValue] = ["code": .string(fault.code), "message": message, "field": field]
      error.merge(fault.details) { $1 }
      return .object(["error": .object(error)])
    case .openAI:
      let (type, code) = OpenAIErrors.typeAndCode(of: fault)
      return ["error": ["message": message, "type": .string(type), "param": field, "code": .string(code)]]
    case .a1111: return ["detail": message, "error": .string(fault.code), "errors": message, "body": ""]
    case .huggingFace: return ["error": message]
    case .mcp: return ["jsonrpc": "2.0", "id": nil, "error": ["code": -32000, "message": message]]
    }
  }
}

/// What OpenAI calls mistakes.
enum OpenAIErrors {
  static func typeAndCode(of fault: Fault) -> (type: String, code: String) {
    switch fault.code {
    case "refused": ("image_generation_user_error", "moderation_blocked")
    case "sign_in": ("invalid_request_error", "invalid_api_key")
    case "unknown_model": ("invalid_request_error", "model_not_found")
    case _ where fault.status == .tooManyRequests: ("rate_limit_error", "rate_limit_exceeded")
    case _ where fault.status.code >= 500: ("server_error", fault.code)
    default: ("invalid_request_error", fault.code)
    }
  }
}

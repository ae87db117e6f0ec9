import System

/// What the hub is asked about, for sentences.
struct HubSubject: Sendable {
  let reference: ModelReference
  /// Within the model; nil for the model itself.
  var file: String?

  var words: String { file.map { "\($0.harmlessName) of \(reference.repository)" } ?? reference.description }

  /// What an answer that is no success says to whoever asked.
  ///
  /// Source of the headers: `utils/_http.py` of huggingface_hub.
  func refusal(_ response: HubResponse, _ settings: HubSettings) -> UserError {
    let code = response.headers.first(name: "X-Error-Code")
    let model = reference.repository
    let page = "\(settings.endpoint.absoluteString)/\(model)"
    let tokens = "\(settings.endpoint.absoluteString)/settings/tokens"
    let hasToken = settings.token != nil
    switch (response.status, code) {
    case (401...403, "GatedRepo"?):
      let next =
        hasToken
        ? "the account of the token in use was not given access: accept them at \(page), or wait for an answer there"
        : "accept them at \(page), make a token at \(tokens) and set HF_TOKEN to it"
      return .input("\(model) is only for those who accept its terms; \(next).")
    case (404, "RevisionNotFound"?): return .input("\(model) has no revision \"\(reference.revision.harmlessName)\".")
    case (404, "EntryNotFound"?): return .input("\(words) is not there.")
    case (401, _), (404, _):
      let hint =
        hasToken
        ? "it has another name, or the token in use may not see it"
        : "it has another name, or it is private: then set HF_TOKEN"
      return .input("\(response.host) has no model \(model) to show: \(hint).")
    case (403, _): return .input("\(response.host) does not give \(words) away\(said(response)).")
    default:
      return .input(
        "\(response.host) answers \(response.status) (\(response.reason.harmlessName)) about \(words)\(said(response))."
      )
    }
  }

  private func said(_ response: HubResponse) -> String {
    response.headers.first(name: "X-Error-Message").map { ": \"\($0.harmlessName)\"" } ?? ""
  }
}

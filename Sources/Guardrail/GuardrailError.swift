/// Why the guardrail's data could not be used.
package enum GuardrailError: Error, Equatable, CustomStringConvertible {
  /// A rule file is wrong at a line (counted from 1).
  case rules(file: String, line: Int, String)
  /// The rules as a whole are wrong.
  case incompleteRules(String)
  case classifier(String)
  case policy(String)
  case trainingData(String)
  case unreadable(path: String, String)

  package var description: String {
    switch self {
    case .rules(let file, let line, let problem): "\(file), line \(line): \(problem)"
    case .incompleteRules(let problem): "The guardrail's rules: \(problem)"
    case .classifier(let problem): "The guardrail's classifier: \(problem)"
    case .policy(let problem): "The guardrail's policy: \(problem)"
    case .trainingData(let problem): "Training data for the guardrail: \(problem)"
    case .unreadable(let path, let problem): "\(path): \(problem)"
    }
  }
}

/// Why a tokenizer could not be loaded, or a prompt not be read.
package enum TokenizerError: Error, Equatable, CustomStringConvertible {
  /// A file of the tokenizer is damaged; `problem` says what is wrong, where, and what was expected.
  case damaged(file: String, problem: String)
  /// A folder holds neither `vocab.json` with `merges.txt` nor `tokenizer.json`, or one cannot be opened.
  case unreadable(file: String, reason: String)
  /// The prompt uses the weighted syntax in a way that has no meaning.
  case prompt(problem: String)

  package var description: String {
    switch self {
    case .damaged(let file, let problem): "\(file): \(problem)"
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .prompt(let problem): problem
    }
  }
}

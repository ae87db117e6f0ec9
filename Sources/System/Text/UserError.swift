/// A mistake of the user, or of a file or machine of theirs, as a whole sentence; the case decides the exit status.
///
/// Sentences speak of settings in backticks (`` `steps` ``): whoever shows them spells these as its users write them, as
/// flags or fields.
package enum UserError: Error, Equatable, CustomStringConvertible {
  /// What was asked for does not exist or does not fit together.
  case request(String)
  /// A file cannot be used: missing, damaged or of another kind.
  case input(String)
  /// More memory or disk would be needed than there is.
  case resources(String)

  package var description: String {
    switch self {
    case .request(let sentence), .input(let sentence), .resources(let sentence): sentence
    }
  }
}

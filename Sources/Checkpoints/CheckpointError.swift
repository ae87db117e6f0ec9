import System

/// What is wrong with a checkpoint, as one sentence: which file, what was found, what was expected, what to do.
package struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The file or folder, as the user named it.
  package let origin: String
  /// The rest of the sentence, without its full stop: "is empty", "`conv_in.weight` ends at byte 12, before it begins".
  package let problem: String

  package init(_ origin: String, _ problem: String) {
    self.origin = origin
    self.problem = problem
  }

  package var description: String { "\(origin.harmlessName): \(problem)." }
}

extension String {
  /// The text as a name within a sentence: `` `conv_in.weight` ``.
  var quoted: String { "`\(harmlessName)`" }
}

extension Sequence<String> {
  /// At most five of the names, sorted and quoted, and how many more there are.
  package var quotedList: String {
    let names = sorted()
    let shown = names.prefix(5).map(\.quoted).joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
  }
}

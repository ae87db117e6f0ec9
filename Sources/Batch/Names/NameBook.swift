import System

/// Gives every picture a name of its own: the wished one, or one with "-2", "-3", ... behind it.
package struct NameBook {
  private var taken: Set<String>
  private let exists: (String) -> Bool

  /// - Parameters:
  ///   - taken: Names that belong to others already.
  ///   - exists: Whether a file that nobody here knows has the name.
  package init(taken: some Sequence<String> = [], exists: @escaping (String) -> Bool) {
    self.taken = Set(taken.map { $0.lowercased() })
    self.exists = exists
  }

  package mutating func name(for wish: String) -> String {
    var name = wish
    var number = 1
    // Disks that do not tell capitals apart must not lose a picture either.
    while taken.contains(name.lowercased()) || exists(name) {
      number += 1
      name = PathParts.numbered(wish, number)
    }
    taken.insert(name.lowercased())
    return name
  }
}

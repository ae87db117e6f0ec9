/// Links of the file system, which name another place.
package enum SymbolicLink {
  /// The place that a chain of links ends at, with a file or without.
  package static func end(of path: String) -> String {
    var (place, links) = (path, 0)
    while links < 40, let target = target(of: place) {
      place = target.hasPrefix("/") ? target : "\(PathParts(place).folder)/\(target)"
      links += 1
    }
    return place
  }

  /// Whether a path is a link whose file is not there.
  package static func isBroken(_ path: String) -> Bool { target(of: path) != nil && PathKind(path) == .missing }

  /// What a link says; nil for anything else.
  private static func target(of path: String) -> String? {
    var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = unsafe readlink(path, &text, Int(PATH_MAX))
    return count > 0 ? String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }
}

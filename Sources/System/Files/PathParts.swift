/// A path taken apart: "out/fox.png" is the folder "out", the stem "fox" and the ending ".png".
package struct PathParts {
  /// "." where the path names none.
  package let folder: String
  package let stem: String
  /// With its dot, or empty.
  package let ending: String
  /// What follows the last slash.
  package var name: String { stem + ending }

  package init(_ path: String) {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let dot = name.dropFirst().lastIndex(of: ".")  // ".profile" has no ending
    stem = String(dot.map { name[..<$0] } ?? name)
    ending = String(dot.map { name[$0...] } ?? "")
  }

  /// The path with "-2", "-3", ... after the stem; the path itself for 1.
  package static func numbered(_ path: String, _ number: Int) -> String {
    guard number > 1 else { return path }
    let place = PathParts(path)
    return path.dropLast(place.stem.count + place.ending.count) + "\(place.stem)-\(number)\(place.ending)"
  }
}

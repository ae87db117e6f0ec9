/// A renaming table: what diffusers calls the tensors of another layout.
///
/// A line renames a dotted prefix (`input_blocks.1.0`) and says how the rest is renamed (`in_layers.0` is `norm1`
/// there). The line with the longest prefix counts; a name without a line belongs to no known network.
struct KeyMap: Sendable {
  /// How diffusers shapes what the other layout stores.
  enum Form: Sendable, Equatable {
    case same
    /// A 1x1 convolution `[outputs, inputs, 1, 1]` that is a linear layer `[outputs, inputs]` in diffusers.
    case matrix
    /// One of the three equal blocks of rows of a fused projection `[3 * width, ...]`.
    case third(Int)
    /// A matrix stored `[inputs, outputs]` that multiplies from the right.
    case transposed
    /// The second half of the rows before the first.
    case swappedHalves
  }

  /// A tensor's name in diffusers and how to cut it out of the stored one.
  struct Target: Sendable, Equatable {
    let name: String
    let form: Form

    init(name: String, form: Form) {
      self.name = name
      self.form = form
    }

    /// A tensor, or module, that is the same in both layouts.
    init(whole name: String) { self.init(name: name, form: .same) }
  }

  private struct Line {
    let diffusers: String
    let inside: KeyMap?
    let form: Form

    func targets(_ rest: Substring) -> [Target] {
      if rest.isEmpty { return [Target(name: diffusers, form: form)] }
      guard let inside else { return [Target(name: "\(diffusers).\(rest)", form: form)] }
      return inside.targets(of: rest).map { Target(name: "\(diffusers).\($0.name)", form: $0.form) }
    }
  }

  private var lines: [String: [Line]] = [:]

  init() {}

  /// A table of lines whose rest stays as it is.
  init(_ pairs: KeyValuePairs<String, String>) {
    for (original, diffusers) in pairs { add(original, diffusers) }
  }

  /// Adds a line. Without `inside` the rest of the name stays as it is. Several lines for one prefix make several tensors.
  mutating func add(_ original: String, _ diffusers: String, inside: KeyMap? = nil, form: Form = .same) {
    lines[original, default: []].append(Line(diffusers: diffusers, inside: inside, form: form))
  }

  /// What the tensor of the other layout's `name` is in diffusers; empty where it belongs to no known network.
  func targets(of name: Substring) -> [Target] {
    var prefix = name
    while true {
      if let found = lines[String(prefix)] {
        let rest = name[prefix.endIndex...].drop { $0 == "." }
        return found.flatMap { $0.targets(rest) }
      }
      guard let dot = prefix.lastIndex(of: ".") else { return [] }
      prefix = prefix[..<dot]
    }
  }

  /// The lines of both tables.
  func joined(_ other: KeyMap) -> KeyMap {
    var joined = self
    joined.lines.merge(other.lines) { $0 + $1 }
    return joined
  }

  /// The table the other way round: what the other layout calls diffusers' tensors, where they are the same ones.
  var inverted: KeyMap { inverted { $0 == .same } }

  /// The same with those that lie in fused or otherwise stored tensors too.
  var invertedFully: KeyMap { inverted { _ in true } }

  private func inverted(_ isWanted: (Form) -> Bool) -> KeyMap {
    var inverted = KeyMap()
    for (original, lines) in lines {
      for line in lines where isWanted(line.form) {
        inverted.add(line.diffusers, original, inside: line.inside?.inverted(isWanted))
      }
    }
    return inverted
  }
}

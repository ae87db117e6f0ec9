import Checkpoints
import Networks
import System
import Tensors
import Tokenizers

/// Learned vectors that stand for a word of prompts (Gal et al. 2022), one or more for each text encoder.
package struct TextualInversion: Sendable {
  /// The file, for messages.
  package let path: String
  /// The first twelve digits of the file's SHA-256, or the path where it cannot be read.
  package let digits: String
  /// What stands for it in prompts: what the file itself calls it, and the file's name.
  package let words: [String]
  /// How many tokens it takes the place of.
  package let count: Int
  /// By the name of the encoder; of `` that of a model with one.
  private let tables: [String: StoredTensor]

  /// Opens a file of one of four layouts: diffusers' `{"<word>": [vectors, channels]}`, A1111's pickle with `string_to_param` and
  /// its safetensors with `emb_params`, and `clip_l` with `clip_g` for Stable Diffusion XL. No values are read.
  ///
  /// - Throws: `CheckpointError` where the file is damaged; ``UserError`` where it holds none.
  package init(path: String, digits: String) throws {
    let file = try CheckpointFiles.open(path)
    var named: [String] = []
    var sources: [String: String] = [:]
    let params = file.names.filter { $0.hasPrefix("string_to_param.") }
    if file.names.contains(Self.first) || file.names.contains(Self.second) {
      for name in [Self.first, Self.second] where file.names.contains(name) { sources[name] = name }
    } else if file.names.contains("emb_params") {
      sources[""] = "emb_params"
    } else if params.count == 1 {
      sources[""] = params[0]
    } else if file.names.count == 1 {
      sources[""] = file.names[0]
      named = [file.names[0]]
    } else {
      throw UserError.input(
        "\(path) holds no textual inversion: one tensor of a word, `string_to_param`, `emb_params` or `clip_l` with `clip_g` was expected; it holds \(file.names.count) tensors."
      )
    }
    var tables: [String: StoredTensor] = [:]
    for (encoder, name) in sources {
      guard let stored = try file.stored(name), let width = stored.shape.last, width > 0, stored.shape.count <= 2,
        stored.shape[0] > 0
      else {
        throw UserError.input(
          "\(path): `\(name)` is \(file.shape(name) ?? []); the vectors of a textual inversion, [vectors, channels], were expected."
        )
      }
      tables[encoder] = stored.reshaped([stored.shape.count == 2 ? stored.shape[0] : 1, width])
    }
    let counts = Set(tables.values.map { $0.shape[0] })
    guard counts.count == 1, let count = counts.first, count <= Self.mostVectors else {
      throw UserError.input(
        "\(path): its text encoders have \(counts.sorted().map(String.init).joined(separator: " and ")) vectors; as many for each, and at most \(Self.mostVectors), were expected."
      )
    }
    self.path = path
    self.digits = digits
    self.tables = tables
    self.count = count
    words = named + [path.weightsStem]
  }

  private static let first = "clip_l"
  private static let second = "clip_g"
  /// What fits between the beginning and the end of a text.
  private static let mostVectors = 75

  /// The vectors for each text encoder, `[vectors, channels]`.
  ///
  /// - Parameter widths: Of the encoders, that of CLIP-L first where there are two.
  /// - Throws: ``UserError/request(_:)`` where it was made for other encoders.
  package func tables(widths: [Int]) throws(UserError) -> [StoredTensor] {
    let found =
      widths.count == 1
      ? [tables[""] ?? tables[Self.first]].filter { _ in tables.count == 1 }
      : [tables[Self.first], tables[Self.second]]
    let fitting = zip(found.compactMap(\.self), widths).filter { $0.shape[1] == $1 }.map(\.0)
    guard fitting.count == widths.count else {
      let own = [tables[""], tables[Self.first], tables[Self.second]].compactMap { $0?.shape[1] }
      throw .request(
        "\(path) is a textual inversion for \(Self.family(own)); the model's text encoder\(widths.count > 1 ? "s are" : " is") \(Self.list(widths)) wide."
      )
    }
    return fitting
  }

  private static func family(_ widths: [Int]) -> String {
    let known: [[Int]: String] = [
      [768]: "Stable Diffusion 1", [1024]: "Stable Diffusion 2", [768, 1280]: "Stable Diffusion XL",
    ]
    let text = "text encoder\(widths.count > 1 ? "s" : "") \(list(widths)) wide"
    return known[widths].map { "\($0) (\(text))" } ?? text
  }

  private static func list(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: " and ") }
}

/// The textual inversions of a picture, one after the other.
package struct TextualInversions: Sendable, Hashable {
  package let all: [TextualInversion]

  package init(_ all: [TextualInversion] = []) { self.all = all }

  /// Their words, each standing for its rows among all vectors.
  package var terms: [InsertedTerm] {
    var start = 0
    return all.flatMap { inversion in
      defer { start += inversion.count }
      return inversion.words.map { InsertedTerm($0, rows: start..<start + inversion.count) }
    }
  }

  package static func == (left: TextualInversions, right: TextualInversions) -> Bool {
    left.all.map(\.digits) == right.all.map(\.digits) && left.terms == right.terms
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(terms) }
}

extension ScenePart {
  /// All vectors of its textual inversions for each text encoder; nil where there are none.
  func inserted(widths: [Int]) throws -> [InsertedVectors?] {
    guard !inversions.all.isEmpty else { return widths.map { _ in nil } }
    let tables = try inversions.all.map { try $0.tables(widths: widths) }
    return widths.indices.map { encoder in
      InsertedVectors(.concatenated(tables.map { $0[encoder].widened() }), endText: prompt.syntax == .plain)
    }
  }
}

extension ModelCatalog {
  /// Textual inversions, in a folder beside that for models.
  package var embeddings: NamedFiles { namedFiles(in: "embeddings", kind: "textual inversion") }
}

import Foundation

@testable import Tokenizers

/// What `Tests/Reference/tokenizer.py` wrote: tokenizer folders and what transformers makes of prompts with them.
enum Fixtures {
  /// Every folder is a way in which a checkpoint may describe its tokenizer.
  static let names = ["plain", "large", "sd1", "sd2", "decoder", "added", "holes", "saved"]

  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/Tokenizers")

  static func tokenizer(_ name: String) throws -> CLIPTokenizer {
    try CLIPTokenizer(folder: folder.appendingPathComponent(name))
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(path)))
  }

  static func expected(_ name: String) throws -> (header: Header, prompts: [Prompt]) {
    let lines = try bytes("\(name)/expected.jsonl").split(separator: UInt8(ascii: "\n"))
    let decoder = JSONDecoder()
    let prompts = try lines.dropFirst().map { try decoder.decode(Prompt.self, from: Data($0)) }
    return (try decoder.decode(Header.self, from: Data(lines[0])), prompts)
  }

  struct Header: Decodable {
    let beginning: Int32
    let end: Int32
    let padding: Int32
    let maximumLength: Int
  }

  struct Prompt: Decodable {
    let text: String
    let ids: [Int32]
    let padded: [Int32]?
    let cut: String?
  }
}

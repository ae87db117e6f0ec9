import Foundation

/// One line of training or evaluation data.
package struct LabelledText: Sendable {
  package let text: String
  /// The category to refuse it for; nil for a harmless text.
  package let category: Category?
  /// The file that it is from, without its ending.
  package let source: String
  package let tier: String
  package let isDevelopment: Bool
  /// A post or comment rather than a prompt.
  package var isPost = false
  /// Made for the classifier to learn from; nobody typed it.
  var isInvented: Bool { ["invented", "dictionary"].contains(source) }
  /// In another language than English.
  package var isForeign = false
}

extension LabelledText {
  /// A prompt that somebody has labelled.
  package init(text: String, category: Category?, source: String) {
    self.init(text: text, category: category, source: source, tier: "core", isDevelopment: false)
  }

  /// A JSON object a line; `text`, `label` (`block` or `allow`) and, when blocked, `category` are read, `tier`, `split` and
  /// `domain` (`social` for posts) and `language` (for another than `english`) where they stand. docs/guardrail.md lists the sources.
  private struct Line: Decodable {
    let text: String
    let label: String
    let category: String?
    let tier: String?
    let split: String?
    let domain: String?
    let language: String?
  }

  /// - Parameter path: a `.jsonl` file, or a folder of them.
  package static func read(path: String) throws(GuardrailError) -> [LabelledText] {
    do {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw GuardrailError.unreadable(path: path, "there is no such file or folder.")
      }
      guard isFolder.boolValue else { return try readFile(path) }
      let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".jsonl") }.sorted()
      guard !names.isEmpty else { throw GuardrailError.unreadable(path: path, "the folder holds no .jsonl file.") }
      return try names.flatMap { try readFile("\(path)/\($0)") }
    } catch let error as GuardrailError {
      throw error
    } catch {
      throw .unreadable(path: path, error.localizedDescription)
    }
  }

  private static func readFile(_ path: String) throws -> [LabelledText] {
    let source = String(path.split(separator: "/").last?.dropLast(6) ?? "")
    let decoder = JSONDecoder()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    return try lines.enumerated().map { number, text in
      let line = try? decoder.decode(Line.self, from: Data(text.utf8))
      let category = line?.label == "block" ? line?.category.flatMap(Category.init) : nil
      guard let line, line.label == "allow" || category != nil else {
        throw GuardrailError.trainingData(
          "\(path), line \(number + 1): expected an object with “text”, “label” (block or allow) and, when blocked, “category”."
        )
      }
      return LabelledText(
        text: line.text, category: category, source: source, tier: line.tier ?? "core",
        isDevelopment: line.split == "dev", isPost: line.domain == "social",
        isForeign: line.language.map { $0 != "english" } ?? false)
    }
  }
}

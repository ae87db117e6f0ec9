import System

/// How a prompt file is written.
package enum PromptFormat: String, CaseIterable, Sendable {
  /// A prompt a line; also A1111's and kohya's prompt lines.
  case text
  /// A JSON object a line.
  case json
  /// A header that names fields, then a record a line.
  case csv

  /// By the file's name, else by what it begins with.
  init(name: String, contents: [UInt8]) {
    let lowercased = name.lowercased()
    func hasExtension(_ extensions: String...) -> Bool { extensions.contains { lowercased.hasSuffix(".\($0)") } }
    if hasExtension("jsonl", "ndjson", "json") {
      self = .json
    } else if hasExtension("csv", "tsv") {
      self = .csv
    } else if hasExtension("txt", "text", "prompts") {
      self = .text
    } else {
      self.init(sniffing: contents)
    }
  }

  private init(sniffing contents: [UInt8]) {
    let lines = TextLines(contents, separator: UInt8(ascii: "\n"))
    let first = lines.first { text in
      guard case .success(let text) = text.text else { return true }
      return !text.isEmpty && !text.hasPrefix("#")
    }
    guard let first, case .success(let text) = first.text else {
      self = .text
      return
    }
    if text.hasPrefix("{\"") || text.hasPrefix("{ \"") || text.contains(/^[\[{]\s*$|^\[\s*[{"]/) {
      self = .json
    } else if CSVReader.isHeader(text) {
      self = .csv
    } else {
      self = .text
    }
  }
}

/// The lines of a prompt file, in order; what is wrong with one does not keep the others from being read.
package struct PromptFile: Sendable {
  package let format: PromptFormat
  package let lines: [Result<PromptLine, LineFault>]
  /// What a person should know of how the file was read, sentences.
  package let notes: [String]

  /// Bytes of a file that are read at most.
  package static let maximumBytes = 128 << 20
  /// Prompts of a file.
  private static let maximumCount = 1_000_000

  /// - Parameters:
  ///   - name: Decides about the format by its extension, where none is given.
  ///   - separatesByNUL: Whether records end with a zero byte instead of a line's end (text and JSON).
  ///   - plainField: What a plain line of text is.
  package init(
    _ contents: [UInt8], name: String, format: PromptFormat? = nil, separatesByNUL: Bool = false,
    plainField: Field = .prompt
  ) throws(UserError) {
    let contents = Self.withoutUTF16(contents) ?? contents
    // Pictures and archives; git tells texts from others in the same way.
    guard separatesByNUL || !contents.prefix(8000).contains(0) else {
      throw .input("\(name) is no file of prompts: it holds zero bytes, which UTF-8 text does not.")
    }
    let format = format ?? (separatesByNUL ? .text : PromptFormat(name: name, contents: contents))
    self.format = format
    let lines = TextLines(contents, separator: separatesByNUL ? 0 : UInt8(ascii: "\n"))
    switch format {
    case .text:
      self.lines = try TextReader(plainField: plainField).read(lines, name: name)
      notes = []
    case .json:
      let isOneValue = !separatesByNUL && JSONPieces.isNeeded(contents)
      self.lines =
        try isOneValue ? JSONReader().read(JSONPieces(contents), name: name) : JSONReader().read(lines, name: name)
      notes = []
    case .csv:
      guard !separatesByNUL else { throw .request("CSV has records of its own: leave out -0.") }
      let (read, others) = try CSVReader.read(contents, name: name)
      self.lines = read
      let told = others.map { "\"\($0.column.prefix(60))\" as ${\($0.variable.prefix(60))}" }
      notes =
        told.isEmpty
        ? [] : ["\(name): columns that are no fields are kept for prompts and names: \(told.joined(separator: ", "))."]
    }
  }

  /// Throws where a file holds more prompts than anybody paints.
  static func checkCount(_ count: Int, name: String) throws(UserError) {
    guard count >= maximumCount else { return }
    throw .input("\(name) holds more than \(maximumCount) prompts; cut it into several files.")
  }

  /// UTF-16 with its mark, as some spreadsheets and editors write it, in UTF-8; nil for anything else.
  private static func withoutUTF16(_ contents: [UInt8]) -> [UInt8]? {
    let isBig = contents.starts(with: [0xFE, 0xFF])
    guard isBig || contents.starts(with: [0xFF, 0xFE]), contents.count % 2 == 0 else { return nil }
    let units = stride(from: 2, to: contents.count, by: 2).map { index in
      let (first, second) = (UInt16(contents[index]), UInt16(contents[index + 1]))
      return isBig ? first << 8 | second : second << 8 | first
    }
    return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
  }
}

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
    if text.hasPrefix("{\"") || text.hasPrefix("{ \"") {
      self = .json
    } else if let header = try? CSVReader.header(of: text), header.contains(.field(.prompt)) {
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

  /// - Parameters:
  ///   - name: Decides about the format by its extension, where none is given.
  ///   - separatesByNUL: Whether records end with a zero byte instead of a line's end (text and JSON).
  ///   - plainField: What a plain line of text is.
  package init(
    _ contents: [UInt8], name: String, format: PromptFormat? = nil, separatesByNUL: Bool = false,
    plainField: Field = .prompt
  ) throws(UserError) {
    // Pictures, archives and UTF-16; git tells texts from others in the same way.
    guard separatesByNUL || !contents.prefix(8000).contains(0) else {
      throw .input("\(name) is no file of prompts: it holds zero bytes, which UTF-8 text does not.")
    }
    let format = format ?? (separatesByNUL ? .text : PromptFormat(name: name, contents: contents))
    self.format = format
    let lines = TextLines(contents, separator: separatesByNUL ? 0 : UInt8(ascii: "\n"))
    switch format {
    case .text: self.lines = TextReader(plainField: plainField).read(lines)
    case .json: self.lines = JSONLinesReader().read(lines)
    case .csv:
      guard !separatesByNUL else { throw .request("CSV has records of its own: leave out -0.") }
      self.lines = try CSVReader.read(contents, name: name)
    }
  }
}

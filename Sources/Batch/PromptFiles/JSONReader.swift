import Foundation
import Painting
import System

/// A JSON object a line, or an array of them over several lines. Keys are the names of fields or `$name` for variables; a
/// bare string is a prompt.
struct JSONReader {
  func read(
    _ pieces: some Sequence<TextLines.Line>, name: String
  ) throws(UserError) -> [Result<PromptLine, LineFault>] {
    var read: [Result<PromptLine, LineFault>] = []
    for piece in pieces {
      try PromptFile.checkCount(read.count, name: name)
      do throws(LineFault) {
        let text = try piece.text.get()
        if text.isEmpty || text.hasPrefix("#") { continue }
        read.append(.success(try prompt(text, line: piece.number)))
      } catch {
        read.append(.failure(error))
      }
    }
    return read
  }

  private func prompt(_ text: String, line: Int) throws(LineFault) -> PromptLine {
    var prompt = PromptLine(line: line)
    switch try value(text, line: line) {
    case let text as String: prompt.fields[.prompt] = text
    case let object as [String: Any]:
      for (name, value) in object.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
        try prompt.set(name, to: scalar(value, name: name, line: line))
      }
    case is [Any]:
      throw LineFault(
        line: line, reason: "This is a JSON array; expected objects or strings, a line each or in one array.")
    default: throw LineFault(line: line, reason: "This is JSON, but neither an object nor a string.")
    }
    guard prompt.fields[.prompt] != nil || !prompt.fields.isEmpty || !prompt.variables.isEmpty else {
      throw LineFault(line: line, reason: "The object is empty; expected at least \"prompt\".")
    }
    return prompt
  }

  private func value(_ text: String, line: Int) throws(LineFault) -> Any {
    do {
      return try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    } catch {
      let details = (error as NSError).userInfo["NSDebugDescription"] as? String
      let sentence = details ?? "it does not keep to the rules"
      throw LineFault(
        line: line, reason: "This is not JSON: \(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence).")
    }
  }

  private func scalar(_ value: Any, name: String, line: Int) throws(LineFault) -> String {
    switch value {
    case let text as String: return text
    case let list as [String] where Setting.named(name)?.separator != nil:
      return list.joined(separator: Setting.named(name)?.separator ?? "")
    case let number as NSNumber:
      // NSNumber calls truth 1.
      guard !isBoolean(number) else {
        if Setting.named(name)?.kind == .flag { return number.boolValue.settingText }
        throw LineFault(line: line, reason: "\"\(name)\" is true or false; expected text or a number.")
      }
      return number.stringValue
    default:
      throw LineFault(line: line, reason: "\"\(name)\" is an object or array; expected text or a number.")
    }
  }

  private func isBoolean(_ number: NSNumber) -> Bool {
    let type = unsafe String(cString: number.objCType)
    return type == "c" || type == "B"
  }
}

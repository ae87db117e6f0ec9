extension Verdict {
  /// One line of JSON: `{"decision","score","categories":{...},"reasons":[...]}`, and `"guardrail":"off"` where
  /// the policy has switched it off. Spans count UTF-8 bytes of the text as typed.
  package var json: String {
    var line = "{\"decision\":\"\(decision.rawValue)\",\"score\":\(score.threeDecimals),\"categories\":{"
    for (position, category) in Category.allCases.enumerated() {
      line += position == 0 ? "\"" : ",\""
      line += category.rawValue
      line += "\":"
      line += categories[category].threeDecimals
    }
    line += "},\"reasons\":["
    line += reasons.map(\.json).joined(separator: ",")
    line += isOff ? "],\"guardrail\":\"off\"}" : "]}"
    return line
  }
}

extension Reason {
  /// `{"category","rule"?,"by","weight","words":[...],"spans":[[from,to],...],"read_as"?}`.
  package var json: String {
    var fields = "{\"category\":\"\(category.rawValue)\","
    switch origin {
    case .rule(let name): fields += "\"by\":\"rule\",\"rule\":\(name.jsonQuoted)"
    case .classifier: fields += "\"by\":\"classifier\""
    case .denyList: fields += "\"by\":\"deny_list\""
    case .safetyChecker: fields += "\"by\":\"safety_checker\""
    case .pictureFilter: fields += "\"by\":\"picture_filter\""
    }
    fields += ",\"weight\":\(weight.threeDecimals)"
    fields += ",\"words\":[" + words.map(\.jsonQuoted).joined(separator: ",") + "]"
    fields += ",\"spans\":[" + spans.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",") + "]"
    if !readAs.isEmpty { fields += ",\"read_as\":\(readAs.jsonQuoted)" }
    return fields + "}"
  }
}

extension Double {
  /// A number of 0...1 with three decimals, without the cost of a formatter.
  fileprivate var threeDecimals: String {
    let thousandths = Int((min(max(self, 0), 1) * 1000).rounded())
    if thousandths == 1000 { return "1.000" }
    let digits = String(thousandths)
    return "0." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}

extension String {
  /// The string as JSON writes it (RFC 8259), with its quotation marks.
  fileprivate var jsonQuoted: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension String {
  /// A sentence whose settings, which stand in backticks, are spelt as its readers write them.
  ///
  /// - Parameters:
  ///   - others: Names beside those of settings that are spelt so too.
  ///   - spell: `guidance-end` as `--guidance-end`, say.
  package func spellingSettings(and others: [String] = [], _ spell: (String) -> String) -> String {
    guard contains("`") else { return self }
    let parts = split(separator: "`", omittingEmptySubsequences: false).map(String.init)
    guard parts.count % 2 == 1 else { return self }
    var text = ""
    for (index, part) in parts.enumerated() {
      let isName = index % 2 == 1 && (others.contains(part) || Setting.all.contains { $0.name == part })
      text += index % 2 == 0 ? part : isName ? spell(part) : "`\(part)`"
    }
    return text
  }
}

extension PictureSettings {
  /// The flags and the prompt that say the same, without the program's name.
  package var arguments: [String] {
    let others = texts.filter { !["prompt", "reference", "control", "ip-reference", "style-from"].contains($0.name) }
    let pictures =
      references.paths.map { ("reference", $0) } + controls.wishes.map { ("control", $0.text()) }
      + self.pictures.wishes.map { ("ip-reference", $0.text()) }
      + styleFrom.paths.map { ("style-from", $0) }
    let flags = (others + pictures).flatMap { name, text in
      Setting.named(name)?.kind == .flag
        ? ["--\(name)"] : text.hasPrefix("-") ? ["--\(name)=\(text)"] : ["--\(name)", text]
    }
    return flags + ["--", prompt]
  }

  /// The command that paints the picture, as one types it into a shell.
  package var commandLine: String { (["limn"] + arguments.map(\.shellQuoted)).joined(separator: " ") }
}

extension String {
  /// As one types it into a shell.
  package var shellQuoted: String {
    let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:+=,".contains($0)) }
    return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}

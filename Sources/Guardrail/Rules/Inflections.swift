/// The forms of a word that a term with `+` stands for.
enum Inflections {
  /// - Parameters:
  ///   - word: ASCII letters after folding; words of other scripts have no forms but themselves.
  ///   - language: a two-letter code; languages without rules of their own take a few common endings.
  static func forms(of word: String, language: String) -> [String] {
    guard word.utf8.count >= 2, let last = word.last, last.isASCII else { return [word] }
    switch language {
    case "en": return english(word, last: last)
    case "de", "nl", "sv", "da", "no":
      return [""].appending("e", "en", "er", "es", "em", "s", "n", "t", "d").map { word + $0 }
    case "es", "pt", "it":
      let stem = "aeio".contains(last) ? String(word.dropLast()) : word
      return [word] + ["a", "o", "e", "i", "as", "os", "es"].map { stem + $0 } + [word + "s"]
    case "fr": return ["", "s", "e", "es", "x"].map { word + $0 }
    default: return ["", "s", "a", "e", "i", "y", "u", "em", "om", "ow", "ami"].map { word + $0 }
    }
  }

  private static func english(_ word: String, last: Character) -> [String] {
    let vowels = "aeiou"
    let stem = String(word.dropLast())
    var forms = [word, word + "s"]
    switch last {
    case "e": forms += ["d", "r", "rs"].map { word + $0 } + [stem + "ing"]
    case "y" where !vowels.contains(stem.last ?? "a"):
      forms += ["ies", "ied", "ier", "iest"].map { stem + $0 } + [word + "ing"]
    case "s", "x", "z", "h": forms += ["es", "ed", "ing", "er", "ers"].map { word + $0 }
    default: forms += ["ed", "ing", "er", "ers"].map { word + $0 }
    }
    // One short vowel before one last consonant: stab, stabbed.
    let letters = Array(word)
    if letters.count >= 3, !vowels.contains(last), !"wxy".contains(last), vowels.contains(letters[letters.count - 2]),
      !vowels.contains(letters[letters.count - 3])
    {
      forms += ["ed", "ing", "er", "ers", "y"].map { word + String(last) + $0 }
    }
    return forms
  }
}

extension [String] {
  fileprivate func appending(_ others: String...) -> [String] { self + others }
}

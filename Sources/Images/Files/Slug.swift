import Foundation

/// Names for files from prompts.
package enum Slug {
  /// Characters at most.
  package static let length = 50

  /// "A red fox, café" is "a-red-fox-cafe": small ASCII letters, digits and hyphens, 1 to 50, cut between words.
  ///
  /// Other scripts are written in Latin letters; where nothing is left the name is "picture".
  package static func slug(of prompt: String) -> String {
    let latin =
      String(prompt.prefix(200)).applyingTransform(.toLatin, reverse: false)?
      .applyingTransform(.stripDiacritics, reverse: false) ?? prompt
    var words: [String] = []
    var count = -1
    for word in spelled(latin.lowercased()).split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber) }) {
      let room = length - count - 1
      guard word.count <= room else {
        if words.isEmpty { words = [String(word.prefix(length))] }
        break
      }
      words.append(String(word))
      count += word.count + 1
    }
    return words.isEmpty ? "picture" : words.joined(separator: "-")
  }

  /// Letters that are no letter with an accent. An apostrophe joins: "dragon's" is "dragons".
  private static func spelled(_ text: String) -> String {
    let spellings: [Character: String] = [
      "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "'": "", "’": "",
    ]
    return text.reduce(into: "") { $0 += spellings[$1] ?? String($1) }
  }
}

/// Commands mistyped, which would be painted as prompts.
enum Misspelling {
  /// The command that differs from `word` by one letter too many, too few, wrong or swapped with its neighbour.
  static func command(near word: String) -> String? {
    let typed = Array(word.lowercased())
    return Limn.configuration.subcommands.compactMap { command in
      let name = command.configuration.commandName ?? "\(command)".lowercased()
      return isNear(typed, Array(name)) ? name : nil
    }.first
  }

  private static func isNear(_ first: [Character], _ second: [Character]) -> Bool {
    guard first != second, abs(first.count - second.count) <= 1, min(first.count, second.count) >= 4 else {
      return false
    }
    let start = zip(first, second).prefix { $0 == $1 }.count
    let (left, right) = (Array(first[start...]), Array(second[start...]))
    if left.count != right.count {
      return left.count > right.count ? Array(left.dropFirst()) == right : left == Array(right.dropFirst())
    }
    let isSwapped =
      left.count >= 2 && left[0] == right[1] && left[1] == right[0] && left.dropFirst(2) == right.dropFirst(2)
    return isSwapped || left.dropFirst() == right.dropFirst()
  }
}

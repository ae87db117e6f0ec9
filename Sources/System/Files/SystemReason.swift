/// Why a system call failed, as a part of a sentence: "no space left on device".
package enum SystemReason {
  /// Of the last call of this thread (`errno`).
  package static var last: String { words(for: errno) }

  package static func words(for number: Int32) -> String {
    let words = unsafe String(cString: strerror(number))
    return words.prefix(1).lowercased() + words.dropFirst()
  }
}

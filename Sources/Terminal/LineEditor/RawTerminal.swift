import System

/// A terminal that gives each key at once and shows none by itself, until it is restored; whatever ends the process meanwhile
/// restores it too.
struct RawTerminal {
  enum Input {
    case bytes([UInt8])
    /// Nothing came in the time.
    case nothing
    /// The terminal is gone, or a signal wants the process to end.
    case end
  }

  private let cooked: termios

  /// Nil where standard input is no terminal.
  init?() {
    var settings = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    cooked = settings
    enter()
  }

  private func enter() {
    var raw = cooked
    raw.c_iflag &= ~tcflag_t(ICRNL | IXON | BRKINT | INPCK | ISTRIP)
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
    unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    // Pasted text comes with marks around it.
    Console.write("\u{1B}[?2004h")
  }

  func restore() {
    Console.write("\u{1B}[?2004l")
    var settings = cooked
    unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
  }

  /// Ctrl-Z: stops as any program does, and goes on with the terminal as it was.
  func suspend() {
    restore()
    raise(SIGTSTP)
    enter()
  }

  /// - Parameter milliseconds: How long to wait; nil: until something comes.
  func bytes(waitingFor milliseconds: Int32?) -> Input {
    // A signal may reach another thread: it is asked about.
    let interval: Int32 = 100
    while true {
      if Interruption.status != nil { return .end }
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&input, 1, milliseconds ?? interval)
      if ready == 0, milliseconds != nil { return .nothing }
      guard ready > 0 else { continue }
      var block = [UInt8](repeating: 0, count: 4096)
      let count = unsafe read(STDIN_FILENO, &block, block.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      return count > 0 ? .bytes(Array(block.prefix(count))) : .end
    }
  }
}

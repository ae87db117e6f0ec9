import Foundation
import Testing

/// `limn -i`, on a terminal that the test plays.
@Suite struct InteractiveTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func withoutATerminalItIsRefused() throws {
    let run = try limn("-i", input: Array("a fox\n".utf8), in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("limn batch -"))
    #expect(try folder.names.isEmpty)
  }

  #if os(Linux)
    @Test func promptsSettingsAndKeys() throws {
      let terminal = try PlayedTerminal(["-i", "--seed", "1", "--preview=none"], in: folder)
      try terminal.wait(for: "limn> ")
      try terminal.type("a fox\r", thenWaitFor: "a-fox-1.png")
      try terminal.type("!steps 2\r", thenWaitFor: "--steps 2")
      try terminal.type("!steps many\r", thenWaitFor: "!steps \"many\" is not a whole number")
      try terminal.type("!undo\r", thenWaitFor: "--seed 1")
      try terminal.type("\u{1B}[A\u{1B}[A\u{1B}[A\u{1B}[A\r", thenWaitFor: "a-fox-1-2.png")
      try terminal.type("a naked woman\r", thenWaitFor: "refused")
      try terminal.type("half a prompt\u{3}", thenWaitFor: "^C")
      try terminal.type("!sty\t\u{15}!again\r", thenWaitFor: "a-fox-")
      try terminal.type("\u{4}")
      #expect(terminal.end() == 0)
      let names = try folder.names
      #expect(names.filter { $0.hasPrefix("a-fox-") && $0.hasSuffix(".png") }.count == 3)
      let lines = folder.history.deletingLastPathComponent().appending(path: "prompt-lines")
      #expect(try String(contentsOf: lines, encoding: .utf8).contains("a fox\n!steps 2\n"))
    }

    @Test func controlCStopsThePaintingAlone() throws {
      let terminal = try PlayedTerminal(["-i", "--preview=none", "--seed", "1", "--no-history"], in: folder)
      try terminal.wait(for: "limn> ")
      try terminal.type("!steps 1000\r", thenWaitFor: "--steps 1000")
      try terminal.type("!size large\r", thenWaitFor: "--size large")
      try terminal.type("a fox\r")
      try terminal.wait(for: "painting")
      try terminal.type("\u{3}", thenWaitFor: "Stopped.")
      try terminal.type("!quit\r")
      #expect(terminal.end() == 0)
      #expect(try folder.names.isEmpty)
      let lines = folder.history.deletingLastPathComponent().appending(path: "prompt-lines")
      #expect(!FileManager.default.fileExists(atPath: lines.path), "no history, no lines")
    }
  #endif
}

#if os(Linux)
  /// A pseudoterminal with limn on its other side.
  private final class PlayedTerminal {
    struct Silence: Error, CustomStringConvertible {
      let description: String
    }

    private let master: Int32
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private var seen: [UInt8] = []

    init(_ arguments: [String], in folder: TestFolder) throws {
      // Swift's Glibc has no `openpty`; these are Linux's TIOCSPTLCK and TIOCGPTN.
      master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
      var lock: Int32 = 0
      var number: Int32 = 0
      guard master >= 0, unsafe ioctl(master, 0x4004_5431, &lock) == 0,
        unsafe ioctl(master, 0x8004_5430, &number) == 0
      else { throw Silence(description: "no terminal") }
      let path = "/dev/pts/\(number)"
      // `setsid -c` makes it the terminal that Ctrl-C goes through.
      process.executableURL = URL(filePath: "/usr/bin/setsid")
      process.arguments = ["-c", "-w", Program.path] + arguments
      process.currentDirectoryURL = folder.work
      process.environment = folder.environment.merging(["TERM": "xterm-256color"]) { $1 }
      let slave = try #require(FileHandle(forUpdatingAtPath: path))
      (process.standardInput, process.standardOutput, process.standardError) = (slave, slave, slave)
      let ended = ended
      process.terminationHandler = { _ in ended.signal() }
      try process.run()
      try slave.close()
      _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit { close(master) }

    func type(_ text: String, thenWaitFor answer: String? = nil) throws {
      seen = []
      let bytes = Array(text.utf8)
      #expect(unsafe write(master, bytes, bytes.count) == bytes.count)
      guard let answer else { return }
      try wait(for: answer)
      try wait(for: "limn> ")
    }

    /// - Throws: ``Silence`` where it does not come within a minute.
    func wait(for answer: String) throws {
      let clock = ContinuousClock()
      let start = clock.now
      while true {
        let text = String(decoding: seen, as: UTF8.self)
        if let range = text.range(of: answer) {
          seen = Array(text[range.upperBound...].utf8)
          return
        }
        guard clock.now - start < .seconds(60) else {
          throw Silence(description: "no \(answer) in \(text.debugDescription)")
        }
        read()
      }
    }

    private func read() {
      var block = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe Foundation.read(master, &block, block.count)
      if count > 0 { seen += block.prefix(count) } else { usleep(10_000) }
    }

    /// The exit status.
    func end() -> Int32 {
      while ended.wait(timeout: .now() + .milliseconds(20)) == .timedOut { read() }
      return process.terminationStatus
    }
  }
#endif

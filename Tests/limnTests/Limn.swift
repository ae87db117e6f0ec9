import Foundation
import Testing

/// What a command left behind.
struct Run {
  /// The exit status; 128 and the signal's number where a signal ended it, as shells count.
  let status: Int32
  let outputBytes: [UInt8]
  /// Standard error.
  let errors: String

  /// Standard output.
  var output: String { String(decoding: outputBytes, as: UTF8.self) }
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// Standard output as one JSON object a line.
  func objects() throws -> [[String: Any]] {
    try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
  }
}

/// Runs limn in a folder, as a user would who has nothing set up.
func limn(_ arguments: String..., input: [UInt8] = [], in folder: TestFolder) throws -> Run {
  try run(Program.path, arguments, input: input, in: folder)
}

func limn(_ arguments: [String], input: [UInt8] = [], in folder: TestFolder) throws -> Run {
  try run(Program.path, arguments, input: input, in: folder)
}

/// Runs a shell's command line; `limn` is on its path.
func shell(_ commands: String, in folder: TestFolder) throws -> Run {
  try run("/bin/sh", ["-c", commands], input: [], in: folder)
}

/// Standard streams are files: a full pipe can stop nothing, and no other test's child holds one open.
private func run(_ program: String, _ arguments: [String], input: [UInt8], in folder: TestFolder) throws -> Run {
  let streams = try TestFolder.fresh()
  defer { try? FileManager.default.removeItem(at: streams) }
  func stream(_ name: String, _ contents: [UInt8] = []) throws -> URL {
    let file = streams.appending(path: name)
    try Data(contents).write(to: file)
    return file
  }
  let (output, errors) = (try stream("output"), try stream("errors"))
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.currentDirectoryURL = folder.work
  process.environment = folder.environment
  let handles = [
    try FileHandle(forReadingFrom: stream("input", input)), try FileHandle(forWritingTo: output),
    try FileHandle(forWritingTo: errors),
  ]
  // Foundation keeps a process, and its handles, beyond its end.
  defer { for handle in handles { try? handle.close() } }
  (process.standardInput, process.standardOutput, process.standardError) = (handles[0], handles[1], handles[2])
  // `waitUntilExit` turns the run loop of its thread, which tests in parallel do not have to themselves.
  let end = DispatchSemaphore(value: 0)
  process.terminationHandler = { _ in end.signal() }
  unblockSignals()
  try process.run()
  end.wait()
  let isSignal = process.terminationReason == .uncaughtSignal
  return Run(
    status: process.terminationStatus + (isSignal ? 128 : 0), outputBytes: Array(try Data(contentsOf: output)),
    errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
}

/// Tests run on threads that block signals; a child would inherit that, and a shell wait for ever for its own children.
private func unblockSignals() {
  var none = sigset_t()
  unsafe sigemptyset(&none)
  unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
}

/// The binary that is tested: the one built beside these tests.
enum Program {
  static let path: String = {
    let candidates =
      CommandLine.arguments + [Bundle.main.executablePath ?? "", #filePath + "/../../../.build/release/x"]
    for candidate in candidates where candidate.contains("/") {
      var folder = URL(filePath: candidate).standardizedFileURL.deletingLastPathComponent()
      for _ in 0..<4 {
        let binary = folder.appending(path: "limn").path
        if isProgram(binary) { return binary }
        folder.deleteLastPathComponent()
      }
    }
    return "limn: not built"
  }()

  static var folder: String { URL(filePath: path).deletingLastPathComponent().path }

  private static func isProgram(_ path: String) -> Bool {
    let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    return type == .typeRegular && FileManager.default.isExecutableFile(atPath: path)
  }
}

import ArgumentParser
import Engine
import Foundation
import Options
import Painting
import Server
import System
import Terminal

/// `limn mcp`: a tool for agents and editors.
struct ModelContext: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Paint for an agent or editor that speaks the Model Context Protocol over standard input and output.",
    discussion: "In the client's list of servers: {\"command\": \"limn\", \"args\": [\"mcp\"]}")

  @Option(
    name: .shortAndLong, help: "The model that paints where nobody names one (default: limn's own).",
    completion: .custom(SettingNames.models))
  var model: String?

  @Option(help: "Where pictures are written (default: $XDG_DATA_HOME/limn/pictures).", completion: .directory)
  var pictures: String?

  @OptionGroup(title: "Machine") var machine: MachineOptions

  func run() async throws {
    try machine.check()
    MachineOptions.use(threads: machine.threads)
    let engine = RunningEngine.start()
    if let model { _ = try engine.model(model) }
    let folder = URL(fileURLWithPath: pictures ?? Installation.current.picturesFolder).standardizedFileURL.path
    let mcp = try StandardMCP(
      QueueSettings(limit: machine.limit, picturesFolder: folder), model: model, engine: engine)
    let (lines, feed) = AsyncStream.makeStream(of: String.self)
    // Waiting for the next line holds a thread; C's own reading would also hold what flushing the answers waits for.
    Thread.detachNewThread {
      var line: [UInt8] = []
      while case let data = FileHandle.standardInput.availableData, !data.isEmpty {
        for byte in data {
          guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            continue
          }
          feed.yield(String(decoding: line, as: UTF8.self))
          line = []
        }
      }
      feed.finish()
    }
    try await mcp.run(lines) { line in
      print(line)
      try Console.finishResults()
    }
  }
}

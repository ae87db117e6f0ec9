import ArgumentParser
import Engine
import Foundation
import Options
import System
import Terminal
import Views

@main
struct Limn: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limn",
    abstract: "Paints a picture from a prompt, on an ordinary CPU.",
    discussion: """
      limn "a red fox in the snow"
      limn "a castle by the sea" --style cartoon --aspect 16:9 -o castle.png
      limn "a cat" -o - | display
      limn "a portrait of a robot" --model ~/models/sd15.safetensors --steps 20

      PICTURE   -s, --style NAME      a look; `limn styles` lists them
                -a, --aspect 16:9     its shape; --size small, medium or large
                -n, --negative TEXT   what to avoid
                -r, --reference FILE  a picture to start from; --strength 0.5
                --mask FILE           paint only what is white in it
                -c, --count N         several, with seeds one after another
      MODEL     -m, --model NAME      a name (`limn models`), folder or file
                --lora NAME:0.8       what changes it
                --seed N --steps N --guidance X --sampler NAME
      OUTPUT    -o FILE               the picture; '-' is standard output
                --preview             draw it in the terminal
                --json -q -v          for programs; less; more
      MACHINE   --threads N --max-memory 2GB

      `limn generate --help` explains all of these and more. \
      `generate` is the default and need not be written. Exit status: 0 painted, 2 a mistake on the command line, \
      3 refused by the guardrail, 4 not allowed to you, 5 an input cannot be read, 6 too little memory or disk, 7 a part of a batch was not painted, \
      69 the server of LIMN_HOST cannot be reached, 70 a fault of limn's own, \
      130 and 143 interrupted.
      """,
    version: Version.tool,
    subcommands: [
      Generate.self, BatchCommand.self, HistoryCommand.self, ReportCommand.self, Roles.self, Styles.self, Things.self,
      Models.self, PresetsCommand.self,
      Enlarge.self, Restyle.self, Inspect.self, Score.self, Guard.self, Doctor.self, Bench.self,
      Serve.self, Tokens.self, ModelContext.self,
      Manual.self, Licences.self,
    ],
    defaultSubcommand: Generate.self)

  static func main() async {
    occupyStandardStreams()
    // Swift reads the command line there; in a bare chroot it finds none, not even the program's name.
    if CommandLine.arguments.isEmpty {
      fail("The command line cannot be read: /proc is not mounted here.", .fault)
    }
    ProcessLimits.check()
    Installation.current.protectFiles()
    // Where a parent ignores it, a reader that leaves would be told as an error.
    Foundation.signal(SIGPIPE, SIG_DFL)
    // A file that may not grow is told as such, like a full disk.
    Foundation.signal(SIGXFSZ, SIG_IGN)
    if CommandLine.arguments.count < 2 {
      // Nothing was painted, and a script whose prompt got lost must notice.
      FileHandle.standardError.write(Data((Overview.text + "\n").utf8))
      ProcessLimits.end(ExitStatus.usage.rawValue)
    }
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      RunningEngine.finish()
      try Console.finishResults()
    } catch {
      leave(after: error)
    }
    ProcessLimits.end(0)
  }

  /// A standard stream that was closed would be the next file opened: results would end up in it.
  private static func occupyStandardStreams() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
      // Neither can be used as a stream is.
      _ = unsafe open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Says what went wrong on standard error and ends with the status that it stands for. Help is a result, not an error.
  private static func leave(after error: any Error) -> Never {
    RunningEngine.finish()
    if let status = Interruption.status, error is CancellationError { ProcessLimits.end(status) }
    if let status = ExitStatus(error) {
      fail("\(error)".asFlags, status)
    }
    // A command that has said all there is to say ends with a status of its own.
    if let code = error as? ExitCode {
      finishResultsOrLeave()
      ProcessLimits.end(code.rawValue)
    }
    let code = exitCode(for: error)
    if code == .success {
      print(fullMessage(for: error))
      finishResultsOrLeave()
      ProcessLimits.end(0)
    }
    if code == .validationFailure {
      fail(String(fullMessage(for: error).trimmingPrefix("Error: ")), .usage)
    }
    fail("\(error.localizedDescription)", .fault)
  }

  /// Says on standard error what went wrong, to a program that asked for JSON on standard output too, and ends.
  private static func fail(_ sentence: String, _ status: ExitStatus) -> Never {
    Console.error(sentence)
    if FailureRecord.isWanted, let line = try? FailureRecord(sentence, status).json {
      print(line)
      finishResultsOrLeave()
    }
    ProcessLimits.end(status.rawValue)
  }

  /// A result that nobody got is worse than what it says.
  private static func finishResultsOrLeave() {
    do {
      try Console.finishResults()
    } catch {
      Console.error("\(error)")
      ProcessLimits.end(ExitStatus.resources.rawValue)
    }
  }
}

import ArgumentParser
import Engine
import Options
import Painting
import System

/// `limn presets`
struct PresetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "presets",
    abstract: "Keep settings under a name, for --preset.",
    discussion: """
      limn presets save ink --style ink --aspect 3:2 --count 4
      limn "a castle" --preset ink
      limn presets save default --model ~/models/sdxl-turbo    holds from now on, unless --preset names another
      """,
    subcommands: [List.self, Save.self, Show.self, Remove.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the presets and what they say.")

    func run() throws {
      let presets = Presets(.current)
      for name in presets.names {
        let flags =
          (try? presets.texts(name)).map(PresetsCommand.flags) ?? "(cannot be read; `limn presets show` says why)"
        print("\(name.padding(to: 16)) \(flags)".harmlessLine)
      }
    }
  }

  struct Save: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep the settings that the flags say, in the place of what the name meant before.")

    @Argument(help: "Its name; `default` holds wherever no other is named.") var name: String
    @OptionGroup(title: "Picture") var picture: SettingOptions<PictureGroup>
    @OptionGroup(title: "Sampling") var sampling: SettingOptions<SamplingGroup>

    func run() throws { try Presets(.current).save(PictureSettings(picture, sampling), as: name) }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a preset as flags.")

    @Argument(help: "Its name.", completion: .custom { _, _, _ in Presets(.current).names }) var name: String

    func run() throws { print(PresetsCommand.flags(try Presets(.current).texts(name)).harmlessLine) }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a preset.")

    @Argument(help: "Its name.", completion: .custom { _, _, _ in Presets(.current).names }) var name: String

    func run() throws { try Presets(.current).remove(name) }
  }

  /// As they are typed.
  private static func flags(_ texts: [String: String]) -> String {
    guard let settings = try? PictureSettings(texts) else { return "" }
    return settings.arguments.dropLast(2).map(\.shellQuoted).joined(separator: " ")
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

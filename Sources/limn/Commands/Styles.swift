import ArgumentParser
import Engine
import Options
import System

/// `limn styles`: what `--style` takes.
struct Styles: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the styles of a model.")

  @Option(
    name: .shortAndLong, help: "A model's name or path (default: the bundled one).",
    completion: .custom(SettingNames.models))
  var model: String?

  func run() throws {
    let catalog = Installation.current.catalog
    let styles = try catalog.open(catalog.find(model)).defaults.styles
    let width = styles.map(\.name.count).max() ?? 0
    for style in styles {
      let finish = style.finish == nil ? "" : "  (painted so, then finished by rule)"
      // Anybody's model says these.
      let name = style.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
      print((name + style.template).harmlessLine + finish)
    }
  }
}

import ArgumentParser
import Engine
import System

/// `--preset`: settings kept under a name.
package struct PresetOptions: ParsableArguments, Sendable {
  @Option(
    help: """
      Settings kept under a name (`limn presets`), which flags replace one by one; `none` leaves out those that \
      `limn presets save default` made the usual ones.
      """,
    completion: .custom { _, _, _ in Presets(.current).names })
  package var preset: String?

  /// What flags say, and the preset where they say nothing.
  /// - Throws: ``UserError``
  package func completing(_ flags: [String: String]) throws(UserError) -> [String: String] {
    try Presets(.current).texts(preset).merging(flags) { $1 }
  }

  package init() {}
}

import Families
import Foundation
import Guardrail
import History
import System

/// Where a copy of limn finds and keeps its things.
package struct Installation: Sendable {
  package let environment: [String: String]
  private let executable: String

  /// Of the running program.
  package static let current: Installation = {
    var environment = ProcessInfo.processInfo.environment
    // A daemon may start without `HOME`.
    if environment["HOME", default: ""].isEmpty { environment["HOME"] = NSHomeDirectory() }
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return Installation(environment: environment, executable: program ?? CommandLine.arguments[0])
  }()

  /// - Parameters:
  ///   - environment: Decides about folders: `LIMN_WEIGHTS`, `LIMN_HISTORY`, `XDG_*`, `HF_HOME`, `HOME`.
  ///   - executable: The program, links resolved; the bundled weights lie near it.
  package init(environment: [String: String], executable: String) {
    self.environment = environment
    self.executable = executable
  }

  package var catalog: ModelCatalog { ModelCatalog(environment: environment, executable: executable) }

  /// `$XDG_CACHE_HOME/limn`
  package var cacheFolder: String { BaseFolder.cache(environment) }

  /// `$XDG_CONFIG_HOME/limn`
  package var configurationFolder: String { folder("XDG_CONFIG_HOME", ".config") }

  /// The database of runs: `LIMN_HISTORY`, or `$XDG_STATE_HOME/limn/history.sqlite`.
  package var historyPath: String {
    if let path = environment["LIMN_HISTORY"], !path.isEmpty { return path }
    return folder("XDG_STATE_HOME", ".local/state") + "/history.sqlite"
  }

  /// The lines typed at `limn -i`: `$XDG_STATE_HOME/limn/prompt-lines`.
  package var promptLinesPath: String { folder("XDG_STATE_HOME", ".local/state") + "/prompt-lines" }

  /// Where a server puts pictures: `$XDG_DATA_HOME/limn/pictures`.
  package var picturesFolder: String { folder("XDG_DATA_HOME", ".local/share") + "/pictures" }

  /// What a server keeps beside the history.
  package var serverFolder: String {
    URL(fileURLWithPath: historyPath).deletingLastPathComponent().appending(path: "server").path
  }

  /// limn's own folder under one of the XDG base directories, which count only where they are absolute.
  private func folder(_ variable: String, _ standard: String) -> String {
    BaseFolder.folder(variable, standard, environment)
  }

  /// Keeps whatever is written away from limn's own files.
  package func protectFiles() {
    for path in HistoryStore.files(of: historyPath) { ProtectedFiles.protect(path, as: "a file of limn's history") }
    for path in [policyPath, PolicyLock.path(for: policyPath)] {
      ProtectedFiles.protect(path, as: "a file of the guardrail's policy")
    }
  }

  /// Who asks: see ``History/Person/current(sharing:environment:)``.
  package var person: Person { Person.current(sharing: historyPath, environment: environment) }

  // MARK: The guardrail

  /// Where the guardrail's policy lies.
  package var policyPath: String { configurationFolder + "/guardrail.json" }

  /// The guardrail's policy; the standard one where there is no such file.
  /// - Throws: `GuardrailError`
  package func policy() throws -> Policy {
    try Policy(path: policyPath, knownRoles: Role.allCases.map(\.rawValue))
  }

  package func makePolicyFolder() throws {
    try FileManager.default.createDirectory(atPath: configurationFolder, withIntermediateDirectories: true)
  }

  /// The guardrail with its rules, classifier and policy; nothing is painted without.
  /// - Parameter role: in whose name texts are judged; nil: as for everybody.
  package func guardrail(role: Role? = nil) throws -> Guardrail {
    try Guardrail(
      folder: guardrailFolder(),
      encoder: { layers throws(GuardrailError) in
        guard let folder = catalog.encoderFolder else { return nil }
        do {
          return try PromptEncoder(folder: folder, layers: layers)
        } catch {
          throw .unreadable(path: folder, "the guardrail's encoder can't be used (\(error)); build limn again.")
        }
      }, policy: policy(), role: role?.rawValue)
  }

  package func guardrailFolder() throws -> String {
    guard let folder = catalog.weightsFolder else {
      throw UserError.input(
        "The guardrail's rules were not found: they are not packed into this program (`make build` does that), and there is no `weights/guardrail` in a folder above it; set LIMN_WEIGHTS to the folder that holds `guardrail`."
      )
    }
    return "\(folder)/guardrail"
  }
}

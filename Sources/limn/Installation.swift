import Foundation
import Generation
import Guardrail
import History

/// Where this copy of limn finds and keeps its things.
enum Installation {
  /// The process's own, with a home folder even where a daemon starts without `HOME`.
  static let environment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    if environment["HOME", default: ""].isEmpty { environment["HOME"] = NSHomeDirectory() }
    return environment
  }()

  static var catalog: ModelCatalog {
    ModelCatalog(environment: environment, executable: executable)
  }

  /// `$XDG_CACHE_HOME/limn`
  static var cacheFolder: String {
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? (environment["HOME"] ?? "") + "/.cache") + "/limn"
  }

  /// The database of runs: `LIMN_HISTORY`, or `$XDG_STATE_HOME/limn/history.sqlite`.
  static var historyPath: String {
    if let path = environment["LIMN_HISTORY"], !path.isEmpty { return path }
    let base = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? (environment["HOME"] ?? "") + "/.local/state") + "/limn/history.sqlite"
  }

  /// Who asks: see ``History/Person/current(sharing:environment:)``.
  static let person = Person.current(sharing: historyPath, environment: environment)

  /// `$XDG_CONFIG_HOME/limn`
  static var configurationFolder: String {
    let base = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? (environment["HOME"] ?? "") + "/.config") + "/limn"
  }

  /// Where the guardrail's policy lies.
  static var policyPath: String { configurationFolder + "/guardrail.json" }

  /// The guardrail's policy; the standard one where there is no such file.
  /// - Throws: `GuardrailError`
  static func policy() throws -> Policy {
    try Policy(path: policyPath, knownRoles: Role.allCases.map(\.rawValue))
  }

  static func makePolicyFolder() throws {
    try FileManager.default.createDirectory(atPath: configurationFolder, withIntermediateDirectories: true)
  }

  /// The guardrail with its rules, classifier and policy; nothing is painted without.
  /// - Parameter role: in whose name texts are judged; nil: as for everybody.
  static func guardrail(_ catalog: ModelCatalog, role: Role? = nil) throws -> Guardrail {
    try Guardrail(folder: guardrailFolder(catalog), policy: policy(), role: role?.rawValue)
  }

  static func guardrailFolder(_ catalog: ModelCatalog) throws -> String {
    guard let folder = catalog.weightsFolder else {
      throw GenerationError.input(
        "The guardrail's rules were not found: they are not packed into this program (`make build` does that), and there is no `weights/guardrail` in a folder above it; set LIMN_WEIGHTS to the folder that holds `guardrail`."
      )
    }
    return "\(folder)/guardrail"
  }

  /// The running program, links resolved.
  private static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }
}

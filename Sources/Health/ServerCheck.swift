import Engine
import Remote
import System

/// The server that paints in place of this machine, where `LIMN_HOST` names one.
package enum ServerCheck {
  package static func findings(_ installation: Installation) async -> [Finding] {
    do {
      guard let address = try installation.remote else { return [] }
      let me = try await RemoteServer.with(address) { try await $0.me() }
      let name = me["name"]?.string ?? "somebody"
      let role = me["role"]?.string ?? "without a role"
      let found = "limn \(me["version"]?.string ?? "of an unknown version"), where you are \(name), \(role)"
      return [
        Finding("server", address.name, found, address.warning == nil ? .ok : .note, advice: address.warning)
      ]
    } catch {
      return [
        Finding(
          "server", installation.environment["LIMN_HOST"] ?? "LIMN_HOST", "does not paint for you", .wrong,
          advice: "\(error)")
      ]
    }
  }
}

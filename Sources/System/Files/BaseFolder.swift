/// limn's own folders under the XDG base directories, which count only where they are absolute.
package enum BaseFolder {
  /// `$XDG_CACHE_HOME/limn`
  package static func cache(_ environment: [String: String], home: String? = nil) -> String {
    folder("XDG_CACHE_HOME", ".cache", environment, home: home)
  }

  /// - Parameters:
  ///   - variable: The base directory's.
  ///   - standard: What it is within the home where the variable says nothing.
  ///   - home: Instead of `HOME`, where that is not set: a daemon may start without.
  package static func folder(
    _ variable: String, _ standard: String, _ environment: [String: String], home: String? = nil
  ) -> String {
    let base = environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let known = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home ?? ""
    return (base ?? known + "/" + standard) + "/limn"
  }
}

import Engine
import Foundation
import Images
import Reports
import System
import Tensors

/// The program and the libraries that it runs with.
package enum LibraryCheck {
  package static var findings: [Finding] {
    let system = SystemFile("/etc/os-release").lines.first { $0.hasPrefix("PRETTY_NAME=") }
    let name = system.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } } ?? "unknown"
    var findings = [
      Finding("program", "limn", Version.number), Finding("program", "system", "\(name), \(architecture)"),
      linearAlgebra,
      Finding("libraries", "libpng", LibraryVersions.png), Finding("libraries", "zlib", LibraryVersions.zlib),
      Finding("libraries", "SQLite", HistoryHealth.libraryVersion ?? "unknown"),
    ]
    // TurboJPEG's interface does not tell its version, its file does.
    if let file = loadedFile("libturbojpeg") { findings.append(Finding("libraries", "TurboJPEG", file)) }
    return findings
  }

  private static var linearAlgebra: Finding {
    let found = Compute.libraryDescription
    guard Compute.libraryTakesThreads else {
      return Finding(
        "libraries", "OpenBLAS", found, .note,
        advice: "It was built without threads, so limn's take turns with it. Debian's libopenblas0-pthread is faster.")
    }
    // Debian's alternative for which no processor-specific code is chosen at run time.
    guard found.contains("DYNAMIC_ARCH") || found.isEmpty else {
      return Finding(
        "libraries", "OpenBLAS", found, .note,
        advice: "It was built for one kind of processor only; one with DYNAMIC_ARCH, as Debian's, suits every machine.")
    }
    return Finding("libraries", "OpenBLAS", found.replacing("OpenBLAS ", with: ""))
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #else
      "other architecture"
    #endif
  }

  /// The file of a loaded library; nil where it is linked statically.
  private static func loadedFile(_ name: String) -> String? {
    let line = SystemFile("/proc/self/maps").lines.first { $0.contains("/\(name)") }
    return line?.split(separator: "/").last.map(String.init)
  }
}

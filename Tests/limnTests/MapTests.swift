import Foundation
import Testing

/// docs/CONTRIBUTING.md against Package.swift.
@Suite struct MapTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func theMapShowsEveryTargetAndWhatItKnows() throws {
    let declared = try Self.declared()
    #expect(declared.count > 15)
    #expect(try Self.mapped() == declared)
  }

  /// SwiftPM's own check (`--explicit-target-dependency-import-check`) would look at dependencies too: swift-nio's file system
  /// imports whatever module is called System.
  @Test func everyImportIsDeclared() throws {
    let declared = try Self.declared()
    let known = Set(declared.keys).union(declared.values.joined())
    var imports = 0
    for (target, dependencies) in declared where target != "Kernels*" {
      let folder = Self.root.appending(path: "Sources/\(target)")
      let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
      for file in files where file.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        for line in text.split(separator: "\n") {
          guard
            let name = line.firstMatch(
              of: /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:\w+\s+)?import\s+(?:struct\s+|func\s+)?(\w+)/)?.1
          else { continue }
          let module = name.hasPrefix("Kernels") ? "Kernels*" : String(name)
          imports += 1
          #expect(!known.contains(module) || dependencies.contains(module), "\(target)/\(file) imports \(module)")
        }
      }
    }
    #expect(imports > 300)
  }

  @Test func everyPathOnTheMapIsThere() throws {
    let map = try String(contentsOf: Self.root.appending(path: "docs/CONTRIBUTING.md"), encoding: .utf8)
    let rooms = try Self.declared().keys
    var paths = 0
    for match in map.matches(of: /`([A-Za-z\/+]+\/[A-Za-z\/+.]*)`/) {
      let path = String(match.1)
      let isSource = rooms.contains(String(path.prefix { $0 != "/" }))
      guard isSource || path.hasPrefix("Tests/") || path.hasPrefix("Sources/") else { continue }
      let full = isSource ? "Sources/\(path)" : path
      #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: full).path), "\(path)")
      paths += 1
    }
    #expect(paths > 20)
  }

  /// Name and dependencies of each target of our own, the compiled kernels as one.
  private static func declared() throws -> [String: Set<String>] {
    let package = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    var targets: [String: Set<String>] = ["Kernels*": ["CIntrinsics", "KernelInterface"]]
    let declarations = package.components(separatedBy: "\n    .").filter {
      ($0.hasPrefix("target(") || $0.hasPrefix("executableTarget(")) && !$0.contains("path: \"Tests/")
    }
    for declaration in declarations {
      let name = try #require(declaration.firstMatch(of: /name: "(\w+)"/)).1
      let list = declaration.firstMatch(of: /dependencies: \[([^\]]*)\]/)?.1 ?? ""
      var known = Set(list.replacing(/package: "[^"]*"/, with: "").matches(of: /"([^"]+)"/).map { String($0.1) })
      if declaration.contains("kernelTargets.map") { known.insert("Kernels*") }
      targets[String(name)] = known
    }
    return targets
  }

  /// The same as the table tells it.
  private static func mapped() throws -> [String: Set<String>] {
    let map = try String(contentsOf: root.appending(path: "docs/CONTRIBUTING.md"), encoding: .utf8)
    var targets: [String: Set<String>] = [:]
    for line in map.split(separator: "\n") {
      guard let row = line.wholeMatch(of: /\| `([\w*]+)` \| .* \| (.*) \|/) else { continue }
      let known = row.2 == "nothing" ? [] : row.2.matches(of: /`([^`]+)`/).map { String($0.1) }
      targets[String(row.1)] = Set(known)
    }
    return targets
  }
}

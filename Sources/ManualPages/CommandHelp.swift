import Foundation

/// What ArgumentParser tells of a command (its `ArgumentParserToolInfo`, version 0).
package struct CommandHelp: Decodable {
  package struct Root: Decodable {
    package let command: CommandHelp
  }

  package struct Argument: Decodable {
    package struct Name: Decodable {
      let kind: String
      let name: String

      /// `-o`, `--output`
      var flag: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    package let kind: String
    package let abstract: String?
    package let names: [Name]?
    package let valueName: String?
    package let defaultValue: String?
    package let allValues: [String]?
    package let sectionTitle: String?
    package let isOptional: Bool
    package let isRepeating: Bool
    package let shouldDisplay: Bool
  }

  package let commandName: String
  package let abstract: String?
  package let discussion: String?
  package let arguments: [Argument]?
  package let subcommands: [CommandHelp]?
  package let shouldDisplay: Bool
}

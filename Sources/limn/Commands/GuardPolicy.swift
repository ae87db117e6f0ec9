import ArgumentParser
import Engine
import Guardrail
import History
import Options
import Reports
import System

extension Guard {
  /// `limn guard policy`: how strict the guardrail is here, for everybody and for single roles.
  struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "policy", abstract: "See and change how strict the guardrail is.",
      discussion: """
        limn guard policy                                 what holds now
        limn guard policy threshold hate --block 0.9      refuse hate from a score of 0.9 on
        limn guard policy allow "blood moon"              no reason to refuse
        limn guard policy deny "our mascot" --role viewer always refused for viewers
        limn guard policy pictures blur                   what a model's own safety checker objects to
        limn guard policy off --role admin                only what no policy lifts is refused

        Every change is recorded in the audit with who made it and when. Young people together with sexual content are \
        refused whatever the policy. What is set for everybody holds for a role too, unless the role has a setting of its \
        own; `on`, `off` and `reset` without --role leave those as they are, and name them.
        """,
      subcommands: [
        Show.self, Threshold.self, Allow.self, Deny.self, Pictures.self, On.self, Off.self, Reset.self,
      ],
      defaultSubcommand: Show.self)

    /// `limn guard policy show`
    struct Show: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Print what holds (the default).")

      @Option(help: "For one role: \(Role.names).")
      var role: Role?

      @Flag(help: "Print the policy as its file holds it.")
      var json = false

      func run() throws {
        let policy = try Installation.current.policy()
        guard !json else { return print(String(decoding: try policy.data, as: UTF8.self), terminator: "") }
        let strictness = policy.strictness(for: role?.rawValue)
        print("file    \(Installation.current.policyPath)")
        print("switch  \(strictness.isOff ? "off" : "on")")
        for category in Category.allCases {
          let thresholds = strictness.thresholds[category] ?? Policy.standard(for: category)
          print(
            "\(TerminalText.padded(category.rawValue, to: 18))block from \(thresholds.block), warn from \(thresholds.warn)"
          )
        }
        print(TerminalText.padded("unsafe pictures", to: 18) + (strictness.unsafePictures ?? .withhold).rawValue)
        let limit = strictness.pictureLimit ?? Policy.standardPictureLimit
        print(TerminalText.padded("picture filter", to: 18) + (limit < 1 ? "objects above \(limit)" : "off"))
        for phrase in strictness.allow { print("allow   \(phrase.harmless)") }
        for phrase in strictness.deny { print("deny    \(phrase.harmless)") }
        if role == nil, !policy.apart.isEmpty { print("apart   \(policy.apart.joined(separator: ", ")); see --role") }
      }
    }

    /// `limn guard policy threshold`
    struct Threshold: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Set from which score on a category is refused.")

      @Argument(help: "\(Category.allCases.map(\.rawValue).joined(separator: ", ")).")
      var category: Category

      @Option(help: "Scores from here on are refused; above 1, none are.")
      var block: Double?

      @Option(help: "Scores from here on pass with a warning.")
      var warn: Double?

      @OptionGroup var scope: PolicyScope

      func validate() throws {
        guard block != nil || warn != nil else { throw ValidationError("Name --block, --warn or both.") }
      }

      func run() throws { try scope.make(.thresholds(category, block: block, warn: warn)) }
    }

    /// `limn guard policy allow`
    struct Allow: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Name a phrase that is no reason to refuse.")

      @Argument(help: "A word or phrase.")
      var phrase: String

      @Flag(help: "Take it off the list.")
      var remove = false

      @OptionGroup var scope: PolicyScope

      func run() throws { try scope.make(.allow(phrase, isRemoved: remove)) }
    }

    /// `limn guard policy deny`
    struct Deny: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Name a phrase that is always refused.")

      @Argument(help: "A word or phrase.")
      var phrase: String

      @Flag(help: "Take it off the list.")
      var remove = false

      @OptionGroup var scope: PolicyScope

      func run() throws { try scope.make(.deny(phrase, isRemoved: remove)) }
    }

    /// `limn guard policy pictures`
    struct Pictures: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract:
          "Say what becomes of pictures that a safety checker or the picture filter objects to, and from when on the filter does."
      )

      @Argument(help: "withhold: nothing is written; blur: a blurred picture is.")
      var unsafe: UnsafePictures?

      @Option(
        parsing: .unconditional,
        help: "Above which score, 0 to 1, the picture filter objects (standard: 0.8); 1 switches it off.")
      var above: Double?

      @OptionGroup var scope: PolicyScope

      func run() throws {
        guard unsafe != nil || above != nil else {
          throw UserError.request("Say `withhold` or `blur`, or a score by --above.")
        }
        if let unsafe { try scope.make(.unsafePictures(unsafe)) }
        if let above { try scope.make(.pictureLimit(above)) }
      }
    }

    /// `limn guard policy on`
    struct On: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Switch the guardrail on.")

      @OptionGroup var scope: PolicyScope

      func run() throws { try scope.make(.switched(isOff: false)) }
    }

    /// `limn guard policy off`
    struct Off: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Switch the guardrail off, all but what no policy lifts; each run's record says so.")

      @OptionGroup var scope: PolicyScope

      func run() throws { try scope.make(.switched(isOff: true)) }
    }

    /// `limn guard policy reset`
    struct Reset: ParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Go back to what holds without a policy; roles keep what is set for them, which --role resets.")

      @OptionGroup var scope: PolicyScope

      func run() throws { try scope.make(.reset) }
    }
  }
}

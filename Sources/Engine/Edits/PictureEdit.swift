import Images
import Painting
import System

/// A change to a picture that lies in a file: `limn enlarge`, `limn restyle`.
package struct PictureEdit: Sendable {
  /// As the command line calls it: `enlarge`.
  package let command: String
  /// The network that does it.
  package let network: String
  /// What decides the outcome, by the names of settings.
  package let settings: [(name: String, text: String)]
  /// The end of "x4", for the name of a file without one.
  package let suffix: String
  /// Makes the new picture; hears how much memory it may take and tells how far it is.
  package let work:
    @Sendable (DeepPicture, MemoryLimit, _ progress: (_ done: Int, _ total: Int) throws -> Void) throws -> DeepPicture

  package init(
    command: String, network: String, settings: [(name: String, text: String)], suffix: String,
    work: @escaping @Sendable (DeepPicture, MemoryLimit, (Int, Int) throws -> Void) throws -> DeepPicture
  ) {
    (self.command, self.network, self.settings, self.suffix) = (command, network, settings, suffix)
    self.work = work
  }

  /// The texts of the new file: those of the old one with what was done, and the mark that a model had a part in it.
  func texts(of report: PictureReport, _ policy: MetadataPolicy) -> [PNGText] {
    guard policy != .none else { return [] }
    let source = report.source.flatMap { $0.isMadeByModel ? $0 : nil } ?? .repainted
    let mark = PNGText(DigitalSource.chunkKeyword, source.xmp(creator: Version.tool), isInternational: true)
    guard policy == .full else { return [PNGText("Software", Version.tool), mark] }
    var texts = report.texts.filter { $0.keyword != DigitalSource.chunkKeyword && $0.keyword != "Software" }
    var said = GenerationParameters()
    for (name, text) in settings { Setting.named(name)?.write(text, into: &said) }
    let words = said.others.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    if let index = texts.firstIndex(where: { $0.keyword == "parameters" && report.parameters != nil }) {
      texts[index].text += ", \(words)"
    } else {
      texts.append(PNGText("Comment", "limn \(command), \(words)"))
    }
    return texts + [PNGText("Software", Version.tool), mark]
  }
}

/// What is known of a picture that is changed beside its file's name.
package struct EditSource: Sendable {
  /// Where its file lies; nil where its name says so.
  package var path: String?
  /// What it was painted from.
  package var prompt: String?

  package init(path: String? = nil, prompt: String? = nil) { (self.path, self.prompt) = (path, prompt) }
}

/// A picture that was changed and lies in its place.
package struct EditedPicture: Encodable, Sendable {
  /// Nil where it was not written to a file.
  package let path: String?
  /// The file that it was made of.
  package let source: String
  package let command: String
  package let network: String
  package let width: Int
  package let height: Int
  package let settings: [String: String]
  package let seconds: Double
  package let peakMemory: Int
  package let warnings: [String]
}

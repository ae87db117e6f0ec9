import ArgumentParser
import Engine
import Families
import Foundation
import Images
import Options
import System
import Tensors
import Terminal

/// `limn score FILE... "text"`: how well pictures match a text.
struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how well pictures match a text.",
    discussion: """
      limn score fox.png "a fox"
      limn score *.png "a fox" | sort -rn
      limn score photo.jpg "a red fox in the snow" --clip openai/clip-vit-base-patch32

      Prints a line a picture: the score, and the file. The bundled model's own pair of networks judges, which knows the \
      kind of pictures that it paints; for others, name a CLIP checkpoint. The score is transformers' \
      `logits_per_image`, 100 times the cosine in published checkpoints; pictures that show what the text says reach \
      about 25 to 35 there. Only scores by one checkpoint compare.
      """)

  @Argument(
    help: ArgumentHelp(
      "Pictures (PNG, JPEG, WebP; '-' reads one from standard input), and the text.", valueName: "file"),
    completion: .file())
  var words: [String]

  @OptionGroup var clip: CLIPOption

  @Flag(help: "Print one JSON object a picture.")
  var json = false

  @Option(parsing: .unconditional, help: "Threads to work with (default: the processors at hand).")
  var threads: Int?

  private struct Record: Encodable {
    let file: String
    let text: String
    let score: Double
    let cosine: Double
    let clip: String
  }

  func run() throws {
    guard let text = words.last, !text.isEmpty else {
      throw UserError.request("The text is empty: say what the pictures shall match.")
    }
    guard words.count >= 2 else {
      throw UserError.request("Name at least one picture and then the text that it shall match.")
    }
    guard !FileManager.default.fileExists(atPath: text) else {
      throw UserError.request("The text is missing: \(text) is there to be read, and the text comes last.")
    }
    try MachineOptions.check(threads: threads)
    MachineOptions.use(threads: threads)
    let match =
      try clip.open() ?? PromptMatch(of: Installation.current.catalog.open(Installation.current.catalog.find(nil)))
    if let unread = match.unread(of: text) {
      Console.warning("The text is longer than the checkpoint reads; these words do not count: \"\(unread)\".")
    }
    var isComplete = true
    for file in words.dropLast() {
      let picture: Picture
      do {
        picture = try PictureFile(namedOrPiped: file).decoded()
      } catch {
        Console.error("\(error)")
        isComplete = false
        continue
      }
      let score = try match(picture, text: text)
      let record = Record(file: file, text: text, score: score.logit, cosine: score.cosine, clip: match.name)
      print(
        json
          ? try record.json
          : "\(score.logit.formatted(.number.precision(.fractionLength(3)).grouping(.never).locale(Locale(identifier: "en_US_POSIX"))))  \(file)"
      )
    }
    if !isComplete { throw ExitCode(ExitStatus.unreadable.rawValue) }
  }
}

import ArgumentParser
import Engine
import Families
import Images
import Options
import Painting
import System
import Terminal

/// `limn restyle PICTURE... --style-from FILE`: pictures that exist, painted over in the style of another.
struct Restyle: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Paint pictures over in the style of another picture.",
    discussion: """
      limn restyle photo.jpg --style-from painting.jpg
      limn restyle *.png --style-from waves.png --style-from sand.png --style-strength 0.7 -o restyled/
      limn restyle photo.jpg --style-from painting.jpg --keep-colours

      Colours, strokes and textures come from the style, what there is to see from the picture. Several styles are mixed. \
      `limn "a fox" --style-from FILE` does the same to a painted picture.
      """)

  @Argument(
    help: "PNG or JPEG files; '-' reads one from standard input.",
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var files: [String]

  @Option(
    parsing: .singleValue, help: "The picture whose style to take; repeat it to mix up to four.",
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var styleFrom: [String] = []

  @Option(parsing: .unconditional, help: "How far to take the style: 1 wholly, 0 hardly (default: 1).")
  var styleStrength: Double = 1

  @Flag(help: "Take only light and dark from the style, and leave the colours as they are.")
  var keepColours = false

  @OptionGroup var machine: MachineOptions
  @OptionGroup var output: EditOutputOptions

  func run() throws {
    guard (1...4).contains(styleFrom.count) else {
      throw UserError.request(
        styleFrom.isEmpty
          ? "Name the picture whose style to take by --style-from."
          : "--style-from names \(styleFrom.count) pictures; up to 4 can be mixed.")
    }
    guard (0...1).contains(styleStrength) else {
      throw UserError.request("--style-strength \(styleStrength) is not 0 to 1.")
    }
    guard (files + styleFrom).count(where: { $0 == "-" }) < 2 else {
      throw UserError.request("Standard input is one picture: name the others.")
    }
    let engine = try output.start(machine, files: files)
    let styles = try styleFrom.map { try machine.limit.decode(PictureFile(namedOrPiped: $0)) }
    for path in styleFrom where path != "-" {
      ProtectedFiles.protectInput(path, as: "the picture whose style is taken")
    }
    let transfer = try Installation.current.catalog.styleTransfer()
    try engine.require(toEdit: false)
    try engine.check(styles)
    let edit = PictureEdit.restyling(
      transfer, from: styleFrom, styles, strength: styleStrength, keepsColours: keepColours)
    try output.edit(files, edit, engine, machine, label: "restyling")
  }
}

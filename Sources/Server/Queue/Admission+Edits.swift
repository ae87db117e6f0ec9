import Engine
import Families
import Foundation
import History
import Images
import Painting
import System

/// A change to a picture that was let in; pictures and networks are opened again when its turn comes.
struct AdmittedEdit: Sendable {
  let wish: EditWish
  let source: EditSource
  /// What its file is called, without its folders.
  let name: String
  /// Of the picture that it changes.
  let pixels: Int
  /// Tells work from other work, for how long it takes.
  let kind: String
  /// The file's bytes.
  let read: @Sendable () throws -> [UInt8]
  let make: @Sendable () throws -> PictureEdit
  /// Gives the networks' memory back.
  let release: @Sendable () -> Void
}

extension Admission {
  /// Squares of that many pixels keep a picture from being worked on long after it was stopped.
  private static let tileEdge = 192

  /// Decides whether a picture can be changed as wished.
  ///
  /// - Throws: What ``Fault`` makes an answer of.
  func admit(_ wish: JobWish, _ edit: EditWish, _ access: Access) throws -> Admitted {
    let engine = engine(for: access)
    let catalog = engine.installation.catalog
    let settings = wish.settings
    if let name = settings.upscaler, !catalog.upscalers.contains(where: { $0.name == name }) {
      throw Fault.request("There is no upscaler \"\(name.harmlessName)\" here.", field: "upscaler")
    }
    try engine.require(toEdit: !catalog.carriesUpscaler(settings.upscaler))
    let pictures = try paths(wish, access.person)
    let (source, name) = try source(edit, pictures.references.first, access)
    let read = { @Sendable [source] in try FileBytes.recorded(at: source.path ?? "") }
    let file = try PictureFile(bytes: try read(), name: "The picture")
    let limit = self.settings.limit
    guard 2 * file.decodingBytes <= limit.bytes else {
      throw Fault(.contentTooLarge, "too_large", "The picture is larger than this server can change.")
    }
    switch edit.command {
    case .enlarge:
      let (factor, upscaler) = (settings.upscale ?? 4, try engine.upscaler(settings.upscaler))
      _ = try upscaler.tileEdge(for: file.size, channels: 4, factor: factor, limit: limit)
      return Admitted(
        work: .edit(
          AdmittedEdit(
            wish: edit, source: source, name: name, pixels: file.size.pixels, kind: "\(upscaler.name) \(factor)",
            read: read,
            make: { .enlarging(by: factor, upscaler, mostTileEdge: Self.tileEdge) }, release: { upscaler.release() })),
        engine: engine)
    case .restyle:
      let transfer = try engine.styleTransfer()
      try StyleTransfer.check(file.size, channels: 4, limit)
      let (strength, keepsColours) = (settings.styleStrength, edit.keepsColours)
      return Admitted(
        work: .edit(
          AdmittedEdit(
            wish: edit, source: source, name: name, pixels: file.size.pixels, kind: StyleTransfer.name, read: read,
            make: {
              let styles = try pictures.styles.map { try limit.decode(PictureFile(contentsOf: $0)) }
              try engine.check(styles)
              return .restyling(
                transfer, from: pictures.styles, styles, strength: strength, keepsColours: keepsColours)
            }, release: { transfer.release() })), engine: engine)
    }
  }

  /// Where the picture lies, what it was painted from, and what its file is called.
  private func source(_ edit: EditWish, _ upload: String?, _ access: Access) throws -> (EditSource, String) {
    guard let id = edit.picture else {
      guard let upload else { throw Fault.request("The request names no picture.") }
      return (EditSource(path: upload), "picture.png")
    }
    let run = try store.picture(id, for: access)
    _ = try run.file()
    let path = run.outputPath ?? ""
    return (
      EditSource(path: path, prompt: run.typedPrompt ?? run.prompt),
      path.split(separator: "/").last.map(String.init) ?? path
    )
  }
}

extension HistoryStore {
  /// A picture of the history that somebody may see; any other is as unknown as one that never was.
  ///
  /// - Throws: ``Fault``
  func picture(_ id: String, for access: Access) throws -> Run {
    guard let run = try run(id: id), !run.flagWords.contains(Run.deletedFlag) else {
      throw Fault.notFound("such picture")
    }
    let isOwn = run.userID == access.person.userID && run.userName == access.person.name
    guard isOwn || access.allows(.seeAllHistory) && access.allows(.seePrompts) else {
      throw Fault.notFound("such picture")
    }
    return run
  }
}

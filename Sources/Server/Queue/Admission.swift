import Engine
import Families
import Foundation
import Guardrail
import History
import Images
import Painting
import System

/// Decides whether a wish can be painted: permissions, names, pictures, guardrail, memory. Everything goes through the
/// engine, as on the command line.
struct Admission: Sendable {
  let engine: Engine
  let store: HistoryStore
  let uploads: Uploads
  let settings: QueueSettings
  /// Paints where nobody names a model; nil for the bundled one.
  let defaultModel: String?

  /// What was let in.
  struct Admitted: Sendable {
    let model: LoadedModel
    /// Without its pictures, which are read again when it is painted.
    let order: Order
    let engine: Engine
  }

  /// In whose name something is painted.
  func engine(for access: Access) -> Engine { engine.serving(access, in: store) { _ in } }

  /// - Throws: What ``Fault`` makes an answer of; refusals are recorded.
  func admit(_ wish: JobWish, _ access: Access) throws -> Admitted {
    let engine = engine(for: access)
    var settings = wish.settings
    if settings.model == nil { settings.model = defaultModel }
    try checkNames(settings)
    let (references, mask, styles) = try paths(wish, access.person)
    settings.references = ReferenceList(references)
    settings.mask = mask
    settings.styleFrom = ReferenceList(styles)
    // The server's own default is nobody's choice.
    var asked = settings
    if asked.model == defaultModel { asked.model = nil }
    try engine.require(toPaint: [asked])
    let model = try engine.model(for: settings)
    do {
      let order = try engine.admit(settings, model, inputs: inputs(settings), areNamed: true)
      let work = try MemoryPlan.Work(order)
      _ = try MemoryPlan(model.model, work, paintsSeveral: true, encodesAhead: true, limit: self.settings.limit)
      return Admitted(model: model, order: order.withoutInputs, engine: engine)
    } catch let refused as RefusedOrder {
      engine.record(refused)
      throw refused
    }
  }

  /// The order with the pictures that it names.
  func starting(_ order: Order) throws -> Order { try order.starting(from: inputs(order.settings)) }

  private func inputs(_ settings: PictureSettings) throws -> OrderInputs {
    try OrderInputs(settings, open: { try PictureFile(contentsOf: $0) })
  }

  /// Where the pictures lie that a wish names by their identifiers.
  private func paths(_ wish: JobWish, _ person: Person) throws
    -> (references: [String], mask: String?, styles: [String])
  {
    guard wish.references.count <= RequestLimits.references + 1 else {
      throw Fault.request("A request takes \(RequestLimits.references) pictures at most.", field: "references")
    }
    var (references, masks, styles): ([String], [String], [String]) = ([], [], [])
    for reference in wish.references {
      guard let path = try uploads.path(reference.upload, of: person) else {
        throw Fault(.notFound, "not_found", "There is no such upload of yours.", field: "references")
      }
      switch reference.role {
      case .start, .edit: references.append(path)
      case .mask: masks.append(path)
      case .style: styles.append(path)
      }
    }
    guard masks.count <= 1 else { throw Fault.request("A request takes one mask.", field: "references") }
    return (references, masks.first, styles)
  }

  /// Names of models and what changes them are names that this server has, never paths.
  private func checkNames(_ settings: PictureSettings) throws {
    let catalog = engine.installation.catalog
    if let name = settings.model, name != defaultModel, !catalog.entries.contains(where: { $0.name == name }) {
      throw Fault(
        .notFound, "unknown_model", "There is no model \"\(name.harmlessName)\" here; /api/v1/options lists them.",
        field: "model")
    }
    func check(_ names: [String], _ known: NamedFiles, _ field: String) throws {
      guard !names.isEmpty else { return }
      let known = Set(known.files.map(\.name))
      for name in names where !known.contains(name) {
        throw Fault.request("There is no \(field) \"\(name.harmlessName)\" here.", field: field)
      }
    }
    guard catalog.carriesUpscaler(settings.upscaler) else {
      throw Fault.request("This limn carries no upscaler of that name.", field: "upscaler")
    }
    try check(settings.loras.wishes.map(\.name), catalog.loras, "lora")
    try check(settings.embeddings.names, catalog.embeddings, "embedding")
    try check(settings.textEncoders.names, catalog.textEncoders, "text_encoder")
    try check([settings.vae].compactMap(\.self).filter { $0 != "" }, catalog.autoencoders, "vae")
  }
}

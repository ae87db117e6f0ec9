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
    let work: Work
    let engine: Engine

    enum Work: Sendable {
      /// Without its pictures, which are read again when it is painted.
      case order(Order, LoadedModel)
      case edit(AdmittedEdit)
    }

    /// Nil where a picture that is there is changed.
    var order: Order? {
      guard case .order(let order, _) = work else { return nil }
      return order
    }
  }

  /// In whose name something is painted.
  func engine(for access: Access) -> Engine { engine.serving(access, in: store) { _ in } }

  /// - Throws: What ``Fault`` makes an answer of; refusals are recorded.
  func admit(_ wish: JobWish, _ access: Access) throws -> Admitted {
    if let edit = wish.edit { return try admit(wish, edit, access) }
    let engine = engine(for: access)
    var settings = wish.settings
    if settings.model == nil { settings.model = defaultModel }
    try checkNames(settings)
    let pictures = try paths(wish, access.person)
    settings.references = ReferenceList(pictures.references)
    settings.mask = pictures.mask
    settings.styleFrom = ReferenceList(pictures.styles)
    settings.controls = ControlList(pictures.controls)
    settings.controlModels = try controlModels(wish)
    // The server's own default, and what it was given to be controlled by, are nobody's choice.
    var asked = settings
    if asked.model == defaultModel { asked.model = nil }
    asked.controlModels = NameList()
    try engine.require(toPaint: [asked])
    let model = try engine.model(for: settings)
    do {
      let order = try engine.admit(settings, model, inputs: inputs(settings), areNamed: true)
      let work = try MemoryPlan.Work(order)
      _ = try MemoryPlan(model.model, work, paintsSeveral: true, encodesAhead: true, limit: self.settings.limit)
      return Admitted(work: .order(order.withoutInputs, model), engine: engine)
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

  /// Where pictures lie.
  struct Paths: Sendable {
    var references: [String] = []
    var mask: String?
    var styles: [String] = []
    var controls: [ControlWish] = []
  }

  /// Where the pictures lie that a wish names by their identifiers.
  func paths(_ wish: JobWish, _ person: Person) throws -> Paths {
    guard wish.references.count <= RequestLimits.references + 1 else {
      throw Fault.request("A request takes \(RequestLimits.references) pictures at most.", field: "references")
    }
    var paths = Paths()
    for reference in wish.references {
      guard let path = try uploads.path(reference.upload, of: person) else {
        throw Fault(.notFound, "not_found", "There is no such upload of yours.", field: "references")
      }
      switch reference.role {
      case .start, .edit: paths.references.append(path)
      case .mask:
        guard paths.mask == nil else { throw Fault.request("A request takes one mask.", field: "references") }
        paths.mask = path
      case .style: paths.styles.append(path)
      case .control:
        let control = reference.control ?? JobWish.ControlReference()
        paths.controls.append(
          ControlWish(kind: control.kind, path: path, weight: control.weight, range: control.range))
      }
    }
    return paths
  }

  /// What a wish's pictures control by: one network for all, or one for each.
  func controlModels(_ wish: JobWish) throws -> NameList {
    let known = settings.controlModels
    let places = try wish.references.filter { $0.role == .control }.map { reference in
      guard let first = known.first else {
        throw Fault.request(
          "This server has nothing that a picture could control by; whoever runs it can name a ControlNet by `limn serve --control-model`.",
          field: "references")
      }
      guard let name = reference.control?.model else { return first.place }
      guard let found = known.first(where: { $0.name == name }) else {
        throw Fault.request(
          "There is no control model \"\(name.harmlessName)\" here; there is \(known.map(\.name).joined(separator: ", ")).",
          field: "references")
      }
      return found.place
    }
    return NameList(Set(places).count == 1 ? [places[0]] : places)
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
    guard catalog.carriesUpscaler(settings.hiresUpscaler?.network) else {
      throw Fault.request("This limn carries no upscaler of that name.", field: "hires_upscaler")
    }
    try check(settings.loras.wishes.map(\.name), catalog.loras, "lora")
    try check(settings.embeddings.names, catalog.embeddings, "embedding")
    try check(settings.textEncoders.names, catalog.textEncoders, "text_encoder")
    try check([settings.vae].compactMap(\.self).filter { $0 != "" }, catalog.autoencoders, "vae")
  }
}

import Families
import Guardrail
import History
import Images
import Painting
import Synchronization
import System

/// The one door to painting: loaded models, guardrail, permissions, history and writing. It knows no terminal and no
/// network; front ends ask it and hear of what happens.
package final class Engine: Sendable {
  package let installation: Installation
  package let recorder: HistoryRecorder
  private let models: LoadedModels
  let tools: LoadedTools
  private let guardrails: LoadedGuardrails
  private let findings: ReferenceFindings
  private let inversions: LoadedInversions

  /// - Parameters:
  ///   - omitsHistory: Whether only refusals are recorded.
  ///   - report: Hears a sentence where something could not be recorded.
  package init(
    _ installation: Installation = .current, omitsHistory: Bool = false,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.installation = installation
    installation.protectFiles()
    models = LoadedModels(installation)
    guardrails = LoadedGuardrails(installation)
    findings = ReferenceFindings()
    tools = LoadedTools(installation)
    inversions = LoadedInversions(installation)
    recorder = HistoryRecorder(installation, isOmitted: omitsHistory, report: report)
  }

  private init(_ engine: Engine, recorder: HistoryRecorder) {
    installation = engine.installation
    models = engine.models
    guardrails = engine.guardrails
    findings = engine.findings
    tools = engine.tools
    inversions = engine.inversions
    self.recorder = recorder
  }

  /// The same engine, with the same models in memory, for one of several people: what they may do, how the guardrail judges
  /// for their role, and in whose name runs are recorded.
  package func serving(
    _ access: Access, in store: HistoryStore, report: @escaping @Sendable (String) -> Void
  ) -> Engine {
    Engine(self, recorder: HistoryRecorder(store, access: access, report: report))
  }

  /// - Parameter name: A name, a folder or a file; nil for the bundled model.
  package func model(_ name: String?) throws -> LoadedModel {
    try models.model(ModelWish(name: name ?? ModelCatalog.bundledName))
  }

  /// The model that settings name, with the LoRAs and the files of parts that they name.
  ///
  /// What they ask for beside it is looked for first.
  package func model(for settings: PictureSettings) throws -> LoadedModel {
    let tools = try tools.tools(for: settings)
    for upscaler in [tools.upscaler, tools.hiresUpscaler].compactMap(\.self) {
      ProtectedFiles.protectInput(upscaler.path, as: ProtectedFiles.model)
    }
    return try models.model(settings.modelWish)
  }

  // MARK: Permissions

  /// - Parameters:
  ///   - settings: Of all that is to be painted.
  /// - Throws: ``Forbidden``, which goes into the audit.
  package func require(toPaint settings: some Sequence<PictureSettings>) throws(Forbidden) {
    try recorder.require(.paint)
    if settings.contains(where: { !$0.picturePaths.isEmpty }) { try recorder.require(.useReference) }
    if settings.contains(where: { $0.choosesModel || $0.choosesUpscaler(installation.catalog) }) {
      try recorder.require(.chooseModel)
    }
    if recorder.isOmitted { try recorder.require(.skipHistory) }
  }

  // MARK: Admission

  /// What the guardrail has to say where nothing is said: how it looks at pictures.
  func approvedNothing() throws -> ApprovedPrompt {
    try guardrails.guardrail(for: recorder.access.role).approve(prompt: "", negative: nil)
  }

  /// Gives the guardrail's memory back; it is loaded again when next asked for.
  package func releaseGuardrail() { guardrails.release() }

  /// What the guardrail makes of a text for who asks; nothing is recorded.
  package func check(_ text: String) throws -> Verdict {
    try guardrails.guardrail(for: recorder.access.role).check(text)
  }

  /// Has the guardrail judge what was typed and what a model would be given of it, and decides everything else.
  ///
  /// - Parameters:
  ///   - inputs: The pictures that the settings name.
  ///   - areNamed: Whether their paths name them, so that each needs to be looked at only once.
  /// - Throws: ``RefusedOrder`` where the guardrail, or the model's own safety checker looking at the reference, objects; a
  ///   sentence where the model cannot paint what the settings say.
  package func admit(
    _ settings: PictureSettings, _ model: LoadedModel, inputs: OrderInputs = OrderInputs(), areNamed: Bool = false
  ) throws -> Order {
    let draft = try OrderDraft(settings, model: model.model)
    do {
      let guardrail = try guardrails.guardrail(for: recorder.access.role)
      if draft.typedPrompt != draft.prompt {
        // Words that the model does not know are judged too.
        _ = try guardrail.approve(prompt: draft.typedPrompt, negative: draft.negative)
      }
      let approved = try guardrail.approve(prompt: draft.prompt, negative: draft.negative)
      let order = try Order(
        draft, approved, referenceSizes: inputs.references.map(\.size), controlSizes: inputs.controls.map(\.size),
        inversions: inversions.inversions(for: draft, choosesByName: recorder.access.allows(.chooseModel)),
        tools: tools.tools(for: draft.settings))
      for (picture, path) in zip(inputs.seen, settings.seenPaths) {
        try findings.judge(picture, named: areNamed ? path : nil, for: approved, model.model)
        try approved.check(picture, by: order.tools.filter)
      }
      return try order.starting(from: inputs)
    } catch let refusal as Refusal {
      throw RefusedOrder(refusal: refusal, draft: draft, model: model)
    }
  }

  /// Enters a refused order into history and audit.
  package func record(_ refused: RefusedOrder, origin: RunOrigin = RunOrigin()) {
    let run = PictureRun(refused.draft, refused.model, origin: origin)
    recorder.began(run)
    recorder.ended(run, .refused(refused.refusal))
  }

  // MARK: Memory

  /// What a picture takes, in bytes; nil where that cannot be said.
  package func predictedBytes(_ order: Order, paintsSeveral: Bool = false) -> Int? {
    try? MemoryPlan(
      order.model, try MemoryPlan.Work(order), paintsSeveral: paintsSeveral, limit: MemoryLimit(wished: .max)
    ).predictedBytes
  }

  /// Waits until everything is recorded.
  package func finish() { recorder.finish() }
}

extension PictureSettings {
  fileprivate var modelWish: ModelWish {
    ModelWish(
      name: model ?? ModelCatalog.bundledName, loras: loras.wishes,
      parts: PartFiles(autoencoder: vae == "" ? nil : vae, textEncoders: textEncoders.names),
      extras: ModelExtras(controls: controlModels.names, pictureAdapters: pictureAdapters.names))
  }

  /// Whether a network of somebody's own is to enlarge.
  fileprivate func choosesUpscaler(_ catalog: ModelCatalog) -> Bool {
    !catalog.carriesUpscaler(upscaler) || !catalog.carriesUpscaler(hiresUpscaler?.network)
  }

  /// Whether another model than the bundled one is to paint, or that one changed by LoRAs, or told words that it did not know.
  fileprivate var choosesModel: Bool {
    modelWish != ModelWish(name: ModelCatalog.bundledName) || !embeddings.names.isEmpty
  }
}

/// What the guardrail refused, with what is needed to record it.
package struct RefusedOrder: Error, CustomStringConvertible {
  package let refusal: Refusal
  package let draft: OrderDraft
  package let model: LoadedModel

  package var description: String { refusal.description }
}

/// What models' own safety checkers made of pictures to start from: many lines of a batch may name one.
private final class ReferenceFindings: Sendable {
  private let known = Mutex<[[String]: PictureFinding]>([:])

  /// - Throws: `Refusal` where the checker objects.
  func judge(_ picture: Picture, named name: String?, for prompt: ApprovedPrompt, _ model: Model) throws {
    guard let check = model.pictureSafety.check, !prompt.skipsPictures else { return }
    guard let name else { return try prompt.judge(reference: check(picture)) }
    let finding = try known.withLock { known in
      if let finding = known[[model.name, name]] { return finding }
      let finding = try check(picture)
      known[[model.name, name]] = finding
      return finding
    }
    try prompt.judge(reference: finding)
  }
}

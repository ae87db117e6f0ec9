import Crypto
import Engine
import Foundation
import Images
import Painting
import Synchronization
import System

/// A small picture of each style, painted by the model in use while nobody wants anything, and kept in the cache folder.
///
/// Only small models paint them unasked: larger ones would keep the processors busy for an hour.
final class StyleSamples: Sendable {
  static let prompt = "a fox"
  private static let seed: UInt64 = 7
  private static let longestSide = 160

  private struct State {
    /// The model's, once it was looked at; empty where it is too large.
    var styles: [String]?
    /// Styles that are to be painted.
    var wanted: [String] = []
    var folder = ""
  }

  private let admission: Admission
  private let hub: EventHub
  private let state = Mutex(State())

  init(_ admission: Admission, hub: EventHub) { (self.admission, self.hub) = (admission, hub) }

  static func url(of style: String) -> String {
    let name = style.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return "/api/v1/styles/\(name)"
  }

  /// The styles that have a sample; those that have none are painted from now on.
  ///
  /// - Returns: Nil where this model paints none.
  func known() -> Set<String>? {
    guard let folder = prepare() else { return nil }
    return state.withLock { state in
      let there = Set((state.styles ?? []).filter { PathKind(Self.path($0, in: folder)) == .file })
      state.wanted = (state.styles ?? []).filter { !there.contains($0) }
      return there
    }
  }

  /// A PNG; nil where it was not painted yet, or there is no such style.
  func png(of style: String) -> [UInt8]? {
    guard let folder = prepare(), state.withLock({ $0.styles?.contains(style) == true }) else { return nil }
    return try? FileBytes.recorded(at: Self.path(style, in: folder))
  }

  /// Whether there is something to paint.
  var isWaiting: Bool { state.withLock { !$0.wanted.isEmpty } }

  /// Paints the next one.
  ///
  /// - Throws: `CancellationError` where somebody wants a picture; it is painted later.
  func paintNext(_ session: (Order, LoadedModel) throws -> PaintingSession) async throws {
    guard let style = state.withLock({ $0.wanted.first }) else { return }
    do {
      let (order, model) = try order(style)
      let painting = try await session(order, model).paint(order, isLast: false)
      let png = try PNGEncoder.encode(painting.picture.onWhite.shrunk(to: Self.longestSide))
      let folder = state.withLock { $0.folder }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try AtomicFile.save(png, to: Self.path(style, in: folder), ifTaken: .replace)
    } catch let error where !(error is CancellationError) {
      // A style that cannot be painted has no sample.
      state.withLock { state in state.styles?.removeAll { $0 == style } }
    }
    state.withLock { state in state.wanted.removeAll { $0 == style } }
    hub.publish(sample: style)
  }

  private func order(_ style: String) throws -> (Order, LoadedModel) {
    var settings = PictureSettings(prompt: Self.prompt)
    settings.model = admission.defaultModel
    settings.style = style
    settings.seed = Self.seed
    let model = try admission.engine.model(for: settings)
    return (try admission.engine.admit(settings, model), model)
  }

  /// Looks at the model once; nil where it paints no samples.
  private func prepare() -> String? {
    if let (styles, folder) = state.withLock({ state in state.styles.map { ($0, state.folder) } }) {
      return styles.isEmpty ? nil : folder
    }
    var (styles, folder): ([String], String) = ([], "")
    if let model = try? admission.engine.model(admission.defaultModel), let first = model.model.defaults.styles.first,
      let (order, _) = try? order(first.name),
      let bytes = admission.engine.predictedBytes(order, paintsSeveral: true), bytes <= JobQueue.smallModelBytes
    {
      styles = model.model.defaults.styles.map(\.name)
      folder = "\(admission.engine.installation.cacheFolder)/styles/\(model.hash.digits ?? "unknown")"
    }
    state.withLock { ($0.styles, $0.folder) = (styles, folder) }
    return styles.isEmpty ? nil : folder
  }

  private static func path(_ style: String, in folder: String) -> String {
    // A name is anything that a model calls a style.
    "\(folder)/\(SHA256.hash(data: Data(style.utf8)).hexadecimal.prefix(16)).png"
  }
}

extension JobQueue {
  /// Has the next sample painted where nothing else is to be done and no other model is in memory.
  ///
  /// - Returns: Whether there was one.
  func paintSample() async -> Bool {
    guard let samples, samples.isWaiting else { return false }
    let key = modelKey(JobWish(settings: PictureSettings(prompt: StyleSamples.prompt)))
    let begun: Task<Bool, Never>? = state.withLock { state in
      guard state.sample == nil, !state.isStopping, state.running == 0, state.open.isEmpty,
        state.model == nil || state.model == key
      else { return nil }
      state.model = key
      state.running += 1
      let task = Task(executorPreference: executor) { [self] in
        do {
          try await samples.paintNext { order, model in session(order, model, admission.engine) }
          return true
        } catch {
          return false
        }
      }
      state.sample = task
      return task
    }
    guard let begun else { return false }
    let isPainted = await begun.value
    state.withLock { state in
      state.sample = nil
      state.running -= 1
      state.version += 1
      // Nobody needs the model yet.
      guard !samples.isWaiting, state.open.isEmpty, state.running == 0, !state.isStopping else { return }
      state.session?.model.release()
      (state.session, state.model, state.parallel) = (nil, nil, 1)
    }
    wake()
    return isPainted
  }
}

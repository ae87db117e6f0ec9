import Families
import Painting
import Synchronization
import System

/// The networks beside models that settings ask for, each opened once.
final class LoadedTools: Sendable {
  private let catalog: ModelCatalog
  private let state = Mutex(State())

  private struct State {
    var upscalers: [String: PictureUpscaler] = [:]
    var styles: StyleTransfer?
    var filter: PictureFilter?
  }

  init(_ installation: Installation) { catalog = installation.catalog }

  /// - Throws: A sentence where there is no upscaler of that name, or this program was built without what it takes.
  func tools(for settings: PictureSettings) throws -> PictureTools {
    try state.withLock { state in
      var tools = PictureTools(filter: known(&state))
      if settings.upscale != nil { tools.upscaler = try upscaler(settings.upscaler, &state) }
      tools.hiresUpscaler = try settings.hiresUpscaler?.network.map { try upscaler($0, &state) }
      // Where no method is named, the model decides.
      if !settings.styleFrom.isEmpty, settings.styleMethod == .magenta { tools.styles = try styles(&state) }
      return tools
    }
  }

  /// - Parameter name: Nil for the one of choice.
  /// - Throws: A sentence where there is none of that name.
  func upscaler(_ name: String?) throws -> PictureUpscaler { try state.withLock { try upscaler(name, &$0) } }

  /// - Throws: A sentence where this program was built without.
  func styleTransfer() throws -> StyleTransfer { try state.withLock { try styles(&$0) } }

  private func upscaler(_ name: String?, _ state: inout State) throws -> PictureUpscaler {
    let name = name ?? ModelCatalog.standardUpscaler
    let upscaler = try state.upscalers[name] ?? catalog.upscaler(name)
    state.upscalers[name] = upscaler
    return upscaler
  }

  private func styles(_ state: inout State) throws -> StyleTransfer {
    let styles = try state.styles ?? catalog.styleTransfer()
    state.styles = styles
    return styles
  }

  /// Nil where this program was built without.
  var filter: PictureFilter? { state.withLock { known(&$0) } }

  private func known(_ state: inout State) -> PictureFilter? {
    if state.filter == nil { state.filter = catalog.pictureFilter }
    return state.filter
  }
}

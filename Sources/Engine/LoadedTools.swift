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
      if settings.upscale != nil {
        let name = settings.upscaler ?? ModelCatalog.standardUpscaler
        tools.upscaler = try state.upscalers[name] ?? catalog.upscaler(name)
        state.upscalers[name] = tools.upscaler
      }
      if !settings.styleFrom.isEmpty {
        tools.styles = try state.styles ?? catalog.styleTransfer()
        state.styles = tools.styles
      }
      return tools
    }
  }

  /// Nil where this program was built without.
  var filter: PictureFilter? { state.withLock { known(&$0) } }

  private func known(_ state: inout State) -> PictureFilter? {
    if state.filter == nil { state.filter = catalog.pictureFilter }
    return state.filter
  }
}

import Engine
import System

extension Installation {
  /// The server that paints in place of this machine; nil where none does.
  /// - Throws: ``UserError/request(_:)``
  package var remote: RemoteAddress? { get throws(UserError) { try RemoteAddress(environment: environment) } }
}

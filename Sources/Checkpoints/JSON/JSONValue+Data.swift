#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension JSONValue {
  /// The value as JSON text, for `Decodable` configurations.
  package var data: Data { Data(text.utf8) }
}

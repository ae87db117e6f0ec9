#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension JSONValue {
  /// The value as one of a network's `Codable` configurations.
  ///
  /// - Throws: `CheckpointError` naming `origin` and the setting that is missing or of another type.
  package func decoded<Configuration: Decodable>(
    as type: Configuration.Type = Configuration.self, origin: String
  ) throws(CheckpointError) -> Configuration {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch DecodingError.keyNotFound(let key, let context) {
      throw CheckpointError(origin, "lacks the setting `\(path(context.codingPath + [key]))`")
    } catch DecodingError.typeMismatch(let expected, let context) {
      throw CheckpointError(origin, "the setting `\(path(context.codingPath))` is not of type \(expected)")
    } catch DecodingError.valueNotFound(let expected, let context) {
      throw CheckpointError(origin, "the setting `\(path(context.codingPath))` is null; \(expected) was expected")
    } catch DecodingError.dataCorrupted(let context) {
      throw CheckpointError(origin, "the setting `\(path(context.codingPath))` is wrong: \(context.debugDescription)")
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw CheckpointError(origin, "cannot be used: \(error)")
    }
  }
}

private func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }

/// Why a network could not be built from a checkpoint. The description is a whole sentence.
package enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// The checkpoint lacks a tensor that the configuration calls for.
  case missingTensor(origin: String, name: String, expected: [Int])
  case wrongShape(origin: String, name: String, found: [Int], expected: [Int])
  /// A configuration that cannot be read, or names a variant that limn does not run.
  case configuration(String)

  package var description: String {
    switch self {
    case .missingTensor(let origin, let name, let expected):
      "\(origin): `\(name)` is missing; expected a tensor of shape \(expected)."
    case .wrongShape(let origin, let name, let found, let expected):
      "\(origin): `\(name)` is \(found); expected \(expected)."
    case .configuration(let sentence): sentence
    }
  }
}

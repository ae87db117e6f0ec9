import Families
import Foundation
import Painting
import System
import Tensors

/// What a model is, what it takes and how long a picture will take here.
package struct ModelDescription: Encodable, Sendable {
  package struct Network: Encodable, Sendable {
    package let part: String
    package let className: String
    package let parameters: Int
  }

  package let name: String
  package let origin: String
  package let path: String
  package let family: String
  package let networks: [Network]
  /// Of its files.
  package let bytes: Int
  /// Nil where nobody says.
  package let licence: String?
  package let steps: Int
  package let guidance: Double
  package let width: Int
  package let height: Int
  /// What painting a picture of that size takes; nil where it cannot be predicted.
  package let memoryBytes: Int?
  /// About; nil where nothing is known of such models.
  package let seconds: Double?

  /// - Parameter rate: 10^9 operations a second of plain products on this machine.
  /// - Throws: A sentence where the model cannot be opened.
  package init(_ entry: ModelCatalog.Entry, _ catalog: ModelCatalog, licence: String?, rate: Double) throws {
    let model = try catalog.open(entry)
    let family = model.family
    (name, origin, path, self.licence) = (entry.name, entry.origin, entry.path, licence)
    self.family = type(of: family).name
    networks = try model.networks().map { Network(part: $0.part, className: $0.className, parameters: $0.parameters) }
    bytes = ModelDescription.bytes(of: entry.path)
    steps = model.fewSteps?.steps ?? model.defaults.steps
    guidance = model.fewSteps?.guidance ?? model.defaults.guidance
    let size = try family.defaults.size(.standard, multiple: family.latents.sizeMultiple)
    (width, height) = (size.painted.width, size.painted.height)
    let isGuided = family.guidanceScale(guidance) > 1
    memoryBytes = try? MemoryPlan(
      model, MemoryPlan.Work(size: size, isGuided: isGuided), limit: MemoryLimit(wished: .max)
    ).predictedBytes
    seconds = try PaintingEffort.of(model)?.seconds(
      pixels: size.painted.pixels, evaluations: steps * (isGuided ? 2 : 1), rate: rate)
  }

  /// Of a file, or of all files below a folder, links followed.
  private static func bytes(of path: String) -> Int {
    func size(_ path: String) -> Int {
      var status = stat()
      return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    }
    guard PathKind(path) == .folder else { return size(path) }
    var total = 0
    for name in FileTree.names(in: path) where !name.hasPrefix(".") {
      let place = "\(path)/\(name)"
      total += PathKind(place) == .folder ? bytes(of: place) : size(place)
    }
    return total
  }
}

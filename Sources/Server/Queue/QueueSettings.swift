import Families
import Painting

/// How much a server paints at a time, and for whom.
package struct QueueSettings: Sendable {
  /// What painting may take of the machine.
  package var limit: MemoryLimit
  /// Pictures painted at a time with models that are small enough.
  package var workers = 1
  /// Pictures that may wait.
  package var mostWaiting = 2_000
  /// Pictures that may wait of one person.
  package var mostWaitingOfOne = 200
  /// Pictures a person and day; nil for as many as they like.
  package var picturesADay: Int?
  /// Seconds of painting a person and day.
  package var secondsADay: Double?
  /// What pictures may control by, the first where nobody says which.
  package var controlModels: [ControlModelPlace] = []
  /// Where pictures are written.
  package var picturesFolder: String

  package init(limit: MemoryLimit, picturesFolder: String) {
    self.limit = limit
    self.picturesFolder = picturesFolder
  }
}

/// A network that pictures may control by.
package struct ControlModelPlace: Sendable, Equatable {
  /// As requests name it.
  package let name: String
  /// Its file, its folder, or its name among those installed.
  package let place: String

  package init(_ place: String) {
    self.place = place
    let path = place.hasSuffix("/") ? String(place.dropLast()) : place
    name = path.weightsStem
  }
}

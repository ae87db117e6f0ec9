import Engine
import Foundation
import History
import Painting
import System

/// What routes answer from.
struct Backend: Sendable {
  let engine: Engine
  let store: HistoryStore
  let queue: JobQueue
  let hub: EventHub
  let uploads: Uploads
  let sessions: Sessions
  let metrics: Metrics
  let known: KnownCallers
  let catalogue: Catalogue
  let thumbnails: Thumbnails
  let links: PictureLinks
  let studio: StudioFiles
  /// `http` or `https`: how connections come in.
  let scheme: String
  /// How others call the server; nil where they call it as requests do.
  let publicURL: String?
  let choices = ModelChoices()
  let started = Date()

  /// What can be done to pictures that are there.
  let abilities: Set<EditWish.Command>

  var installation: Installation { engine.installation }
}

import Families
import Painting
import Synchronization
import System
import Tokenizers

/// The textual inversions that pictures ask for, each opened once.
final class LoadedInversions: Sendable {
  private let catalog: ModelCatalog
  private let hash: ModelHash
  private let known = Mutex<[String: TextualInversion]>([:])

  init(_ installation: Installation) {
    catalog = installation.catalog
    hash = ModelHash(cacheFolder: installation.cacheFolder)
  }

  /// Those that the settings name, and, in A1111's syntax, those of the folder whose names are words of the prompts.
  ///
  /// - Parameter choosesByName: Whether who asks may have words of prompts stand for what lies in the folder.
  /// - Throws: A sentence where there is none of a name, or it cannot be read.
  func inversions(for draft: OrderDraft, choosesByName: Bool) throws -> TextualInversions {
    let settings = draft.settings
    var paths = try settings.embeddings.names.map { name throws(UserError) in try catalog.embeddings.path(name) }
    if settings.promptSyntax == .a1111, choosesByName, !draft.model.family.textWidths.isEmpty {
      let texts = [draft.prompt, draft.negative ?? ""]
      paths += catalog.embeddings.files.filter { file in
        texts.contains { InsertedTerm.isNamed(file.name.weightsStem, in: $0) }
      }.map(\.path)
    }
    var seen: Set<String> = []
    return TextualInversions(try paths.filter { seen.insert($0).inserted }.map(inversion))
  }

  private func inversion(_ path: String) throws -> TextualInversion {
    try known.withLock { known in
      if let inversion = known[path] { return inversion }
      let inversion = try TextualInversion(path: path, digits: hash.file(path) ?? path)
      known[path] = inversion
      return inversion
    }
  }
}

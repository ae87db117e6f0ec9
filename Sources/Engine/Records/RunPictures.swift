import Families
import History
import Images
import Painting
import System

extension Engine {
  /// The settings with paths in place of runs of the history that stand where pictures are named: `12`, `last`.
  ///
  /// - Throws: A sentence where there is no such run that this person may see, or its picture is gone.
  package func resolvingRuns(_ settings: PictureSettings) throws -> PictureSettings {
    var settings = settings
    settings.references.paths = try settings.references.paths.map(picturePath)
    for index in settings.controls.wishes.indices {
      settings.controls.wishes[index].path = try picturePath(settings.controls.wishes[index].path)
    }
    for index in settings.pictures.wishes.indices {
      settings.pictures.wishes[index].path = try picturePath(settings.pictures.wishes[index].path)
    }
    return settings
  }

  /// A file of that name comes first.
  private func picturePath(_ name: String) throws -> String {
    let isRun = name == "last" || !name.isEmpty && name.utf8.allSatisfy { (48...57).contains($0) }
    guard isRun, PathKind(name) == .missing else { return name }
    let run = try recorder.run(named: name)
    guard let path = run.outputPath else {
      throw UserError.request("Run \(name) has no picture that may be taken from there.")
    }
    guard run.picture != nil else {
      throw UserError.input("The picture of run \(name), \(path), is gone, or another file lies there by now.")
    }
    return path
  }
}

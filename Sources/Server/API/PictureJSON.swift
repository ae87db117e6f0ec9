import Engine
import Foundation
import History
import JSON
import Painting

/// A picture of the history as it is told, with nothing that its reader may not see.
struct PictureJSON {
  let backend: Backend
  let access: Access

  func callAsFunction(_ run: Run) -> JSONValue {
    let run = run.shown(to: access)
    let settings = (try? PictureSettings(run)) ?? PictureSettings(prompt: run.prompt)
    let typed = run.typedPrompt ?? run.prompt
    let warnings = run.decision == "warn" ? ["The guardrail let this pass with a warning."] : []
    let flags = run.flagWords.filter { $0 != Run.deletedFlag }
    let edit = run.edit
    let file = run.referencePath?.split(separator: "/").last.map(String.init) ?? "picture.png"
    let command =
      edit?.commandLine(settings, of: file, styles: settings.styleFrom.paths.count) ?? settings.sharedCommand
    return [
      "id": .string(run.id), "url": .string("/api/v1/pictures/\(run.id)/file"),
      "thumbnail": .string("/api/v1/pictures/\(run.id)/thumbnail"), "width": .whole(run.width),
      "height": .whole(run.height), "prompt": .string(typed), "alt": .string(typed.isEmpty ? "A picture" : typed),
      "settings": edit?.fields(settings) ?? settings.fields, "edit": .text(edit?.command.rawValue),
      "seed": run.seed.map { .natural($0.value) } ?? .null, "model": .text(run.model),
      "style": .text(run.style), "created": .time(run.startedAt), "seconds": .decimal(run.totalSeconds),
      "rating": .whole(run.rating), "flagged": .text(flags.isEmpty ? nil : flags.joined(separator: " ")),
      "person": .string(run.userName), "command": .string(command), "warnings": .texts(warnings),
      "references": ReferenceJSON.told(settings, backend.uploads),
      "safety": .text(run.exitStatus == 3 ? "blurred" : nil),
    ]
  }
}

extension Run {
  /// What was done to a picture that was there; nil where one was painted.
  var edit: EditWish? {
    editCommand.flatMap(EditWish.Command.init(rawValue:)).map {
      EditWish(command: $0, keepsColours: settingTexts["keep-colours"] != nil)
    }
  }

  /// Its file was removed by whoever painted it.
  static let deletedFlag = "deleted"
}

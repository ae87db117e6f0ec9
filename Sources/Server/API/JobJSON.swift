import Engine
import Foundation
import History
import JSON
import Painting
import System

extension PictureSettings {
  /// What was said, by the names of fields.
  var fields: JSONValue {
    var fields: [String: JSONValue] = [:]
    for setting in Setting.all where setting.isTakenOverHTTP {
      if setting.text(self) != nil, let value = setting.json(self) {
        fields[setting.name.replacing("-", with: "_")] = value
      }
    }
    return .object(fields)
  }

  /// The command that paints the same; files of the server have other names elsewhere.
  var sharedCommand: String {
    var settings = self
    settings.references = ReferenceList((0..<references.paths.count).map { "reference-\($0 + 1).png" })
    if mask != nil { settings.mask = "mask.png" }
    return settings.commandLine
  }
}

/// A job as it is told.
struct JobJSON {
  let backend: Backend
  let access: Access

  func callAsFunction(_ job: Job) -> JSONValue {
    let pictures = job.pictures.compactMap { id -> JSONValue? in
      guard let run = try? backend.store.run(id: id) else { return nil }
      return PictureJSON(backend: backend, access: access)(run)
    }
    var json: [String: JSONValue] = [
      "id": .string(job.id), "state": .string(job.state.rawValue), "prompt": .string(job.wish.settings.prompt),
      "settings": job.wish.settings.fields, "count": .integer(job.count), "created": .time(job.createdAt),
      "finished": .time(job.finishedAt), "step": .integer(job.step), "steps": .integer(job.steps),
      "painted": .integer(job.painted.count), "pictures": .array(pictures), "error": nil, "refusal": nil,
      "command": .string(command(job)),
    ]
    json["references"] = .array(
      job.wish.references.map { ["id": .string($0.upload), "role": .string($0.role.rawValue)] })
    json.merge(outlook(job)) { $1 }
    if let fault = job.fault {
      if let refusal = fault.details["refusal"] { json["refusal"] = refusal }
      json["error"] = ["code": .string(fault.code), "message": .string(fault.message)]
    }
    return .object(json)
  }

  /// When it is painted.
  private func outlook(_ job: Job) -> [String: JSONValue] {
    guard job.state.isOpen else { return ["position": nil, "seconds_expected": nil, "seconds_left": nil] }
    let forecast = backend.queue.forecast(job.id)
    let share = 1 - Double(job.step) / Double(max(1, job.steps))
    let ofThisOne = job.inWork.isEmpty ? nil : job.pictureSeconds.map { $0 * share }
    let left = job.toPaint.isEmpty ? ofThisOne : forecast?.seconds
    // Nobody is told a guess.
    let isKnown = job.pictureSeconds != nil
    return [
      "position": .integer(job.inWork.isEmpty ? forecast?.position ?? 0 : 0),
      "seconds_expected": .decimal(isKnown ? left : nil, places: 1),
      "seconds_left": .decimal(isKnown ? left : nil, places: 1),
    ]
  }

  private func command(_ job: Job) -> String {
    var settings = job.wish.settings
    settings.references = ReferenceList(job.wish.references.filter { $0.role != .mask }.map { "\($0.upload).png" })
    settings.mask = job.wish.references.first { $0.role == .mask }.map { "\($0.upload).png" }
    return settings.sharedCommand
  }
}

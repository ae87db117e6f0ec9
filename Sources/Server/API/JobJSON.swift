import Engine
import Families
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
    settings.styleFrom = ReferenceList((0..<styleFrom.paths.count).map { "style-\($0 + 1).png" })
    for index in controls.wishes.indices { settings.controls.wishes[index].path = "control-\(index + 1).png" }
    settings.controlModels = NameList(controlModels.names.map(\.weightsStem))
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
      "settings": job.wish.edit?.fields(job.wish.settings) ?? job.wish.settings.fields,
      "edit": .text(job.wish.edit?.command.rawValue), "count": .integer(job.count), "created": .time(job.createdAt),
      "finished": .time(job.finishedAt), "step": .integer(job.step), "steps": .integer(job.steps),
      "painted": .integer(job.painted.count), "pictures": .array(pictures), "error": nil, "refusal": nil,
      "command": .string(command(job)),
    ]
    json["references"] = .array(job.wish.references.map(ReferenceJSON.told))
    if let id = job.wish.edit?.picture { json["source"] = .string(id) }
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
    func files(_ roles: Set<JobWish.ReferenceWish.Role>) -> [String] {
      job.wish.references.filter { roles.contains($0.role) }.map { "\($0.upload).png" }
    }
    if let edit = job.wish.edit {
      return edit.commandLine(settings, of: "picture.png", styles: files([.style]).count)
    }
    settings.references = ReferenceList(files([.start, .edit]))
    settings.mask = files([.mask]).first
    settings.styleFrom = ReferenceList(files([.style]))
    settings.controls = ControlList(
      job.wish.references.compactMap { reference in
        reference.control.map {
          ControlWish(kind: $0.kind, path: "\(reference.upload).png", weight: $0.weight, range: $0.range)
        }
      })
    settings.controlModels = (try? backend.queue.admission.controlModels(job.wish)) ?? NameList()
    return settings.sharedCommand
  }
}

/// A picture that another one was painted with, as it is told.
enum ReferenceJSON {
  /// Of a job, whose references are uploads.
  static func told(_ reference: JobWish.ReferenceWish) -> JSONValue {
    var members = reference.json.object ?? [:]
    members["name"] = .string(name(reference.role))
    members["url"] = .string("/api/v1/uploads/\(reference.upload)")
    return .object(members)
  }

  /// Of a run, which knows files; those that are no uploads have neither `id` nor `url`.
  static func told(_ settings: PictureSettings, _ uploads: Uploads) -> JSONValue {
    func told(_ path: String, _ role: JobWish.ReferenceWish.Role, _ control: ControlWish? = nil) -> JSONValue {
      let id = uploads.identifier(at: path)
      var members: [String: JSONValue] = [
        "id": .text(id), "role": .string(role.rawValue), "name": .string(name(role)),
        "url": .text(id.map { "/api/v1/uploads/\($0)" }),
      ]
      if let control {
        members["kind"] = .string(control.kind.rawValue)
        members["weight"] = .number(control.weight)
        members["start"] = .number(control.range.lowerBound)
        members["end"] = .number(control.range.upperBound)
      }
      return .object(members)
    }
    // A model that starts from pictures says how far it leaves them.
    let role: JobWish.ReferenceWish.Role = settings.strength == nil ? .edit : .start
    let masks = settings.maskPath.map { [told($0, .mask)] } ?? []
    return .array(
      settings.references.paths.map { told($0, role) } + masks + settings.styleFrom.paths.map { told($0, .style) }
        + settings.controls.wishes.map { told($0.path, .control, $0) })
  }

  private static func name(_ role: JobWish.ReferenceWish.Role) -> String {
    switch role {
    case .start, .edit: "the reference"
    case .mask: "the mask"
    case .style: "the style"
    case .control: "the control picture"
    }
  }
}

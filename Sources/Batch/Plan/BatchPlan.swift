import Engine
import Guardrail
import Images
import Painting
import System

/// What a prompt file comes to, before anything is painted: the jobs and what is wrong with the rest.
package struct BatchPlan: Sendable {
  package private(set) var jobs: [BatchJob] = []
  package private(set) var faults: [BatchFault] = []
  /// Pictures asked for a second time: the line that asks, and the line that asked first.
  package private(set) var repetitions: [(line: Int, first: Int)] = []
  private let leavesFolder: Bool

  /// - Parameters:
  ///   - pictures: From ``Expansion/expand(_:)``.
  ///   - names: For lines without a name of their own.
  ///   - leavesFolder: Whether names may lead out of the folder of the pictures.
  ///   - limit: What reading of references may take.
  package init(
    _ pictures: [Result<ExpandedLine, LineFault>], names: NameTemplate, leavesFolder: Bool = false,
    limit: MemoryLimit = MemoryLimit(), engine: Engine
  ) {
    self.leavesFolder = leavesFolder
    let references = BatchReferences(limit: limit)
    var lines: [JobKey: (line: Int, path: String)] = [:]
    for (place, picture) in pictures.enumerated() {
      switch picture {
      case .failure(let fault):
        faults.append(BatchFault(line: fault.line, copy: nil, reason: fault.reason, refused: nil))
      case .success(let picture):
        do {
          let job = try BatchPlan.job(picture, index: place + 1, names: names, references, engine)
          try checkPlace(job.path)
          guard let first = lines[job.key] else {
            lines[job.key] = (job.line, job.path)
            jobs.append(job)
            continue
          }
          if picture.fields[.output] != nil, job.path != first.path {
            throw UserError.input(
              "Line \(first.line) asks for the same picture, under the name \(first.path); each is painted once. Leave one out, or give it another seed."
            )
          }
          repetitions.append((job.line, first.line))
        } catch let refused as RefusedPicture {
          faults.append(
            BatchFault(
              line: picture.line, copy: picture.copy, reason: "\(refused.detail.order)", refused: refused.detail))
        } catch {
          faults.append(
            BatchFault(line: picture.line, copy: picture.copy, reason: "\(error)".spellingSettings { $0 }, refused: nil)
          )
        }
      }
    }
  }

  /// Leaves what is not the shard's; lines that cannot be read are the first shard's.
  package mutating func keep(_ shard: Shard) {
    jobs.removeAll { !shard.contains($0.key) }
    faults.removeAll { fault in fault.refused.map { !shard.contains($0.key) } ?? (shard.index != 1) }
  }

  /// What the most demanding picture takes, in bytes; nil where that cannot be said.
  package func predictedBytes(_ engine: Engine) -> Int? {
    var largest: [String: Order] = [:]
    for job in jobs {
      let pixels = job.order.size.painted.pixels
      if largest[job.model.identity].map({ $0.size.painted.pixels < pixels }) ?? true {
        largest[job.model.identity] = job.order
      }
    }
    let predictions = largest.values.map { engine.predictedBytes($0, paintsSeveral: true) }
    return predictions.contains(nil) ? nil : predictions.compactMap(\.self).max()
  }

  /// Gives every job the name that the book has for it.
  mutating func nameJobs(_ name: (BatchJob) -> String) {
    for index in jobs.indices { jobs[index].path = name(jobs[index]) }
  }

  /// Whether a picture may lie there: below the batch's folder, or anywhere.
  func allows(_ path: String) -> Bool {
    leavesFolder || !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
  }

  /// A file of prompts from elsewhere should not decide where in this machine pictures lie.
  private func checkPlace(_ path: String) throws(UserError) {
    guard !allows(path) else { return }
    throw .input("The name \(path) leads out of the folder of the pictures; `limn batch --anywhere` allows that.")
  }

  private static func job(
    _ picture: ExpandedLine, index: Int, names: NameTemplate, _ references: BatchReferences, _ engine: Engine
  ) throws -> BatchJob {
    if let field = picture.fields.keys.sorted(by: { $0.rawValue < $1.rawValue }).first(where: { field in
      picture.fields[field]?.utf8.contains(0) == true
    }) {
      throw UserError.input("\"\(field.rawValue)\" holds a NUL character, which it may not.")
    }
    let settings = try engine.resolvingRuns(PictureSettings(picture.fields))
    try settings.check()
    let model = try engine.model(for: settings)
    let inputs = try OrderInputs(settings, open: references.opened, decode: references.decoded)
    let digests = try InputDigests(settings, digest: references.digest)
    let order: Order
    do {
      order = try engine.admit(settings, model, inputs: inputs, areNamed: true).withoutInputs
    } catch let refused as RefusedOrder {
      throw RefusedPicture(
        detail: .init(order: refused, key: JobKey(refused, digests)))
    }
    let key = JobKey(order, model, digests)
    let path =
      picture.fields[.output].map(NameTemplate.finished) ?? names.name(values(picture, index, order, model, key))
    return BatchJob(
      index: index, line: picture.line, copy: picture.copy, key: key, order: order, model: model, path: path)
  }

  /// What a template of names can say.
  private static func values(
    _ picture: ExpandedLine, _ index: Int, _ order: Order, _ model: LoadedModel, _ key: JobKey
  ) -> [String: String] {
    var values: [String: String] = [:]
    for setting in Setting.all { values[setting.name] = setting.text(order.settings) }
    for (field, text) in picture.fields { values[field.rawValue] = text }
    for (name, text) in picture.variables { values["$\(name)"] = text }
    values["index"] = "\(index)"
    values["line"] = "\(picture.line)"
    values["copy"] = "\(picture.copy)"
    values["key"] = String(key.digits.prefix(12))
    values["slug"] = Slug.slug(of: order.settings.prompt)
    values["width"] = "\(order.size.written.width)"
    values["height"] = "\(order.size.written.height)"
    values["style"] = order.style?.name ?? "none"
    values["model"] = model.model.name
    for name in ["seed", "steps", "guidance"] { values[name] = Setting.named(name)?.effectiveText(order.settings) }
    return values
  }
}

/// A refusal with what is needed to record it.
private struct RefusedPicture: Error {
  let detail: BatchFault.Refused
}

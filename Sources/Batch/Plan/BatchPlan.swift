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

  /// A batch that is painted here.
  ///
  /// - Parameter limit: What reading of references may take.
  package init(
    _ pictures: [Result<ExpandedLine, LineFault>], names: NameTemplate, leavesFolder: Bool = false,
    limit: MemoryLimit = MemoryLimit(), engine: Engine
  ) {
    let references = BatchReferences(limit: limit)
    self.init(pictures, names: names, leavesFolder: leavesFolder) { picture, _ in
      try BatchPlan.planned(picture, references, engine)
    }
  }

  /// - Parameters:
  ///   - pictures: From ``Expansion/expand(_:)``.
  ///   - names: For lines without a name of their own.
  ///   - leavesFolder: Whether names may lead out of the folder of the pictures.
  ///   - planned: Lets a picture in, by its place among all; throws a ``RefusedPicture`` or a sentence.
  package init(
    _ pictures: [Result<ExpandedLine, LineFault>], names: NameTemplate, leavesFolder: Bool = false,
    planned: (ExpandedLine, Int) throws -> PlannedPicture
  ) {
    self.leavesFolder = leavesFolder
    var lines: [JobKey: (line: Int, path: String)] = [:]
    for (place, picture) in pictures.enumerated() {
      switch picture {
      case .failure(let fault):
        faults.append(BatchFault(line: fault.line, copy: nil, reason: fault.reason, refused: nil))
      case .success(let picture):
        do {
          let job = BatchPlan.job(picture, index: place + 1, names: names, try planned(picture, place))
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
              line: picture.line, copy: picture.copy, reason: refused.reason, refused: refused.detail))
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
      guard case .here(let order, let model) = job.work else { continue }
      let pixels = order.size.painted.pixels
      if largest[model.identity].map({ $0.size.painted.pixels < pixels }) ?? true { largest[model.identity] = order }
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

  private static func planned(
    _ picture: ExpandedLine, _ references: BatchReferences, _ engine: Engine
  ) throws -> PlannedPicture {
    let settings = try engine.resolvingRuns(picture.settings)
    let model = try engine.model(for: settings)
    let inputs = try OrderInputs(settings, open: references.opened, decode: references.decoded)
    let digests = try InputDigests(settings, digest: references.digest)
    let order: Order
    do {
      order = try engine.admit(settings, model, inputs: inputs, areNamed: true).withoutInputs
    } catch let refused as RefusedOrder {
      throw RefusedPicture(
        .init(
          key: JobKey(refused, digests), prompt: refused.draft.prompt,
          category: refused.refusal.verdict.category.rawValue, order: refused), reason: "\(refused)")
    }
    return PlannedPicture(
      key: JobKey(order, model, digests), summary: PictureSummary(order, model), work: .here(order, model))
  }

  private static func job(
    _ picture: ExpandedLine, index: Int, names: NameTemplate, _ planned: PlannedPicture
  ) -> BatchJob {
    let path = picture.fields[.output].map(NameTemplate.finished) ?? names.name(values(picture, index, planned))
    return BatchJob(
      index: index, line: picture.line, copy: picture.copy, key: planned.key, summary: planned.summary,
      work: planned.work, path: path)
  }

  /// What a template of names can say.
  private static func values(_ picture: ExpandedLine, _ index: Int, _ planned: PlannedPicture) -> [String: String] {
    var values: [String: String] = [:]
    let summary = planned.summary
    for setting in Setting.all { values[setting.name] = setting.text(summary.settings) }
    for (field, text) in picture.fields { values[field.rawValue] = text }
    for (name, text) in picture.variables { values["$\(name)"] = text }
    values["index"] = "\(index)"
    values["line"] = "\(picture.line)"
    values["copy"] = "\(picture.copy)"
    values["key"] = String(planned.key.digits.prefix(12))
    values["slug"] = Slug.slug(of: summary.settings.prompt)
    values["width"] = "\(summary.size.width)"
    values["height"] = "\(summary.size.height)"
    values["style"] = summary.style ?? "none"
    values["model"] = summary.model
    for name in ["seed", "steps", "guidance"] { values[name] = Setting.named(name)?.effectiveText(summary.settings) }
    return values
  }
}

extension ExpandedLine {
  /// What the line asks for, which some model could paint.
  ///
  /// - Throws: ``UserError`` naming the field that cannot be read.
  package var settings: PictureSettings {
    get throws {
      if let field = fields.keys.sorted(by: { $0.rawValue < $1.rawValue }).first(where: { field in
        fields[field]?.utf8.contains(0) == true
      }) {
        throw UserError.input("\"\(field.rawValue)\" holds a NUL character, which it may not.")
      }
      let settings = try PictureSettings(fields)
      try settings.check()
      return settings
    }
  }
}

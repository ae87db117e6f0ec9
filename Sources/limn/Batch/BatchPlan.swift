import Batch
import Generation
import Guardrail
import Images

/// What a prompt file comes to, before anything is painted: the jobs and what is wrong with the rest.
struct BatchPlan: Sendable {
  private(set) var jobs: [BatchJob] = []
  private(set) var faults: [BatchFault] = []
  /// Pictures asked for a second time: the line that asks, and the line that asked first.
  private(set) var repetitions: [(line: Int, first: Int)] = []

  /// - Parameters:
  ///   - pictures: From ``Expansion/expand(_:)``.
  ///   - names: For lines without a name of their own.
  init(
    _ pictures: [Result<ExpandedLine, LineFault>], names: NameTemplate, models: BatchModels,
    references: BatchReferences, guardrail: Guardrail
  ) {
    var lines: [JobKey: Int] = [:]
    for (place, picture) in pictures.enumerated() {
      switch picture {
      case .failure(let fault):
        faults.append(BatchFault(line: fault.line, copy: nil, reason: fault.reason, refused: nil))
      case .success(let picture):
        do {
          let job = try BatchPlan.job(
            picture, index: place + 1, names: names, models: models, references: references, guardrail: guardrail)
          if let first = lines[job.key] {
            repetitions.append((job.line, first))
          } else {
            lines[job.key] = job.line
            jobs.append(job)
          }
        } catch let refused as RefusedPicture {
          faults.append(
            BatchFault(
              line: picture.line, copy: picture.copy, reason: refused.detail.refusal.description,
              refused: refused.detail)
          )
        } catch {
          faults.append(BatchFault(line: picture.line, copy: picture.copy, reason: "\(error)", refused: nil))
        }
      }
    }
  }

  /// Leaves what is not the shard's; lines that cannot be read are the first shard's.
  mutating func keep(_ shard: Shard) {
    jobs.removeAll { !shard.contains($0.key) }
    faults.removeAll { fault in fault.refused.map { !shard.contains($0.key) } ?? (shard.index != 1) }
  }

  /// What the most demanding picture takes, in bytes; nil where that cannot be said.
  var predictedBytes: Int? {
    func pixels(_ job: BatchJob) -> Int { job.order.request.size.painted.pixels }
    var largest: [String: BatchJob] = [:]
    for job in jobs where largest[job.model.name].map({ pixels($0) < pixels(job) }) ?? true {
      largest[job.model.name] = job
    }
    let predictions = largest.values.map { job in
      try? MemoryPlan(
        job.model.model, size: job.order.request.size, isGuided: true, isFinished: job.order.request.finish != nil,
        isLaidOut: job.order.request.layout != nil, paintsSeveral: true, limit: MemoryLimit(wished: .max)
      ).predictedBytes
    }
    return predictions.contains(nil) ? nil : predictions.compactMap(\.self).max()
  }

  /// Gives every job the name that the book has for it.
  mutating func nameJobs(_ name: (BatchJob) -> String) {
    for index in jobs.indices { jobs[index].path = name(jobs[index]) }
  }

  private static func job(
    _ picture: ExpandedLine, index: Int, names: NameTemplate, models: BatchModels, references: BatchReferences,
    guardrail: Guardrail
  ) throws -> BatchJob {
    let wish = try PictureWish(picture.fields)
    try wish.check()
    let model = try models.entry(picture.fields[.model])
    let reference = try wish.reference.map(references.entry)
    let order = try Order(wish, model: model.model, referenceSize: reference?.size)
    let key = JobKey(order, modelHash: model.hash.digits ?? model.model.hashedFile, reference: reference?.digest)
    let approved: ApprovedPrompt
    do {
      approved = try guardrail.approve(prompt: order.prompt, negative: order.negative)
      if let path = wish.reference { try references.check(path, of: model, for: approved) }
    } catch let refusal as Refusal {
      throw RefusedPicture(detail: .init(refusal: refusal, key: key, order: order, model: model))
    }
    let path =
      picture.fields[.output].map(NameTemplate.finished) ?? names.name(values(picture, index, order, model, key))
    return BatchJob(
      index: index, line: picture.line, copy: picture.copy, key: key, order: order, approved: approved, model: model,
      path: path)
  }

  /// What a template of names can say.
  private static func values(
    _ picture: ExpandedLine, _ index: Int, _ order: Order, _ model: BatchModels.Entry, _ key: JobKey
  ) -> [String: String] {
    var values: [String: String] = [:]
    for (field, text) in picture.fields { values[field.rawValue] = text }
    for (name, text) in picture.variables { values["$\(name)"] = text }
    values["index"] = "\(index)"
    values["line"] = "\(picture.line)"
    values["copy"] = "\(picture.copy)"
    values["key"] = String(key.digits.prefix(12))
    values["slug"] = Slug.slug(of: order.wish.prompt)
    values["seed"] = "\(order.request.seed)"
    values["steps"] = "\(order.request.steps)"
    values["guidance"] = "\(order.request.guidance)"
    values["width"] = "\(order.request.size.written.width)"
    values["height"] = "\(order.request.size.written.height)"
    values["style"] = order.style ?? "none"
    values["model"] = model.model.name
    return values
  }
}

/// A refusal with what is needed to record it.
private struct RefusedPicture: Error {
  let detail: BatchFault.Refused
}

import Batch
import Engine
import Images
import Remote
import System
import Terminal
import Views

extension BatchCommand {
  /// Pictures that wait or are painted at the server at a time, where nobody says otherwise.
  private static let standardJobs = 8

  /// Has a server paint the batch.
  ///
  /// - Parameters:
  ///   - lines: Of the file of prompts, expanded.
  ///   - settings: Everything but how many are painted at a time.
  func paint(
    _ lines: [Result<ExpandedLine, LineFault>], at address: RemoteAddress, shard: Shard, _ settings: BatchSettings
  ) async throws {
    try checkFlags(address)
    if let warning = address.warning, !batch.quiet { Console.warning(warning) }
    var settings = settings
    settings.workers = batch.jobs ?? Self.standardJobs
    let reporter = BatchReporter(results: results, isQuiet: batch.quiet, isVerbose: batch.verbose)
    let (title, names) = (displayName, try NameTemplate(parsing: batch.name))
    let status = try await Interruption.cancelling { [self, settings] in
      try await RemoteServer.with(address) { server -> Int32 in
        let uploads = RemoteUploads(server, limit: machine.limit) { try PictureFile(contentsOf: $0) }
        let planned = try await RemotePainter.planned(lines, uploads, at: server)
        var plan = BatchPlan(lines, names: names, leavesFolder: batch.anywhere || batch.output == "-") { _, place in
          guard let picture = planned[place] else { throw CancellationError() }
          return try picture.get()
        }
        plan.keep(shard)
        guard !plan.jobs.isEmpty || !plan.faults.isEmpty || shard != .whole else {
          throw UserError.input("\(title) holds no prompts.")
        }
        let painter = RemotePainter(server, settings)
        if batch.check {
          let check = BatchCheck(plan: plan, name: title, price: painter.price(plan.jobs, workers: settings.workers))
          return try check.report(asJSON: batch.json)?.rawValue ?? 0
        }
        let work = try BatchWork(plan: plan, settings: settings, painter: painter, observer: reporter)
        reporter.begin(work.toPaint)
        return try await work.run(title: title)
      }
    }
    try end(status)
  }

  private func checkFlags(_ address: RemoteAddress) throws(UserError) {
    let here =
      "is for batches that are painted here: \(address.name) decides for itself; leave it out, or unset LIMN_HOST."
    if machine.threads != nil { throw .request("--threads \(here)") }
    if machine.maxMemory != nil { throw .request("--max-memory \(here)") }
    if batch.noHistory { throw .request("--no-history \(here)") }
    if batch.metadata != .full { throw .request("--metadata \(here)") }
  }
}

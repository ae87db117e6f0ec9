import ArgumentParser
import Batch
import Foundation
import Generation
import Guardrail
import History
import Images
import System
import Tensors

/// `limn batch FILE`: many pictures with one loaded model.
struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Paint every line of a prompt file with one loaded model; go on where it was cut short.",
    discussion: """
      limn batch prompts.txt -o pictures
      limn batch prompts.csv --check
      limn batch prompts.txt --grid seed=1..4 style=flat,3d --sheet sheet.png
      cat prompts.txt | limn batch - -o - | tar x
      """)

  @Argument(
    help:
      "Prompts: a prompt a line, JSON lines, CSV with a header, or A1111's and kohya's prompt lines; '-' reads standard input."
  )
  var file: String

  @OptionGroup(title: "Prompts") var expansion: ExpansionOptions
  @OptionGroup(title: "Batch") var batch: BatchOptions
  @OptionGroup(title: "Picture, where lines say nothing") var picture: PictureOptions
  @OptionGroup(title: "Sampling, where lines say nothing") var sampling: SamplingOptions

  func run() throws {
    try checkCombinations()
    // A model's safety checker may look at references before it is known how many pictures are painted at a time.
    if let threads = sampling.threads { Compute.use(threads: threads) }
    let shard = try shard
    let records = HistoryKeeper(isOmitted: batch.noHistory, isQuiet: batch.quiet)
    let plan = try makePlan(shard, role: records.access.role)
    guard !plan.jobs.isEmpty || !plan.faults.isEmpty || shard != .whole else {
      throw BatchError.input("\(displayName) holds no prompts.")
    }
    let parallelism = Parallelism(
      wishedJobs: batch.jobs, wishedThreads: sampling.threads, predictedBytes: plan.predictedBytes,
      pictures: plan.jobs.count, memory: limit.bytes, processors: Machine.current.processors)
    Compute.use(threads: parallelism.threads)
    let reporter = BatchReporter(results: results, isQuiet: batch.quiet)
    if batch.check {
      let status = try BatchCheck(
        plan: plan, name: displayName, workers: parallelism.jobs,
        speeds: PaintingSpeeds(cacheFolder: Installation.cacheFolder)
      )
      .report(asJSON: batch.json)
      try Console.finishResults()
      if let status { Foundation.exit(status.rawValue) }
      return
    }
    try requirePermissions(plan, records)
    // Hours of painting should not end in a mistyped folder.
    for path in [batch.sheet, batch.gallery].compactMap(\.self) { try AtomicFile.check(path, ifTaken: .replace) }
    Interruption.listen()
    let work = try BatchWork(
      plan: plan, settings: settings(workers: parallelism.jobs), options: batch, shard: shard, reporter: reporter)
    let status = try work.run(title: displayName, records: records)
    HistoryKeeper.finish()
    if status != 0 { Foundation.exit(status) }
  }

  private func requirePermissions(_ plan: BatchPlan, _ records: HistoryKeeper) throws {
    try records.require(.paint)
    if plan.jobs.contains(where: { $0.order.wish.reference != nil }) { try records.require(.useReference) }
    if plan.jobs.contains(where: { $0.model.name != ModelCatalog.bundledName }) { try records.require(.chooseModel) }
    if batch.noHistory { try records.require(.skipHistory) }
  }

  private func makePlan(_ shard: Shard, role: Role?) throws -> BatchPlan {
    let contents = try readFile()
    let prompts = try PromptFile(
      contents, name: displayName, format: expansion.format, separatesByNUL: expansion.separatesByNUL,
      plainField: expansion.field)
    var expansion = Expansion()
    for (field, value) in flagValues { try expansion.setDefault("\(field.rawValue)=\(value)") }
    for value in self.expansion.values { try expansion.setDefault(value) }
    expansion.axes = try self.expansion.grid.map { (axis) throws(BatchError) in try GridAxis(parsing: axis) }
    expansion.lists = WildcardLists(folder: wildcardsFolder)
    expansion.takesEveryCombination = self.expansion.everyCombination
    expansion.seed = self.expansion.batchSeed
    var plan = BatchPlan(
      try expansion.expand(prompts.lines), names: try NameTemplate(parsing: batch.name),
      models: BatchModels(standard: sampling.model), references: BatchReferences(),
      guardrail: try Installation.guardrail(Installation.catalog, role: role))
    plan.keep(shard)
    return plan
  }

  private var displayName: String { file == "-" ? "standard input" : file }

  private func readFile() throws -> [UInt8] {
    if file == "-" { return Array(try StandardInput.read()) }
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
      throw BatchError.input("\(file) is a folder; name a file of prompts, or '-' for standard input.")
    }
    // Pipes too, which FileManager does not read.
    guard let handle = FileHandle(forReadingAtPath: file), let contents = try? handle.readToEnd() ?? Data() else {
      throw BatchError.input("\(file) cannot be read; name a file of prompts, or '-' for standard input.")
    }
    return Array(contents)
  }

  private var wildcardsFolder: String? {
    if let folder = expansion.wildcards { return folder }
    let folder = file == "-" ? "wildcards" : URL(fileURLWithPath: file).deletingLastPathComponent().path + "/wildcards"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }

  private var shard: Shard {
    get throws {
      try batch.shard.map { (text) throws(BatchError) in try Shard(parsing: text) }
        ?? Shard(slurm: Installation.environment) ?? .whole
    }
  }

  private var results: BatchReporter.Results {
    if batch.output == "-" { return .archive }
    return batch.json ? .json : batch.quiet ? .none : .paths
  }

  private var limit: MemoryLimit { sampling.maxMemory.map { MemoryLimit(wished: $0.bytes) } ?? MemoryLimit() }

  private func settings(workers: Int) -> BatchSettings {
    var settings = BatchSettings()
    settings.folder = batch.output == "-" ? nil : BatchCommand.withoutLastSlash(batch.output)
    settings.workers = workers
    settings.retries = batch.retry
    settings.failsFast = batch.failure == .failFast
    settings.metadata = batch.metadata
    settings.sheetColumns = sheetColumns
    settings.limit = limit.share(ofOneIn: workers)
    settings.presentation.isQuiet = batch.quiet
    settings.presentation.showsBar = false
    settings.presentation.isVerbose = batch.verbose
    return settings
  }

  /// The values of a grid's last axis stand side by side, where they are few.
  private var sheetColumns: Int? {
    let count = expansion.grid.last.flatMap { try? GridAxis(parsing: $0) }?.values.count ?? 1
    return (2...24).contains(count) ? count : nil
  }

  private static func withoutLastSlash(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? withoutLastSlash(String(path.dropLast())) : path
  }

  private func checkCombinations() throws {
    func refuse(_ sentence: String) throws -> Never { throw BatchError.request(sentence) }
    if let jobs = batch.jobs, !(1...64).contains(jobs) { try refuse("--jobs \(jobs) is not 1 to 64.") }
    guard (0...100).contains(batch.retry) else { try refuse("--retry \(batch.retry) is not 0 to 100.") }
    if let threads = sampling.threads, !(1...1024).contains(threads) {
      try refuse("--threads \(threads) is not 1 to 1024.")
    }
    guard !batch.output.isEmpty else { try refuse("--output names no folder.") }
    guard !(batch.quiet && batch.verbose) else { try refuse("--quiet and --verbose do not go together.") }
    if batch.output == "-", !batch.check {
      guard !batch.json else { try refuse("Standard output cannot take both the pictures and --json.") }
      guard isatty(STDOUT_FILENO) == 0 else {
        try refuse("An archive on the terminal helps nobody: redirect standard output, or name a folder by --output.")
      }
      guard batch.sheet == nil, batch.gallery == nil else {
        try refuse("A sheet or gallery needs the pictures in a folder; name one by --output.")
      }
      guard batch.merge.isEmpty, batch.ledger == nil else {
        try refuse("An archive on standard output keeps no ledger; name a folder by --output.")
      }
    }
  }

  /// The flags that were given, as values for lines that say nothing themselves.
  private var flagValues: [(Field, String)] {
    func unless<Value: RawRepresentable & Equatable>(_ standard: Value, _ value: Value) -> String?
    where Value.RawValue == String {
      value == standard ? nil : value.rawValue
    }
    let values: [(Field, String?)] = [
      (.style, picture.style), (.aspect, picture.aspect?.description), (.size, picture.size?.rawValue),
      (.megapixels, picture.megapixels?.description), (.width, picture.width?.description),
      (.height, picture.height?.description), (.reference, picture.reference),
      (.strength, picture.strength?.description), (.negative, picture.negative.isEmpty ? nil : picture.negative),
      (.count, picture.count == 1 ? nil : "\(picture.count)"), (.seed, sampling.seed?.description),
      (.steps, sampling.steps?.description), (.guidance, sampling.guidance?.description),
      (.guidanceEnd, sampling.guidanceEnd == 1 ? nil : "\(sampling.guidanceEnd)"),
      (.deepCache, sampling.deepCache == 1 ? nil : "\(sampling.deepCache)"),
      (.clipSkip, sampling.clipSkip == 0 ? nil : "\(sampling.clipSkip)"), (.rng, unless(.torch, sampling.rng)),
      (.sampler, unless(.model, sampling.sampler)), (.schedule, unless(.model, sampling.schedule)),
      (.spacing, unless(.model, sampling.spacing)), (.promptSyntax, unless(.plain, sampling.promptSyntax)),
    ]
    return values.compactMap { field, value in value.map { (field, $0) } }
  }
}

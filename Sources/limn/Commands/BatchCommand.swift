import ArgumentParser
import Batch
import Engine
import Families
import Foundation
import Guardrail
import History
import Images
import Options
import Painting
import Remote
import System
import Tensors
import Terminal
import Views

/// `limn batch FILE`: many pictures with one loaded model.
struct BatchCommand: AsyncParsableCommand {
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
      "Prompts: a prompt a line, JSON lines, CSV with a header, or A1111's and kohya's prompt lines; '-' reads standard input.",
    completion: .file())
  var file: String

  @OptionGroup(title: "Prompts") var expansion: ExpansionOptions
  @OptionGroup(title: "Batch") var batch: BatchOptions
  @OptionGroup(title: "Picture, where lines say nothing") var presets: PresetOptions
  @OptionGroup(title: "Picture, where lines say nothing") var picture: SettingOptions<PictureGroup>
  @OptionGroup(title: "Sampling, where lines say nothing") var sampling: SettingOptions<SamplingGroup>
  @OptionGroup(title: "Machine") var machine: MachineOptions

  func run() async throws {
    try checkCombinations()
    if let address = try Installation.current.remote {
      let shard = try shard
      return try await paint(
        try expandedLines(), at: address, shard: shard, settings(workers: 1, shard: shard))
    }
    // A model's safety checker may look at references before it is known how many pictures are painted at a time.
    if let threads = machine.threads { MachineOptions.use(threads: threads) }
    let engine = RunningEngine.start(omitsHistory: batch.noHistory, isQuiet: batch.quiet)
    let shard = try shard
    let plan = try makePlan(shard, engine)
    guard !plan.jobs.isEmpty || !plan.faults.isEmpty || shard != .whole else {
      throw UserError.input("\(displayName) holds no prompts.")
    }
    let parallelism = Parallelism(
      wishedJobs: batch.jobs, wishedThreads: machine.threads, predictedBytes: plan.predictedBytes(engine),
      pictures: plan.jobs.count, memory: machine.limit.bytes, processors: Machine.current.processors)
    MachineOptions.use(threads: parallelism.threads)
    if batch.check {
      let speeds = PaintingSpeeds(cacheFolder: engine.installation.cacheFolder)
      let price = BatchPrice(plan.jobs, workers: parallelism.jobs, speeds: speeds)
      let check = BatchCheck(plan: plan, name: displayName, price: price)
      if let status = try check.report(asJSON: batch.json) { throw ExitCode(status.rawValue) }
      return
    }
    try engine.require(toPaint: plan.jobs.map(\.summary.settings))
    let reporter = BatchReporter(results: results, isQuiet: batch.quiet, isVerbose: batch.verbose)
    let work = try BatchWork(
      plan: plan, settings: settings(workers: parallelism.jobs, shard: shard), engine: engine, observer: reporter)
    reporter.begin(work.toPaint)
    let title = displayName
    let status = try await Interruption.cancelling { try await work.run(title: title) }
    try end(status)
  }

  /// - Throws: `ExitCode` where the batch ended with a status of its own.
  func end(_ status: Int32) throws {
    guard status != 0 else { return }
    throw ExitCode(status == BatchWork.interruptedStatus ? Interruption.status ?? status : status)
  }

  private func makePlan(_ shard: Shard, _ engine: Engine) throws -> BatchPlan {
    var plan = BatchPlan(
      try expandedLines(), names: try NameTemplate(parsing: batch.name),
      leavesFolder: batch.anywhere || batch.output == "-", limit: machine.limit, engine: engine)
    plan.keep(shard)
    return plan
  }

  /// What the file of prompts asks for.
  private func expandedLines() throws -> [Result<ExpandedLine, LineFault>] {
    let prompts = try PromptFile(
      readFile(), name: displayName, format: expansion.format, separatesByNUL: expansion.separatesByNUL,
      plainField: expansion.field)
    if !batch.quiet { for note in prompts.notes { Console.note(note) } }
    var expansion = Expansion()
    for (name, text) in try presets.completing(picture.texts.merging(sampling.texts) { first, _ in first }) {
      try expansion.setDefault("\(name)=\(text)")
    }
    for value in self.expansion.values { try expansion.setDefault(value) }
    expansion.axes = try self.expansion.grid.map { (axis) throws(UserError) in try GridAxis(parsing: axis) }
    expansion.lists = WildcardLists(folder: wildcardsFolder)
    expansion.takesEveryCombination = self.expansion.everyCombination
    expansion.seed = self.expansion.batchSeed
    return try expansion.expand(prompts.lines)
  }

  var displayName: String { file == "-" ? "standard input" : file }

  private func readFile() throws -> [UInt8] {
    let limit = PromptFile.maximumBytes
    if file == "-" { return try StandardInput.read(atMost: limit, for: "prompts") }
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
      throw UserError.input("\(file) is a folder; name a file of prompts, or '-' for standard input.")
    }
    // Pipes too, which FileManager does not read.
    guard let handle = FileHandle(forReadingAtPath: file),
      let contents = BoundedInput.bytes(handle.fileDescriptor, atMost: limit)
    else {
      throw UserError.input("\(file) cannot be read; name a file of prompts, or '-' for standard input.")
    }
    guard contents.count <= limit else {
      throw UserError.input("\(file) is larger than \(limit >> 20) MiB; cut it into several files of prompts.")
    }
    ProtectedFiles.protectInput(file, as: "the file of prompts that is being read")
    return contents
  }

  private var wildcardsFolder: String? {
    if let folder = expansion.wildcards { return folder }
    let folder = file == "-" ? "wildcards" : URL(fileURLWithPath: file).deletingLastPathComponent().path + "/wildcards"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }

  private var shard: Shard {
    get throws {
      try batch.shard.map { (text) throws(UserError) in try Shard(parsing: text) }
        ?? Shard(slurm: Installation.current.environment) ?? .whole
    }
  }

  var results: BatchReporter.Results {
    if batch.output == "-" { return .archive }
    return batch.json ? .json : batch.quiet ? .none : .paths
  }

  private func settings(workers: Int, shard: Shard) -> BatchSettings {
    var settings = BatchSettings()
    settings.folder = batch.output == "-" ? nil : BatchCommand.withoutLastSlash(batch.output)
    settings.ledger = batch.ledger
    settings.merge = batch.merge
    settings.resumes = batch.resume
    settings.shard = shard
    settings.workers = workers
    settings.retries = batch.retry
    settings.failsFast = batch.failure == .failFast
    settings.metadata = batch.metadata
    settings.quality = batch.quality ?? PictureEncoding.usualQuality
    settings.sheet = batch.sheet
    settings.sheetColumns = sheetColumns
    settings.gallery = batch.gallery
    settings.limit = machine.limit.share(ofOneIn: workers)
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
    func refuse(_ sentence: String) throws -> Never { throw UserError.request(sentence) }
    if let jobs = batch.jobs, !(1...64).contains(jobs) { try refuse("--jobs \(jobs) is not 1 to 64.") }
    guard (0...100).contains(batch.retry) else { try refuse("--retry \(batch.retry) is not 0 to 100.") }
    try machine.check()
    _ = try PictureEncoding.checked(quality: batch.quality)
    guard !batch.output.isEmpty else { try refuse("--output names no folder.") }
    guard !(batch.quiet && batch.verbose) else { try refuse("--quiet and --verbose do not go together.") }
    if batch.output == "-", !batch.check {
      guard !batch.json else { try refuse("Standard output cannot take both the pictures and --json.") }
      guard !Console.resultsAreWatched else {
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
}

import Crypto
import Families
import Foundation
import Guardrail
import History
import Images
import Painting
import System

extension Run {
  /// What a person asks for, before anything is known of the model.
  init(_ settings: PictureSettings, access: Access) {
    self.init()
    userID = access.person.userID
    userName = access.person.name
    role = access.role?.rawValue ?? ""
    hostName = ProcessInfo.processInfo.hostName
    version = Version.number
    var settings = settings
    settings.loras.wishes = settings.loras.wishes.map(\.withAbsolutePath)
    settings.vae = settings.vae?.asAbsolutePlace
    settings.textEncoders.names = settings.textEncoders.names.map(\.asAbsolutePlace)
    settings.embeddings.names = settings.embeddings.names.map(\.asAbsolutePath)
    settings.mask = settings.maskPath?.asPicturePath ?? settings.mask
    settings.pictureAdapters.names = settings.pictureAdapters.names.map(\.asAbsolutePath)
    for index in settings.pictures.wishes.indices {
      settings.pictures.wishes[index].path = settings.pictures.wishes[index].path.asPicturePath
    }
    settings.controlModels.names = settings.controlModels.names.map(\.asAbsolutePlace)
    for index in settings.controls.wishes.indices {
      settings.controls.wishes[index].path = settings.controls.wishes[index].path.asPicturePath
    }
    settings.styleFrom.paths = settings.styleFrom.paths.map(\.asPicturePath)
    settings.upscaler = settings.upscaler?.asAbsolutePath
    if let network = settings.hiresUpscaler?.network { settings.hiresUpscaler = .network(network.asAbsolutePath) }
    take(settings)
    // As the picture's own path: whoever paints it again may stand in another folder.
    let paths = settings.references.paths.map(\.asPicturePath)
    referencePath = paths.isEmpty ? nil : ReferenceList(paths).settingText
  }

  /// A run that begins.
  init(_ run: PictureRun, access: Access) {
    self.init(run.settings, access: access)
    startedAt = run.started.wholeMilliseconds
    id = run.identifier
    typedPrompt = run.prompt == run.settings.prompt ? nil : run.settings.prompt
    prompt = run.prompt
    let negative = run.negative ?? ""
    typedNegative = negative == run.settings.negative ?? "" ? nil : run.settings.negative ?? ""
    self.negative = negative
    if let size = run.size {
      let factor = run.settings.upscale ?? 1
      (width, height) = (size.written.width * factor, size.written.height * factor)
    }
    model = run.model.model.name
    modelPath = run.model.model.hashedFile
    modelHash = run.model.hash.digitsIfReady
    orderID = run.origin.orderID
    batchID = run.origin.batchID.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    jobKey = run.origin.jobKey
    queuedAt = run.origin.queuedAt
    redoOf = run.origin.redoOf
    if let verdict = run.verdict { note(verdict) }
  }

  /// Fills in how it ended.
  mutating func end(_ run: PictureRun, _ outcome: RunOutcome, peakMemory: Int, at date: Date) {
    finishedAt = date.wholeMilliseconds
    self.peakMemory = Int64(peakMemory)
    let hashes = (referencePath.flatMap(ReferenceList.init(setting:))?.paths ?? []).map(InputHashes.file)
    if hashes.contains(where: { $0 != nil }) {
      referenceHash = hashes.map { $0 ?? "-" }.joined(separator: ReferenceList.separator)
    }
    inputHashes = InputHashes(run)?.text
    switch outcome {
    case .painted(let picture):
      self.outcome = .painted
      exitStatus = 0
      modelHash = run.model.hash.digits
      fill(picture)
      for case .blurred(_, let verdict) in [picture.painting.safety, picture.painting.filter] {
        exitStatus = Int(ExitStatus.refused.rawValue)
        note(verdict)
      }
    case .refused(let refusal):
      self.outcome = .refused
      if case .picture(let finding) = refusal.subject, finding.looker == .filter { nudity = finding.score }
      exitStatus = Int(ExitStatus.refused.rawValue)
      note(refusal.verdict)
    case .failed(let error):
      fail(error)
      modelHash = run.model.hash.digitsIfReady
    case .interrupted:
      self.outcome = .interrupted
    }
  }

  /// Fills in why it failed.
  mutating func fail(_ error: any Error) {
    outcome = .failed
    exitStatus = Int((ExitStatus(error) ?? .fault).rawValue)
    self.error = "\(error)"
  }

  private mutating func fill(_ picture: PaintedPicture) {
    let (painted, timings) = (picture.painting.picture, picture.painting.timings)
    sampler = picture.painting.sampler.rawValue
    // Of several candidates the best is kept, which need not be the first.
    seed = Seed(picture.order.seed)
    if case .passed(let finding) = picture.painting.filter { nudity = finding.score }
    if case .blurred(let finding, _) = picture.painting.filter { nudity = finding.score }
    (width, height) = (painted.width, painted.height)
    outputPath = picture.path.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    outputBytes = Int64(picture.bytes.count)
    outputHash = SHA256.hash(data: picture.bytes).hexadecimal
    pixelHash = painted.pixelHash
    loadSeconds = timings.load
    encodeSeconds = timings.encode
    sampleSeconds = timings.sample
    decodeSeconds = timings.decode
    writeSeconds = timings.write
  }

  private mutating func note(_ verdict: Verdict) {
    decision = verdict.decision.rawValue
    category = verdict.decision == .allow ? nil : verdict.category.rawValue
    score = verdict.score
    self.verdict = verdict.json
  }
}

extension AdapterWish {
  /// The same with a path that holds in any folder, where it is one.
  fileprivate var withAbsolutePath: AdapterWish {
    AdapterWish(name: name.asAbsolutePath, weight: weight, textEncoderWeight: textEncoderWeight)
  }
}

extension String {
  /// A picture's path that holds in any folder; standard input stays what it is.
  fileprivate var asPicturePath: String { self == "-" ? self : URL(fileURLWithPath: self).standardizedFileURL.path }

  /// A path that holds in any folder, where this is one of a file; else as it is.
  fileprivate var asAbsolutePath: String { PathKind(self) == .file ? asAbsolutePlace : self }

  /// The same where this is a path of a file or folder.
  fileprivate var asAbsolutePlace: String {
    PathKind(self) == .missing ? self : URL(fileURLWithPath: self).standardizedFileURL.path
  }
}

extension Picture {
  /// SHA-256 of the pixels, 64 digits.
  package var pixelHash: String { SHA256.hash(data: pixels + (alpha ?? [])).hexadecimal }
}

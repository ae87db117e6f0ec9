import Crypto
import Families
import Foundation
import History
import Images
import Painting
import System

extension Engine {
  /// - Parameter choosesFile: Whether a network is named that limn does not carry.
  /// - Throws: ``Forbidden``, which goes into the audit.
  package func require(toEdit choosesFile: Bool) throws(Forbidden) {
    try recorder.require(.paint)
    try recorder.require(.useReference)
    if choosesFile { try recorder.require(.chooseModel) }
    if recorder.isOmitted { try recorder.require(.skipHistory) }
  }

  /// The network of a name that enlarges pictures, opened once; nil for the one of choice.
  package func upscaler(_ name: String?) throws -> PictureUpscaler { try tools.upscaler(name) }

  /// The networks that paint pictures over in the style of others, opened once.
  package func styleTransfer() throws -> StyleTransfer { try tools.styleTransfer() }

  /// Has pictures looked at that are to be changed, or to be used for that.
  ///
  /// - Throws: `Refusal` where there is something unsafe in one.
  package func check(_ pictures: [Picture]) throws {
    guard let filter = tools.filter else { return }
    let approved = try approvedNothing()
    for picture in pictures { try approved.check(picture, by: filter) }
  }

  /// Changes the picture of a file, writes it and enters that into the history.
  ///
  /// - Parameters:
  ///   - place: For the format of what is written there.
  ///   - source: What the history keeps of the picture beside its file's name.
  ///   - identifier: Of the run; nil for a fresh one.
  ///   - progress: An error thrown there ends the work.
  /// - Throws: A sentence where the file cannot be read, there is too little memory, or nothing can be written there.
  package func edit(
    _ file: PictureFile, _ edit: PictureEdit, to place: PicturePlace, as format: PictureFormat,
    metadata: MetadataPolicy, limit: MemoryLimit, of source: EditSource = EditSource(), identifier: String? = nil,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> EditedPicture {
    let start = ContinuousClock.now
    if case .file(let path, let collision) = place { try AtomicFile.check(path, ifTaken: collision) }
    var run = Run(edit, of: file.name, source, access: recorder.access)
    if let identifier { run.id = identifier }
    do {
      let original = try limit.decodeDeep(file)
      try check([original.picture])
      let changed = try edit.work(original, limit, progress)
      var warnings: [String] = []
      let texts = edit.texts(of: try file.report, metadata)
      let bytes: [UInt8]
      switch format {
      case .png: bytes = try PNGEncoder.encode(changed, texts: texts, colourOf: file)
      case .jpeg, .webp:
        if changed.hasAlpha || changed.bitDepth == 16 {
          warnings.append(
            "\(format.rawValue) files are written without alpha and 16 bits: \(file.name) was laid over white, in 8 bits."
          )
        }
        bytes = try PictureEncoding(format, quality: 95).encode(changed.picture, texts: texts)
      }
      var path: String?
      switch place {
      case .file(let wanted, let collision): path = try AtomicFile.save(bytes, to: wanted, ifTaken: collision)
      case .stream(let write): try write(bytes)
      }
      run.finish(changed.size, bytes, path: path)
      recorder.edited(run)
      return EditedPicture(
        path: path, source: file.name, command: edit.command, network: edit.network, width: changed.width,
        height: changed.height, settings: Dictionary(edit.settings.map { ($0.name, $0.text) }) { first, _ in first },
        seconds: (ContinuousClock.now - start) / .seconds(1), peakMemory: Machine.current.peakMemory ?? 0,
        warnings: warnings)
    } catch {
      if error is CancellationError { run.outcome = .interrupted } else { run.fail(error) }
      run.finishedAt = Date().wholeMilliseconds
      recorder.edited(run)
      throw error
    }
  }
}

extension Engine {
  /// The same to a PNG, on a thread of its own; cancelling the task ends it within one step of the work.
  package func change(
    _ bytes: [UInt8], named name: String, _ edit: PictureEdit, to place: PicturePlace, limit: MemoryLimit,
    of source: EditSource, identifier: String, progress: @escaping @Sendable (_ done: Int, _ total: Int) throws -> Void
  ) async throws -> EditedPicture {
    let isCancelled = CancellationMark()
    return try await withTaskCancellationHandler {
      try await PaintingThread.run { [self] in
        try self.edit(
          PictureFile(bytes: bytes, name: name), edit, to: place, as: .png, metadata: .full, limit: limit, of: source,
          identifier: identifier
        ) { done, total in
          if isCancelled.isSet { throw CancellationError() }
          try progress(done, total)
        }
      }
    } onCancel: {
      isCancelled.set()
    }
  }
}

extension Run {
  /// The key among a run's settings that says that nothing was painted, but a picture changed.
  package static let commandKey = "command"

  fileprivate init(_ edit: PictureEdit, of file: String, _ source: EditSource, access: Access) {
    var settings = PictureSettings(prompt: "limn \(edit.command) \(file)")
    if let path = source.path ?? (file == "standard input" ? nil : file) { settings.references = ReferenceList([path]) }
    self.init(settings, access: access)
    typedPrompt = source.prompt
    model = edit.network
    let others = edit.settings + [(Run.commandKey, edit.command)]
    self.settings = Run.text(of: Dictionary(others.map { ($0.0, $0.1) }) { first, _ in first })
  }

  fileprivate mutating func finish(_ size: PictureSize, _ bytes: [UInt8], path: String?) {
    outcome = .painted
    exitStatus = 0
    finishedAt = Date().wholeMilliseconds
    (width, height) = (size.width, size.height)
    outputPath = path.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    outputBytes = Int64(bytes.count)
    outputHash = SHA256.hash(data: bytes).hexadecimal
    peakMemory = Machine.current.peakMemory.map(Int64.init)
  }
}

extension MemoryLimit {
  /// Decodes a picture with alpha and 16 bits where there is room for that.
  /// - Throws: ``UserError/resources(_:)`` where there is not; ``PictureError``.
  fileprivate func decodeDeep(_ file: PictureFile) throws -> DeepPicture {
    guard 2 * file.decodingBytes <= bytes else {
      throw UserError.resources(
        "Reading \(file.name) takes \(ByteCount(2 * file.decodingBytes).rounded(.up)), more than \(reason); make the picture smaller."
      )
    }
    return try file.decodedDeep()
  }
}

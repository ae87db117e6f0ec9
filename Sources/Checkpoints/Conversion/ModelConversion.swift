import System
import Tensors

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model's conversion: of a single file to one, of a diffusers folder to another in which the denoiser and the text encoders are
/// converted and all else is as it was.
package struct ModelConversion {
  private let path: String
  private let target: ConversionTarget
  private let adapters: [WeightedAdapter]

  private static let converted = ["unet", "transformer", "prior", "text_encoder", "text_encoder_2", "text_encoder_3"]

  /// - Parameters:
  ///   - path: A file or a folder.
  ///   - adapters: LoRAs that become part of the weights.
  package init(path: String, to target: ConversionTarget, adapters: [WeightedAdapter] = []) {
    self.path = path
    self.target = target
    self.adapters = adapters
  }

  /// Writes the converted model to a place where nothing lies yet.
  ///
  /// - Parameter report: Hears of each file before it is written, with its size in bytes.
  /// - Throws: `CheckpointError` about the source, `AtomicFileError` about the result.
  package func write(to destination: String, _ report: (String, Int) -> Void = { _, _ in }) throws {
    guard PathKind(destination) == .missing else { throw AtomicFileError.exists(path: destination) }
    guard PathKind(path) == .folder else { return try writeFile(destination, report) }
    // A folder appears whole, as a file does.
    let unfinished = destination + ".unfinished"
    do {
      try FileManager.default.createDirectory(atPath: unfinished, withIntermediateDirectories: false)
      try writeFolder(unfinished, report)
      try FileManager.default.moveItem(atPath: unfinished, toPath: destination)
    } catch let error as CocoaError {
      throw AtomicFileError.refused(path: destination, reason: error.localizedDescription)
    } catch {
      try? FileManager.default.removeItem(atPath: unfinished)
      throw error
    }
  }

  private func writeFile(_ destination: String, _ report: (String, Int) -> Void) throws {
    let file = try CheckpointFiles.open(path)
    var metadata = file.metadata.filter { $0.key != "format" }
    // What a type that is dropped said: the number of steps, an integer.
    if let known = try? SingleFileCheckpoint(path: path) {
      metadata["modelspec.prediction_type"] = known.predictionType == "v_prediction" ? "v" : known.predictionType
    }
    let source: any TensorSource = adapters.isEmpty ? file : try MergedFile(path, adapters)
    let conversion = try Conversion(source, to: target, metadata: metadata)
    report(destination, conversion.fileSize)
    try conversion.write(to: destination)
  }

  private func writeFolder(_ destination: String, _ report: (String, Int) -> Void) throws {
    let folder = try ModelFolder(path: path)
    let adapted = adapters.isEmpty ? nil : try AdaptedParts(folder, adapters)
    for name in FileTree.names(in: path) where !name.hasPrefix(".") {
      let place = path.appending(pathComponent: name)
      let result = destination.appending(pathComponent: name)
      guard ModelConversion.converted.contains(name), folder.hasFolder(of: name), PathKind(place) == .folder else {
        try copy(place, to: result)
        continue
      }
      try FileManager.default.createDirectory(atPath: result, withIntermediateDirectories: false)
      for entry in FileTree.names(in: place) where !ModelConversion.isWeights(entry) {
        try copy(place.appending(pathComponent: entry), to: result.appending(pathComponent: entry))
      }
      let stem = name.hasPrefix("text_encoder") ? "model" : "diffusion_pytorch_model"
      let source = try adapted?.weights(of: name) ?? WeightFiles.open(place)
      let conversion = try Conversion(source, to: target, cutsWindows: true)
      let file = result.appending(pathComponent: stem + target.fileEnding)
      report(name.appending(pathComponent: stem + target.fileEnding), conversion.fileSize)
      try conversion.write(to: file)
    }
  }

  private static func isWeights(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") || name.hasSuffix(".gguf") || name.contains(".safetensors.index.")
      || ModelFolder.isPickle(name)
  }

  /// Copies a file or a folder; links are followed, since caches hold little else.
  private func copy(_ place: String, to result: String) throws {
    if PathKind(place) == .folder {
      try FileManager.default.createDirectory(atPath: result, withIntermediateDirectories: false)
      for entry in FileTree.names(in: place) {
        try copy(place.appending(pathComponent: entry), to: result.appending(pathComponent: entry))
      }
    } else {
      try FileManager.default.copyItem(atPath: SymbolicLink.end(of: place), toPath: result)
    }
  }
}

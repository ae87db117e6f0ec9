import Checkpoints
import Crypto
import Guardrail
import Images
import JSON
import Networks
import Synchronization
import System

/// A model's own check of pictures: the `safety_checker/` and `feature_extractor/` that it brings.
package final class PictureCheck: Sendable {
  private let network: Part<SafetyChecker>
  private let processor: CLIPPictureProcessor
  private let name: String
  /// A reference is met again by every picture that starts from it.
  private let known = Mutex<[Key: PictureFinding]>([:])

  private static let mostKnown = 256

  private struct Key: Hashable {
    let width: Int
    let pixels: [UInt8]

    init(_ picture: Picture) {
      width = picture.width
      pixels = Array(SHA256.hash(data: picture.pixels))
    }
  }

  /// Reads the configurations; the weights are read when a picture is first looked at.
  ///
  /// - Throws: A sentence when they are missing, damaged or do not fit each other.
  init(_ folder: ModelFolder, name: String) throws {
    let part = "safety_checker"
    let configuration = try SafetyCheckerConfiguration(
      folder.configuration(of: part), origin: "\(folder.path)/\(part)/config.json")
    let file = try folder.file("preprocessor_config.json", of: "feature_extractor")
    processor = try CLIPPictureProcessor(
      JSONValue(contentsOf: file), edge: configuration.vision.imageSize, origin: file)
    network = Part(from: { try folder.weights(of: part) }, { try SafetyChecker(configuration, $0) })
    self.name = name
  }

  /// Looks at a picture.
  ///
  /// - Throws: A sentence when the weights are missing, damaged or of another shape.
  package func callAsFunction(_ picture: Picture) throws -> PictureFinding {
    let key = Key(picture)
    if let finding = known.withLock({ $0[key] }) { return finding }
    let scores = try network.loaded()(processor(picture))[0]
    guard (scores.specialCare + scores.concepts).allSatisfy(\.isFinite) else {
      throw UserError.input(
        "\(name): its safety checker made NaN values; the weights of the safety checker are damaged.")
    }
    let finding = PictureFinding(score: Double((scores.highest * 1000).rounded()) / 1000)
    known.withLock { known in
      if known.count >= Self.mostKnown { known.removeAll() }
      known[key] = finding
    }
    return finding
  }

  /// Gives the weights' memory back; they are read again when next needed.
  func release() { network.release() }

  /// Bytes of the weights as they are stored.
  func size() throws -> Int { try network.size() }
}

/// Whether anybody looks at the pictures that a model paints.
package enum PictureSafety: Sendable {
  case checked(PictureCheck)
  /// Why not, as a clause: "it brings no safety checker".
  case unchecked(String)

  /// - Throws: A sentence when the model brings a safety checker that cannot be run.
  init(_ folder: ModelFolder, name: String) throws {
    guard let component = folder.components["safety_checker"] else {
      self = .unchecked("it brings no safety checker")
      return
    }
    if folder.settings["requires_safety_checker"]?.bool == false {
      self = .unchecked("its `model_index.json` says that no safety checker is required")
      return
    }
    guard folder.hasFolder(of: "safety_checker") else {
      self = .unchecked("the folder `safety_checker` is missing, which its `model_index.json` names")
      return
    }
    guard component.className == "StableDiffusionSafetyChecker" else {
      throw UserError.input(
        "\(folder.path): limn does not run safety checkers of class \(component.className); it runs StableDiffusionSafetyChecker."
      )
    }
    self = .checked(try PictureCheck(folder, name: name))
  }

  package var check: PictureCheck? { if case .checked(let check) = self { check } else { nil } }
}

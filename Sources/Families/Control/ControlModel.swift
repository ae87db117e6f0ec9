import Checkpoints
import Images
import Networks
import System
import Tensors

/// A network that controls a UNet by pictures, opened and checked against the model; its weights are read when first needed.
package final class ControlModel: Sendable {
  enum Network: Sendable {
    case net(Part<ControlNet>)
    case union(Part<ControlNetUnion>, kinds: Int)
    case adapter(Part<T2IAdapter>, factor: Int)
  }

  /// As it is called in sentences: the file's or folder's name.
  package let name: String
  /// The file whose hash names it.
  package let hashedFile: String
  let network: Network
  let poolsGlobally: Bool

  /// - Throws: A sentence where it is damaged, something else, or was made for another kind of model.
  init(path: String, for base: ControlBase) throws {
    let file = try ControlFile(path: path, base: base.source)
    name = path.weightsStem
    hashedFile = file.hashedFile
    let weights = file.weights
    func refuse(_ reason: String) -> UserError {
      .input("\(path) does not fit \(base.modelName), a \(base.familyName): it \(reason).")
    }
    switch file.kind {
    case .controlNet:
      let configuration = try ControlNetConfiguration(file.configuration, origin: file.configurationOrigin)
      if let reason = base.configuration.misfit(configuration.encoder) { throw refuse(reason) }
      guard configuration.encoder.inChannels == base.latentChannels else {
        throw refuse("takes latents of \(configuration.encoder.inChannels) channels, not \(base.latentChannels)")
      }
      guard configuration.pixelsPerLatent == base.pixelsPerLatent else {
        throw refuse("makes one latent of \(configuration.pixelsPerLatent) pixels, not \(base.pixelsPerLatent)")
      }
      poolsGlobally = configuration.poolsGlobally
      if let union = configuration.union {
        network = .union(
          Part(from: { weights }, { try ControlNetUnion(configuration, $0) }), kinds: union.kinds)
      } else {
        network = .net(Part(from: { weights }, { try ControlNet(configuration, $0) }))
      }
    case .adapter:
      let configuration: T2IAdapterConfiguration = try T2IAdapterConfiguration(
        file.configuration, origin: file.configurationOrigin)
      if let reason = ControlModel.misfit(configuration, base) { throw refuse(reason) }
      poolsGlobally = false
      network = .adapter(
        Part(from: { weights }, { try T2IAdapter(configuration, $0) }), factor: configuration.downscaleFactor)
    }
  }

  /// Whether the feature maps are as wide and as many as a UNet's levels.
  private static func misfit(_ adapter: T2IAdapterConfiguration, _ base: ControlBase) -> String? {
    let levels = base.configuration.levelChannels
    let own = adapter.featureChannels
    let isXL = own.count == levels.count + 1 && Array(own.dropLast()) == levels && own.last == levels.last
    guard
      own == levels && adapter.downscaleFactor == base.pixelsPerLatent
        || isXL && adapter.downscaleFactor == 2 * base.pixelsPerLatent
    else { return "makes feature maps of \(own) channels, not of \(levels)" }
    return nil
  }

  /// - Parameter size: Of what is painted.
  /// - Throws: ``UserError/request(_:)`` where it cannot be controlled so.
  package func check(_ kind: ControlKind, size: PictureSize) throws(UserError) {
    switch network {
    case .net: break
    case .union(_, let kinds):
      guard let number = kind.unionNumber, number < kinds else {
        let known = ControlKind.allCases.filter { $0.unionNumber.map { $0 < kinds } ?? false }.map(\.rawValue)
        throw .request(
          "\(name) knows several kinds of pictures and must be told which this is: `control` takes one of \(known.joined(separator: ", ")) for it, not \(kind.rawValue)."
        )
      }
    case .adapter(_, let factor):
      guard size.width % factor == 0, size.height % factor == 0 else {
        throw .request("\(name) is a T2I-Adapter for sides that are multiples of \(factor); \(size) are not.")
      }
    }
  }

  /// Bytes of its weights as they are stored.
  package func size() throws -> Int {
    switch network {
    case .net(let part): try part.size()
    case .union(let part, _): try part.size()
    case .adapter(let part, _): try part.size()
    }
  }

  /// Whether it works at every step, not once a picture.
  package var worksAtEachStep: Bool { if case .adapter = network { false } else { true } }

  /// Whether several pictures go through it at once.
  var takesSeveral: Bool { if case .union = network { true } else { false } }

  /// Gives its weights' memory back; they are read again when next needed.
  package func release() {
    switch network {
    case .net(let part): part.release()
    case .union(let part, _): part.release()
    case .adapter(let part, _): part.release()
    }
  }
}

/// What control networks are made for: a UNet.
package struct ControlBase: Sendable {
  let modelName: String
  let familyName: String
  let configuration: UNetConfiguration
  let source: ControlFile.Base
  let latentChannels: Int
  let pixelsPerLatent: Int
}

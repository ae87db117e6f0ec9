import Checkpoints
import Crypto
import Guardrail
import Images
import Networks
import Synchronization
import System
import Tensors

/// limn's own look at pictures, whatever model they are by: Yahoo's Open NSFW. It knows photographs of naked people, and little else.
package final class PictureFilter: Sendable {
  private let network: Part<OpenNSFW>
  private let path: String
  /// A reference is met again by every picture that starts from it.
  private let known = Mutex<[[UInt8]: Double]>([:])

  private static let mostKnown = 256
  /// What the network takes while it works, its weights as they are stored and as they are packed, measured.
  package static let bytes = 40 << 20

  package init(path: String) {
    self.path = path
    network = Part(from: { try CheckpointFiles.open(path) }, { try OpenNSFW($0) })
  }

  /// How likely a picture shows nudity, 0 to 1, in thousandths.
  ///
  /// - Throws: A sentence where the weights are missing or damaged.
  package func callAsFunction(_ picture: Picture) throws -> Double {
    let key = Array(SHA256.hash(data: picture.pixels)) + [UInt8(truncatingIfNeeded: picture.width)]
    if let score = known.withLock({ $0[key] }) { return score }
    let score = try network.loaded()(Self.prepared(picture))
    guard score.isFinite else {
      throw UserError.input("\(path): the picture filter made NaN values; its weights are damaged.")
    }
    let rounded = Double((score * 1000).rounded()) / 1000
    known.withLock { known in
      if known.count >= Self.mostKnown { known.removeAll() }
      known[key] = rounded
    }
    return rounded
  }

  /// Gives the weights' memory back; they are read again when next needed.
  package func release() { network.release() }

  /// As Yahoo's `classify_nsfw.py` prepares pictures: 256 by 256, through JPEG, the middle of that, blue first.
  static func prepared(_ picture: Picture) throws(PictureError) -> Tensor {
    let small = picture.resized(width: 256, height: 256, filter: .bilinear)
    let edge = OpenNSFW.edge
    let margin = (256 - edge) / 2
    var middle: [UInt8] = []
    for row in margin..<margin + edge {
      middle += small.pixels[(row * 256 + margin) * 3..<(row * 256 + margin + edge) * 3]
    }
    let bytes = try JPEGEncoder.encode(
      Picture(width: edge, height: edge, pixels: middle), quality: 75, isSubsampled: true)
    let read = try Picture(bytes: bytes, name: "the picture")
    let means: [Float] = [104, 117, 123]
    var values: [Float] = []
    values.reserveCapacity(edge * edge * 3)
    for start in stride(from: 0, to: read.pixels.count, by: 3) {
      for channel in 0..<3 { values.append(Float(read.pixels[start + 2 - channel]) - means[channel]) }
    }
    return Tensor(shape: [1, edge, edge, 3], values: values)
  }
}

extension ApprovedPrompt {
  /// What the filter makes of a picture; nil where there is none, or the policy wants none.
  package func finding(_ picture: Picture, by filter: PictureFilter?) throws -> PictureFinding? {
    guard let filter, usesPictureFilter else { return nil }
    return finding(nudity: try filter(picture))
  }

  /// Has the filter look at a picture that is to be used.
  ///
  /// - Throws: `Refusal` where it objects.
  package func check(_ picture: Picture, by filter: PictureFilter?) throws {
    if let finding = try finding(picture, by: filter) { try judge(reference: finding) }
  }
}

extension ModelCatalog {
  /// Nil where this program was built without.
  package var pictureFilter: PictureFilter? {
    guard let path = fetchedFolder("picture-filter").map({ "\($0)/open-nsfw.safetensors" }), PathKind(path) == .file
    else {
      return nil
    }
    return PictureFilter(path: path)
  }
}

import History
import Images
import Painting

/// A picture beside the one that it was to be again.
package struct PictureComparison {
  package let isSame: Bool
  /// What to tell a person.
  package let sentences: [String]

  package init(_ original: Original, _ again: PaintedPicture) {
    let picture = again.painting.picture
    isSame = original.pixelHash == picture.pixelHash
    guard !isSame else {
      sentences = ["It is the same picture, pixel for pixel."]
      return
    }
    guard original.pixelHash != nil else {
      sentences = ["There is no first picture to compare with: it was never finished."]
      return
    }
    var sentences = [PictureComparison.difference(original.picture, picture)]
    let causes = PictureComparison.causes(original, again)
    sentences += causes
    if causes.isEmpty {
      sentences.append(
        "Everything that was recorded is the same; another build, processor or library rounds otherwise.")
    }
    self.sentences = sentences
  }

  private static func difference(_ first: Picture?, _ second: Picture) -> String {
    guard let first else { return "It is another picture; the first is no longer there to say by how much." }
    guard (first.width, first.height) == (second.width, second.height) else {
      return "It is another picture: \(second.width)x\(second.height) instead of \(first.width)x\(first.height)."
    }
    var (largest, different) = (0, 0)
    for (left, right) in zip(first.pixels, second.pixels) where left != right {
      largest = max(largest, abs(Int(left) - Int(right)))
      different += 1
    }
    let share = (1000 * Double(different) / Double(first.pixels.count)).rounded() / 10
    return "It differs: \(share) % of the values, by \(largest) of 255 at most."
  }

  /// What was recorded and is otherwise now.
  private static func causes(_ original: Original, _ again: PaintedPicture) -> [String] {
    let (run, then, now) = (original.run, original.parameters, again.parameters)
    let pairs: [(String, String?, String?)] = [
      ("model", run?.model ?? then?.model, now.model),
      ("model's hash", run?.modelHash ?? then?.modelHash, now.modelHash),
      (
        "prompt", run?.prompt ?? then.map { PictureSettings.withoutLoRATags($0.prompt) }, again.order.prompt.prompt.text
      ),
      ("negative prompt", run?.negative ?? then?.negativePrompt, again.order.prompt.negative?.text ?? ""),
      ("sampler", run?.sampler ?? then?.sampler, now.sampler),
      ("noise", run?.rng ?? then?.randomSource, now.randomSource),
      ("version", run.map { "limn \($0.version)" } ?? then?.version, now.version),
    ]
    return pairs.compactMap { name, before, after in
      guard let before, let after, before != after else { return nil }
      return "The \(name) differs: \(before) then, \(after) now."
    }
  }
}

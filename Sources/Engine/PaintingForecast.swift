import Families
import Painting
import System
import Tensors

/// What painting will take, said before it begins.
package struct PaintingForecast: Sendable, Equatable {
  /// Nil where nothing is known of such models.
  package let seconds: Double?
  /// Of memory; nil where it cannot be predicted.
  package let bytes: Int?

  package init(seconds: Double?, bytes: Int?) {
    (self.seconds, self.bytes) = (seconds, bytes)
  }

  /// Whether a person who waits wants to know.
  package var isLong: Bool { seconds.map { $0 >= 10 } ?? false }

  /// `expecting to take about 2 min 10 s and 4.3 GB of memory`; nil where nothing is known.
  package var sentence: String? {
    let parts = [seconds.map { "about \(Duration.brief($0))" }, bytes.map { "\(ByteCount($0)) of memory" }]
      .compactMap(\.self)
    return parts.isEmpty ? nil : "expecting to take \(parts.joined(separator: " and "))"
  }
}

extension Engine {
  /// What a request will take, from what pictures of the model took on this machine, else from the work that its networks are.
  package func forecast(_ request: PictureRequest, _ speeds: PaintingSpeeds) -> PaintingForecast {
    let (order, pictures) = (request.order, request.count * request.candidates)
    let measured = request.model.hash.digitsIfReady.flatMap { speeds.price(order, modelHash: $0).seconds }
    let seconds = measured ?? PaintingForecast.estimatedSeconds(order)
    return PaintingForecast(
      seconds: seconds.map { $0 * Double(pictures) }, bytes: predictedBytes(order, paintsSeveral: pictures > 1))
  }
}

extension PaintingForecast {
  /// Seconds for an order of a model that was never painted with here; nil for families whose work is not known.
  fileprivate static func estimatedSeconds(_ order: Order) -> Double? {
    guard let effort = try? PaintingEffort.of(order.model) else { return nil }
    return effort.seconds(
      pixels: order.size.painted.pixels, seenPixels: order.seenReferences.reduce(0) { $0 + $1.pixels },
      evaluations: order.steps * (order.isGuided ? 2 : 1), precision: order.precision, rate: Compute.sgemmRate())
  }
}

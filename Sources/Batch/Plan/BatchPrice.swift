import Engine
import Foundation
import System

/// What the pictures of a plan will take.
package struct BatchPrice: Encodable, Sendable {
  package let pictures: Int
  /// Nil where nothing has been painted with one of the models here.
  package let seconds: Double?
  package let bytes: Int

  /// - Parameters:
  ///   - workers: Pictures painted at a time.
  ///   - speeds: Of this machine; nil where a server paints and says what it knows.
  package init(_ jobs: [BatchJob], workers: Int, speeds: PaintingSpeeds?) {
    var seconds: Double? = 0
    var bytes = 0
    for job in jobs {
      let price: (seconds: Double?, bytes: Int)
      switch job.work {
      case .here(let order, let model): price = speeds?.price(order, modelHash: model.hash.digits ?? "") ?? (nil, 0)
      case .elsewhere(let order): price = (order.seconds, order.bytes)
      }
      bytes += price.bytes
      seconds = seconds.flatMap { total in price.seconds.map { total + $0 } }
    }
    pictures = jobs.count
    self.seconds = seconds.map { $0 / Double(max(1, min(workers, jobs.count))) }
    self.bytes = bytes
  }

  /// `9500 pictures, about 2 h 10 min, about 180 MB`
  package var sentence: String {
    let time =
      seconds.map { "about \(Duration.brief($0))" } ?? "time unknown until a picture of the model was painted here"
    return "\(pictures) \(pictures == 1 ? "picture" : "pictures"), \(time), about \(ByteCount(bytes)) of disk"
  }

  /// - Throws: ``UserError/resources(_:)`` where the folder's disk has less than the pictures will take.
  func check(folder: String) throws {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    guard let free = attributes?[.systemFreeSize] as? Int, free < bytes else { return }
    throw UserError.resources(
      "The pictures will take about \(ByteCount(bytes)), and \(folder) has \(ByteCount(free)) left; free some, or choose another folder by `output`."
    )
  }
}

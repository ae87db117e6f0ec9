import Engine
import Foundation
import Painting
import System

/// Memory and disks.
package enum RoomCheck {
  /// - Parameter needed: What a picture of the bundled model takes, in bytes; nil where that is not known.
  package static func memory(needed: Int?) -> [Finding] {
    let available = MemoryLimit().bytes
    let total = Machine.current.totalMemory
    var found = "\(ByteCount(available)) left" + (total.map { " of \(ByteCount($0))" } ?? "")
    if let group = Machine.current.memoryLimit { found += ", \(ByteCount(group)) for this control group" }
    if let needed, available < needed {
      return [
        Finding(
          "room", "memory", found, .wrong,
          advice:
            "The bundled model takes \(ByteCount(needed)) for one picture. Close other programs, or raise the limit.")
      ]
    }
    guard available < 4 << 30 else { return [Finding("room", "memory", found)] }
    return [
      Finding(
        "room", "memory", found, .note,
        advice: "That is enough for the bundled model; Stable Diffusion 1.5 takes about 4 GB at 512x512 pixels.")
    ]
  }

  package static var disks: [Finding] {
    let folders = [
      ("history", URL(fileURLWithPath: Installation.current.historyPath).deletingLastPathComponent().path),
      ("cache", Installation.current.cacheFolder), ("models", Installation.current.catalog.modelsFolder),
      ("this folder", FileManager.default.currentDirectoryPath),
    ]
    return folders.map { disk($0, $1) }
  }

  private static func disk(_ name: String, _ folder: String) -> Finding {
    // A folder that is not there yet will be made in the nearest one that is.
    var place = URL(fileURLWithPath: folder)
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place.path)
    let free = attributes?[.systemFreeSize] as? Int
    let found = "\(folder), \(free.map { "\(ByteCount($0)) free" } ?? "free space unknown")"
    guard FileManager.default.isWritableFile(atPath: place.path) else {
      let advice =
        name == "models"
        ? nil
        : "You may not write in \(place.path). Change its permissions, or choose another place (see `limn --help`)."
      return Finding("room", name, found + ", read-only", advice == nil ? .ok : .note, advice: advice)
    }
    guard let free, free < 1 << 30 else { return Finding("room", name, found) }
    let isFull = free < 20 << 20
    return Finding(
      "room", name, found, isFull ? .wrong : .note,
      advice: isFull ? "The disk is full: nothing more can be written. Free some space." : "The disk is nearly full.")
  }
}

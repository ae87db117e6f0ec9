import Foundation
import Testing

/// Batches that end before their time, and go on.
@Suite struct BatchInterruptionTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// Waits, in a shell, until limn is at work: a slow machine takes its time to start it.
  private static let untilAtWork = "until [ -s out/limn-batch.sqlite ]; do sleep 0.05; done; sleep 0.5"

  private func contents(_ subfolder: String) throws -> [String: [UInt8]] {
    let path = folder.work.appending(path: subfolder).path
    var contents: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".png") {
      contents[name] = folder["\(subfolder)/\(name)"]
    }
    return contents
  }

  @Test("the first signal ends it in order", arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)])
  func oneSignal(_ signal: String, _ status: Int32) throws {
    try folder.write(Array("a fox --count 1000 --steps 50".utf8), to: "p.txt")
    let run = try shell(
      "limn batch p.txt -o out & \(BatchInterruptionTests.untilAtWork); kill -\(signal) $!; wait $!", in: folder)
    #expect(run.status == status)
    #expect(run.errors.contains("the same command goes on from here"))
    let pictures = try contents("out")
    #expect(pictures.count == run.lines.count)
    for picture in pictures.values { expectPNG(picture, 64, 64) }
    #expect(try limn("batch", "p.txt", "-o", "out", "--check", in: folder).status == 0)
  }

  @Test func theSecondSignalEndsItAtOnce() throws {
    // A step of this takes minutes. Two signals that wait to be delivered would become one.
    try folder.write(Array("a fox --steps 900 --width 512 --height 512".utf8), to: "p.txt")
    let model = TestFolder.fixture("sd1").path
    let run = try shell(
      "limn batch p.txt -m '\(model)' -o out & \(BatchInterruptionTests.untilAtWork); kill -INT $!; sleep 0.2; kill -INT $!; wait $!",
      in: folder)
    #expect(run.status == 130)
    #expect(try contents("out").isEmpty)
  }

  @Test func killedAtRandomInstantsItPaintsWhatAnUndisturbedRunPaints() throws {
    try folder.write(Array("a {red|blue|green} fox --count 60 --steps 4".utf8), to: "p.txt")
    #expect(try limn("batch", "p.txt", "-o", "whole", in: folder).lines.count == 60)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<6 {
      let seconds = Double.random(in: 0.05...0.9, using: &random)
      _ = try shell("limn batch p.txt -o killed --quiet & sleep \(seconds); kill -KILL $!; wait $!", in: folder)
    }
    let last = try limn("batch", "p.txt", "-o", "killed", in: folder)
    #expect(last.status == 0, "\(last.errors)")
    #expect(try contents("killed") == contents("whole"))
    #expect(try limn("batch", "p.txt", "-o", "killed", in: folder).lines.isEmpty)
  }

  @Test func twoAtOnceDoNotShareALedger() throws {
    try folder.write(Array("a fox --count 1000 --steps 50".utf8), to: "p.txt")
    let first = "limn batch p.txt -o out > first & \(BatchInterruptionTests.untilAtWork)"
    let run = try shell(
      "\(first); limn batch p.txt -o out; second=$?; kill -KILL $!; wait $!; exit $second", in: folder)
    #expect(run.status == 5)
    #expect(run.errors.contains("another limn paints this batch"))
  }
}

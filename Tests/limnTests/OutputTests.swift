import Foundation
import Testing

/// Places that cannot be written to, pipes that close, and runs that end before their time.
@Suite struct OutputTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func foldersAndMissingFoldersAreNamed() throws {
    try FileManager.default.createDirectory(
      at: folder.work.appending(path: "pictures"), withIntermediateDirectories: false)
    let places = [("pictures", "it is a folder"), ("nowhere/fox.png", "there is no folder nowhere")]
    for (place, words) in places {
      let run = try limn("a fox", "-o", place, in: folder)
      #expect(run.status == 2)
      #expect(run.errors.contains(place) && run.errors.contains(words))
    }
    #expect(try folder.names == ["pictures"])
  }

  @Test(.enabled(if: getuid() != 0, "the superuser may write everywhere"))
  func aFolderThatMayNotBeWrittenToIsNamed() throws {
    let run = try shell("mkdir closed; chmod 555 closed; limn 'a fox' -o closed/fox.png", in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("you may not write in closed"))
  }

  @Test(arguments: ["-", "fox.png"])
  func aClosedOutputIsSaidToBe(place: String) throws {
    let run = try shell("limn 'a fox' -o \(place) >&-", in: folder)
    #expect(run.status == 6)
    #expect(run.errors.contains("it is closed"))
  }

  @Test func aNameThatIsTooLongIsSaidToBe() throws {
    let run = try limn("a fox", "-o", String(repeating: "x", count: 300) + ".png", in: folder)
    #expect(run.status == 2)
    #expect(run.errors.contains("too long"))
    #expect(try folder.names.isEmpty)
  }

  @Test func aLongPromptStillMakesAName() throws {
    let run = try limn("-", "--seed", "1", input: Array(String(repeating: "fox ", count: 1 << 18).utf8), in: folder)
    #expect(run.status == 0)
    let name = try #require(folder.names.first)
    #expect(name.utf8.count <= 255 && name.hasPrefix("fox-fox") && name.hasSuffix("-1.png"))
    #expect(run.errors.contains("not used"))
  }

  #if os(Linux)
    @Test func aFullDiskIsStatus6() throws {
      let run = try limn("a fox", "-o", "/dev/full", in: folder)
      #expect(run.status == 6)
      #expect(run.errors.contains("no space is left"))
      let piped = try shell("limn 'a fox' -o - > /dev/full", in: folder)
      #expect(piped.status == 6)
      #expect(piped.errors.contains("no space is left"))
    }
  #endif

  @Test(
    "a reader that leaves ends limn quietly",
    arguments: ["limn 'a fox' -o - | true", "limn 'a fox' --json -c 50 | head -n 1", "limn styles | true"])
  func closedPipes(_ line: String) throws {
    #expect(try shell(line, in: folder).errors.isEmpty)
  }

  @Test func twoAtOnceWriteTwoFiles() throws {
    let lines = String(repeating: "limn 'a fox' --seed 1 & ", count: 4) + "wait"
    let run = try shell(lines, in: folder)
    #expect(run.errors.isEmpty)
    #expect(try folder.names == ["a-fox-1-2.png", "a-fox-1-3.png", "a-fox-1-4.png", "a-fox-1.png"])
    #expect(Set(run.lines) == Set(try folder.names))
  }

  @Test("what is killed leaves nothing under its name", arguments: ["KILL", "TERM"])
  func killed(_ signal: String) throws {
    try folder.write(Array("old".utf8), to: "fox.png")
    // Far more steps than half a second has room for.
    let slow = "limn 'a fox' --steps 900 --width 512 --height 512 -m '\(TestFolder.fixture("sd1").path)'"
    let run = try shell("\(slow) -o fox.png & sleep 0.5; kill -\(signal) $!; wait $!", in: folder)
    #expect(run.status == (signal == "KILL" ? 137 : 143))
    #expect(run.errors.split(separator: "\n").allSatisfy { !$0.contains("limn:") })
    #expect(try folder.names == ["fox.png"])
    #expect(folder["fox.png"] == Array("old".utf8))
  }

  @Test func picturesFinishedBeforeTheEndAreKept() throws {
    let painting = "limn 'a fox' --seed 1 -c 100000 & while [ ! -e a-fox-1.png ]; do sleep 0.1; done"
    let run = try shell("\(painting); kill -TERM $!; wait $!", in: folder)
    #expect(run.status == 143)
    expectPNG(folder["a-fox-1.png"], 64, 64)
    for name in try folder.names where !name.hasPrefix(".") { expectPNG(folder[name], 64, 64) }
  }

  @Test func awayFromATerminalThereAreNoEscapeCodes() throws {
    folder.environment["TERM"] = "xterm-256color"
    folder.environment["NO_COLOR"] = "1"
    let runs = try [
      limn("a fox", "--verbose", in: folder), limn("a fox", "--preview", "auto", in: folder),
      limn("a fox", "--bogus", in: folder),
      limn("--help", in: folder),
    ]
    for run in runs {
      #expect(!run.errors.contains("\u{1B}") && !run.output.contains("\u{1B}"))
      #expect(!run.errors.contains("\r"))
    }
    #expect(runs[0].errors.contains("in all"))
  }

  @Test func aPreviewIsDrawnOnStandardErrorWhereAskedFor() throws {
    let run = try limn("a fox", "--seed", "1", "--preview", "blocks", "-o", "-", in: folder)
    expectPNG(run.outputBytes, 64, 64)
    #expect(run.errors.contains("▀") || run.errors.contains("▄"))
  }
}

import Foundation
import Testing

/// The program with the project's weights packed behind it, alone in a folder.
@Suite struct PackedWeightsTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    let pack = try shell("'\(TestFolder.weights.path)/pack.sh' '\(Program.path)' alone && rm -r ../weights", in: folder)
    try #require(pack.status == 0, "\(pack.errors)")
  }

  @Test func needsNoOtherFiles() throws {
    folder.environment["LIMN_WEIGHTS"] = TestFolder.weights.path
    #expect(try limn("a red apple", "--seed", "1", "--steps", "2", "-o", "loose.png", in: folder).status == 0)
    folder.environment["LIMN_WEIGHTS"] = nil
    let packed = try shell("./alone 'a red apple' --seed 1 --steps 2 -o packed.png", in: folder)
    #expect(packed.status == 0, "\(packed.errors)")
    #expect(folder["packed.png"] != nil && folder["packed.png"] == folder["loose.png"])
    #expect(try shell("./alone 'you idiot'", in: folder).status == 3)
    try folder.write(Array(#"{"text":"a red kite","label":"allow"}"#.utf8) + [10], to: "labels.jsonl")
    let taught = try shell("./alone guard train --add labels.jsonl -o taught.bin", in: folder)
    #expect(taught.status == 0 && folder["taught.bin"] != nil, "\(taught.errors)")
    #expect(try shell("./alone models | grep '^default .*alone/default'", in: folder).status == 0)
  }

  @Test func withoutASecondJudgeTheClassifierJudgesAlone() throws {
    folder.environment["LIMN_WEIGHTS"] = nil
    let weights = TestFolder.weights.path
    let pack = try shell(
      """
      mkdir -p other/weights && cp -r '\(weights)/default' '\(weights)/guardrail' '\(weights)/NOTICE' '\(weights)/pack.sh' other/weights \
      && ln -s '\(weights)/../Sources' other/Sources && rm other/weights/guardrail/judge.bin \
      && other/weights/pack.sh '\(Program.path)' alone && rm -r other
      """, in: folder)
    try #require(pack.status == 0, "\(pack.errors)")
    #expect(try shell("./alone guard check 'you idiot'", in: folder).status == 3)
    #expect(try shell("./alone guard check 'a red kite'", in: folder).status == 0)
    #expect(try shell("./alone doctor", in: folder).output.contains("works without its sentence encoder"))
  }

  @Test func doctorSeesAChangedByte() throws {
    folder.environment["LIMN_WEIGHTS"] = nil
    #expect(try shell("./alone doctor --json", in: folder).output.contains("as they were installed"))
    try folder.change("alone") { $0[$0.count - 3_000_000] ^= 1 }
    #expect(try shell("./alone doctor", in: folder).status == 70)
  }

  @Test func cutOffItSaysWhatIsMissing() throws {
    folder.environment["LIMN_WEIGHTS"] = nil
    try folder.change("alone") { $0.removeLast($0.count / 5) }
    let run = try shell("./alone 'a red apple'", in: folder)
    #expect(run.status == 5 && run.errors.hasPrefix("limn: ") && !run.errors.contains("Fatal"))
  }
}

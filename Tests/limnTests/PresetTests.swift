import Foundation
import Testing

@Suite struct PresetTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func seed(_ flags: String) throws -> String {
    let run = try shell("limn 'a red apple' \(flags) --json -o it.png", in: folder)
    try #require(run.status == 0, "\(run.errors)")
    return run.output
  }

  @Test func keepsWhatFlagsSay() throws {
    let saved = try shell(
      "limn presets save quick --seed 5 --steps 2 --guidance 2 && limn presets show quick && limn presets", in: folder)
    #expect(saved.status == 0 && saved.output.contains("--steps 2") && saved.output.contains("quick"))
    #expect(try seed("--preset quick").contains("\"seed\":5"))
    // A flag replaces what the preset says.
    let other = try seed("--preset quick --seed 6")
    #expect(other.contains("\"seed\":6") && other.contains("\"steps\":2"))
    #expect(try shell("limn presets remove quick && limn 'a fox' --preset quick", in: folder).status == 2)
  }

  @Test func theDefaultAlwaysHolds() throws {
    try #require(try shell("limn presets save default --seed 7 --steps 2", in: folder).status == 0)
    #expect(try seed("").contains("\"seed\":7"))
    #expect(try seed("--preset none --steps 2 --seed 8").contains("\"seed\":8"))
    let batch = try shell("echo 'a fish' | limn batch - -o out --json", in: folder)
    #expect(batch.status == 0 && batch.output.contains("\"seed\":7"))
  }

  @Test(arguments: [
    ("{\"bogus\": 1}", "no setting"), ("{\"steps\": [1]}", "neither"), ("[1]", "not one object"),
    ("{", "not one object"),
    ("{\"steps\": 0}", "cannot be used"), ("{\"prompt\": \"x\"}", "no setting"),
  ])
  func damagedFilesAreNamed(text: String, says: String) throws {
    try #require(try shell("limn presets save it --steps 3", in: folder).status == 0)
    let path = try shell("find . ~ ${XDG_CONFIG_HOME:-.} -name it.json | head -1", in: folder).output
    let run = try shell(
      "printf '%s' '\(text)' > \(path.trimmingCharacters(in: .whitespacesAndNewlines)); limn x --preset it", in: folder)
    #expect(run.status == 5 && run.errors.contains(says), "\(run.errors)")
  }

  @Test(arguments: ["../x", "", ".x", "none", "a/b"]) func namesLeadNowhereElse(name: String) throws {
    #expect(try shell("limn presets save '\(name)' --steps 3", in: folder).status == 2)
  }

  @Test func aPresetOfNothingIsNone() throws {
    #expect(try shell("limn presets save it", in: folder).status == 2)
  }
}

import Foundation
import System
import Testing

@testable import Batch

/// Lines become pictures, always the same.
@Suite struct ExpansionTests {
  private func pictures(
    _ text: String, name: String = "p.txt", _ change: (inout Expansion) throws -> Void = { _ in }
  ) throws -> [ExpandedLine] {
    var expansion = Expansion()
    try change(&expansion)
    let file = try PromptFile(Array(text.utf8), name: name)
    return try expansion.expand(file.lines).map { try $0.get() }
  }

  private func prompts(
    _ text: String, _ change: (inout Expansion) throws -> Void = { _ in }
  ) throws -> [String] {
    try pictures(text, change).map { $0.fields[.prompt] ?? "" }
  }

  @Test(
    "every combination, the last choice fastest",
    arguments: [
      ("a {b|c} {d|e}", ["a b d", "a b e", "a c d", "a c e"]), ("{a|{b|c} d}", ["a", "b d", "c d"]),
      ("{|very }red", ["red", "very red"]), ("{a}", ["{a}"]), (#"\{a|b\}"#, ["{a|b}"]), (#"a \| b"#, ["a | b"]),
      ("{ {a|b} }", ["{ a }", "{ b }"]), ("(a:1.2) [b]", ["(a:1.2) [b]"]), (#"a \(b\)"#, [#"a \(b\)"#]),
    ])
  func combinations(_ text: String, _ expected: [String]) throws {
    #expect(try prompts(text) { $0.takesEveryCombination = true } == expected)
  }

  @Test func oneChoiceALineFollowsFromTheLineAlone() throws {
    let text = (1...50).map { "\($0) {red|green|blue} {cat|dog}" }.joined(separator: "\n")
    let first = try pictures(text)
    #expect(try pictures(text) == first)
    let colours = Dictionary(grouping: first) { $0.fields[.prompt]!.split(separator: " ")[1] }
    #expect(colours.count == 3 && colours.values.allSatisfy { $0.count > 5 })
    // A line before them changes none of the others.
    let later = try pictures("a new one\n" + text).dropFirst()
    #expect(later.map(\.fields) == first.map(\.fields))
    #expect(try pictures(text) { $0.seed = 1 } != first)
  }

  @Test func seedsFollowFromTheLineWhereNoneIsNamed() throws {
    let seeds = try pictures("a fox\na fox\na cat").map { $0.fields[.seed] }
    #expect(Set(seeds).count == 3)
    #expect(try pictures("a cat\na fox\na fox").map { $0.fields[.seed] } == [seeds[2], seeds[0], seeds[1]])
    #expect(seeds.allSatisfy { UInt32($0 ?? "") != nil })
    #expect(try pictures("a fox --seed 5 --count 3").map { $0.fields[.seed] } == ["5", "6", "7"])
    #expect(try pictures("a fox --count 3").map(\.copy) == [1, 2, 3])
  }

  @Test func seedsAsOtherToolsWriteThem() throws {
    let open = try pictures("a fox --seed -1\na fox --seed -1").map { $0.fields[.seed] ?? "" }
    #expect(Set(open).count == 2 && open.allSatisfy { UInt32($0) != nil })
    #expect(try pictures("a fox --d 4,9").map { $0.fields[.seed] } == ["4", "9"])
    #expect(try pictures("a fox --seed 4.0 --count 2").map { $0.fields[.seed] } == ["4", "5"])
    #expect(
      try pictures("--prompt a --seed 1 --batch_size 2 --n_iter 2").map { $0.fields[.seed] } == ["1", "2", "3", "4"])
  }

  @Test func aGridIsEveryLineWithEveryValue() throws {
    let cells = try pictures("a {red|blue|green|grey} fox\na house") {
      $0.axes = try [GridAxis(parsing: "style=flat,3d"), GridAxis(parsing: "steps=4..6")]
    }
    #expect(cells.count == 12)
    #expect(
      cells.prefix(6).map { "\($0.fields[Field(name: "style")!]!) \($0.fields[.steps]!)" } == [
        "flat 4", "flat 5", "flat 6", "3d 4", "3d 5", "3d 6",
      ])
    // Cells of one line differ in the grid's fields and in nothing else.
    #expect(Set(cells.prefix(6).map { $0.fields[.prompt] }).count == 1)
    #expect(Set(cells.prefix(6).map { $0.fields[.seed] }).count == 1)
    #expect(cells[0].fields[.seed] != cells[6].fields[.seed])
    let animals = try prompts("a ${animal}") { $0.axes = [try GridAxis(parsing: "$animal=cat,dog")] }
    #expect(animals == ["a cat", "a dog"])
  }

  @Test(
    "grids that make no sense",
    arguments: ["seed", "mood=a,b", "seed=4..1", "style=flat,,3d", "seed=0..99999999999", "output=a,b", "count=1,2"])
  func badGrids(_ text: String) {
    #expect(throws: UserError.self) { try GridAxis(parsing: text) }
  }

  @Test func rangesAreOnlyBetweenNumbers() throws {
    #expect(try GridAxis(parsing: "seed=1..3,7").values == ["1", "2", "3", "7"])
    #expect(try GridAxis(parsing: "prompt=wait...,what").values == ["wait...", "what"])
  }

  @Test func listsAreFoldersOfLines() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "limn-lists-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder.appending(path: "deep"), withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws {
      try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8)
    }
    try write("# colours\nred\n\ngreen __deep/shade__\n", "colour.txt")
    try write("light\ndark\n", "deep/shade.txt")
    try write("__loop__\n", "loop.txt")
    try write("\n", "nothing.txt")
    try write("one\n", "my list.txt")
    try write("two\n", "größe.v2.txt")
    let lists = WildcardLists(folder: folder.path)
    #expect(
      try prompts("a __colour__ fox") {
        $0.lists = lists
        $0.takesEveryCombination = true
      } == ["a red fox", "a green light fox", "a green dark fox"])
    #expect(try prompts(#"a \__colour__ fox __init"#) { $0.lists = lists } == ["a __colour__ fox __init"])
    #expect(try prompts("a __my list__ __größe.v2__ b __ c __") { $0.lists = lists } == ["a one two b __ c __"])
    for bad in [
      "__missing__", "__no list__", "__../colour__", "__/etc/hosts__", "__loop__", "__nothing__", "${nothing}", "{a|b",
      "${", "${x y}",
    ] {
      #expect(throws: LineFault.self) { try prompts(bad) { $0.lists = lists } }
    }
  }

  @Test func defaultsFillWhatLinesLeaveOpen() throws {
    let fields = try pictures("a ${what} --steps 3\nb") {
      try $0.setDefault("steps=9")
      try $0.setDefault("$what=fox")
      try $0.setDefault("negative={x|x}")
    }.map(\.fields)
    #expect(fields.map { $0[.steps] } == ["3", "9"])
    #expect(fields.map { $0[.prompt] } == ["a fox", "b"])
    #expect(fields[0][.negative] == "x")
    #expect(throws: UserError.self) { try pictures("a") { try $0.setDefault("mood=x") } }
    #expect(throws: UserError.self) { try pictures("a") { try $0.setDefault("steps") } }
  }

  @Test(
    "numbers that are none",
    arguments: [
      "a --count 0", "a --count x", "a --seed -2", "a --seed x", "a --seed 1,x", "a --seed 1,2 --count 3",
      "a --seed 18446744073709551615 --count 2",
    ])
  func badNumbers(_ text: String) {
    #expect(throws: LineFault.self) { try pictures(text) }
  }

  @Test("files that grow without end are cut short", arguments: [false, true]) func explosions(everyCombination: Bool)
    throws
  {
    let levels = zip("abcdefghij", "bcdefghijk").map { "$\($1) = " + String(repeating: "${\($0)}", count: 10) }
    for first in ["$a = word", "$a = ", "$a = {x|y}"] {
      let text = ([first] + levels + ["a ${k}"]).joined(separator: "\n")
      let start = ContinuousClock.now
      #expect(throws: LineFault.self) { try pictures(text) { $0.takesEveryCombination = everyCombination } }
      #expect(ContinuousClock.now - start < .seconds(20))
    }
    let choices = String(repeating: "{1|2|3|4|5|6|7|8|9|10}", count: 7)
    let start = ContinuousClock.now
    #expect(throws: LineFault.self) { try pictures(choices) { $0.takesEveryCombination = true } }
    #expect(ContinuousClock.now - start < .seconds(2))
  }

  @Test("combinations are counted as they are made")
  func counted() throws {
    for text in ["a {b|c} {d|e|{f|g} h}", "{{a|b}|c {d|e}} ${x}", "plain"] {
      let file = try PromptFile(Array("$x = {1|2} {3|4|5}\n\(text)".utf8), name: "p.txt")
      let line = try #require(file.lines.first).get()
      let made = try pictures("$x = {1|2} {3|4|5}\n\(text)") { $0.takesEveryCombination = true }
      #expect(try Filling(line: line, lists: WildcardLists(folder: nil)).combinations(limit: 1000) == made.count)
    }
  }

  @Test(
    "what other tools choose otherwise is refused",
    arguments: ["{2$$red|blue} cat", "{1-2$$ and $$a|b}", "{3::a|b}", "{a|0.5::b}"])
  func otherChoices(text: String) {
    #expect(throws: LineFault.self) { try pictures(text) }
  }

  @Test func whatIsTooMuchIsRefusedBeforeMemoryEnds() throws {
    #expect(throws: UserError.self) {
      try pictures("a") { $0.axes = try (0..<4).map { _ in try GridAxis(parsing: "seed=1..100") } }
    }
    for text in [(0..<30).map { _ in "{a|b}" }.joined(), "a --count 101"] {
      #expect(throws: LineFault.self) {
        try pictures(text) {
          $0.takesEveryCombination = true
          $0.maximumPictures = 100
        }
      }
    }
  }
}

import Images
import JSON
import SettingSamples
import System
import Testing

@testable import Painting

/// The one table of settings: what holds for every line of it.
@Suite struct SettingTests {
  @Test func everySettingHasASample() {
    #expect(Set(SettingSample.all.keys) == Set(Setting.all.map(\.name)))
  }

  // MARK: Names

  @Test func namesAreTheirOwn() {
    let names = Setting.all.flatMap { [$0.name] + $0.otherNames }
    #expect(Set(names).count == names.count)
    let letters = Setting.all.compactMap(\.letter)
    #expect(Set(letters).count == letters.count)
    #expect(Setting.named("mood") == nil && Setting.named("") == nil)
  }

  @Test(arguments: Setting.all.map(\.name)) func namesMayBeJoinedInAnyWay(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    #expect(setting.name.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
    for name in [name] + setting.otherNames {
      let words = name.split(separator: "-")
      let camel = (words.prefix(1) + words.dropFirst().map { Substring($0.capitalized) }).joined()
      for spelling in [name, words.joined(separator: "_"), words.joined(separator: " "), camel] {
        #expect(Setting.named(spelling)?.name == setting.name, "\(spelling)")
      }
    }
  }

  @Test func sentencesAreSpeltAsTheirReadersWriteThem() {
    let sentence = "`guidance-end` 2 is not `model`'s; `bogus` and `clip` stay."
    #expect(sentence.spellingSettings { "--\($0)" } == "--guidance-end 2 is not --model's; `bogus` and `clip` stay.")
    #expect(sentence.spellingSettings(and: ["clip"]) { $0 } == "guidance-end 2 is not model's; `bogus` and clip stay.")
    #expect("a ` alone `seed`".spellingSettings { "--\($0)" } == "a ` alone `seed`")
  }

  // MARK: Texts

  @Test(arguments: Setting.all.map(\.name)) func textsAreReadAndWritten(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    let sample = SettingSample.of(setting.name).text
    var settings = PictureSettings()
    let standard = setting.effectiveText(settings)
    #expect(setting.text(settings) == nil, "nothing is said")
    try setting.set(sample, in: &settings)
    #expect(setting.text(settings) == sample && setting.effectiveText(settings) == sample)
    #expect(settings != PictureSettings())
    #expect(settings.texts.map(\.name) == [setting.name] && settings.texts.map(\.text) == [sample])
    #expect(try PictureSettings([setting.name: sample, "mood": "calm"]) == settings)
    // What holds without a word is as good as not said.
    if let standard {
      try setting.set(standard, in: &settings)
      #expect(settings == PictureSettings() && setting.text(settings) == nil)
    }
  }

  @Test func severalReferencesKeepTheirOrder() throws {
    let paths = ["b, c.png", "-", "a\nb.png"]
    let settings = try PictureSettings(["reference": ReferenceList(paths).settingText])
    #expect(settings.references.paths == paths)
    #expect(Setting.named("image")?.json(settings) == .array(paths.map(JSONValue.string)))
    let many = ReferenceList(Array(repeating: "a.png", count: ReferenceList.most + 1))
    #expect(throws: UserError.self) { try PictureSettings(["reference": many.settingText]) }
    #expect(throws: UserError.self) { try PictureSettings(["reference": ReferenceList(["a", ""]).settingText]) }
  }

  @Test(arguments: Setting.all.map(\.name)) func jsonSaysTheSame(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    let sample = SettingSample.of(setting.name).text
    let value = try #require(setting.json(try PictureSettings([setting.name: sample])))
    #expect((value.string ?? value.text) == sample)
    let isText = ![.number, .flag].contains(setting.kind)
    #expect((value.string != nil) == isText, "numbers are numbers")
  }

  @Test(arguments: Setting.all.map(\.name)) func choicesAreAccepted(_ name: String) throws {
    let setting = try #require(Setting.named(name))
    #expect((setting.kind == .choice) == !setting.choices.isEmpty)
    for choice in setting.choices {
      var settings = PictureSettings()
      try setting.set(choice, in: &settings)
      #expect(setting.effectiveText(settings) == choice)
    }
  }

  @Test(arguments: Setting.all.map(\.name)) func nonsenseIsRefusedByASentenceThatNamesTheSetting(_ name: String) throws
  {
    let setting = try #require(Setting.named(name))
    for text in SettingSample.of(setting.name).refused {
      var settings = PictureSettings()
      let error = try #require(throws: UserError.self) { try setting.set(text, in: &settings) }
      #expect(error.description.hasPrefix("`\(setting.name)` ") && error.description.hasSuffix("."))
      #expect(error.description.contains(" is not "))
      #expect(settings == PictureSettings(), "nothing is taken of \(text)")
      #expect(throws: UserError.self) { try PictureSettings([setting.name: text]) }
      for choice in setting.choices { #expect(error.description.contains(choice)) }
    }
  }

  @Test func samplersOfOtherToolsMayNameASchedule() throws {
    let named = try PictureSettings(["sampler": "DPM++ 2M Karras"])
    #expect(named.sampler == .dpmSolver2M && named.schedule == .karras)
    let said = try PictureSettings(["schedule": "beta", "sampler": "DPM++ 2M Karras"])
    #expect(said.schedule == .beta)
  }

  @Test func foreignValuesAreExplainedByWhereTheyStand() throws {
    let error = try #require(throws: UserError.self) {
      try PictureSettings(["prompt": "a fox", "sampler": "Restart"], of: "picture")
    }
    #expect(
      error.description
        == "The picture was painted with the sampler \"Restart\", which limn does not have; choose one by `sampler`.")
    let other = try #require(throws: UserError.self) { try PictureSettings(["steps": "0"], of: "picture") }
    #expect(other.description == "`steps` 0 is not 1 to 1000.")
  }

  @Test func contradictionsAreRefused() throws {
    func check(_ texts: [String: String]) throws { try PictureSettings(texts).check() }
    try check(["prompt": "a fox", "reference": "a.png", "strength": "0.5", "seed": "7", "count": "3"])
    try check(["prompt": "a fox", "seed": "\(UInt64.max - 1)", "count": "2"])
    for (texts, words) in [
      ([:], "prompt is empty"), (["prompt": "a", "strength": "0.5"], "`reference`"),
      (["prompt": "a", "seed": "\(UInt64.max)", "count": "2"], "2 pictures"),
    ] as [([String: String], String)] {
      let error = try #require(throws: UserError.self) { try check(texts) }
      #expect(error.description.contains(words))
    }
  }
}

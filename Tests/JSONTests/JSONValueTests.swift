import Foundation
import TestSupport
import Testing

@testable import JSON

@Suite struct JSONValueTests {
  private func parsed(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

  @Test func readsEveryKind() throws {
    let value = try parsed(
      #" {"null": null, "yes": true, "no": false, "text": "猫", "list": [1, [], {}], "of": {"a": -2.5e-1}} "#)
    #expect(
      value == [
        "null": nil, "yes": true, "no": false, "text": "猫", "list": [1, [], [:]], "of": ["a": -0.25],
      ])
    #expect(value["list"]?[0] == 1 && value["list"]?[3] == nil && value["list"]?[-1] == nil && value[0] == nil)
    #expect(value["of"]?["a"]?.double == -0.25 && value["of"]?["b"] == nil && value["text"]?["a"] == nil)
    #expect(value["text"]?.string == "猫" && value["yes"]?.bool == true && value["list"]?.array?.count == 3)
    #expect(try parsed(#"{"a": 1, "a": 2}"#) == ["a": 2])
  }

  @Test(
    arguments: [
      ("0", .integer(0)), ("-0", .integer(0)), ("-7", .integer(-7)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .natural(1 << 63)),
      ("18446744073709551615", .natural(.max)), ("18446744073709551616", .number(0x1p64)),
      ("-9223372036854775809", .number(-0x1p63)), ("1.0", .number(1)), ("1E2", .number(100)), ("0.1e+1", .number(1)),
      ("8.5e-4", .number(0.00085)), ("5e-324", .number(.leastNonzeroMagnitude)), ("1e999", .number(.infinity)),
      ("Infinity", .number(.infinity)), ("-Infinity", .number(-.infinity)),
    ] as [(String, JSONValue)])
  func keepsNumbersExactly(text: String, value: JSONValue) throws { #expect(try parsed(text) == value) }

  @Test func takesPythonsNaN() throws { #expect(try parsed("[NaN]")[0]?.double?.isNaN == true) }

  @Test func numbersAreWholeHoweverTheyAreWritten() {
    let twenty: [JSONValue] = [.integer(20), .number(20)]
    for value in twenty { #expect(value.integer == 20 && value.natural == 20 && value.double == 20) }
    let seed = JSONValue.natural(.max)
    #expect(seed.natural == .max && seed.integer == nil && seed.double == 0x1p64)
    for value: JSONValue in [.integer(-1), .number(-1)] { #expect(value.integer == -1 && value.natural == nil) }
    let fractions: [JSONValue] = [0.5, .number(.nan), .number(.infinity), .number(1e300), "20", true, nil]
    for value in fractions { #expect(value.integer == nil && value.natural == nil) }
    #expect(JSONValue.string("1").double == nil && JSONValue.bool(true).double == nil)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u732b""#, "Aé猫"),
    (#""\ud83e\udd8A fox""#, "🦊 fox"), (#""\u0000""#, "\u{0}"), (#""a\nb\nc""#, "a\nb\nc"), (#""""#, ""),
    ("\"e\u{301}\"", "e\u{301}"),
  ])
  func unescapes(text: String, meant: String) throws {
    #expect(try parsed(text).string.map { Array($0.utf8) } == Array(meant.utf8))
    #expect(try parsed(JSONValue.string(meant).text).string == meant)
  }

  @Test func writesInTheOrderOfNames() {
    let value: JSONValue = [
      "b": [1, 2.5, nil, true], "a": "x/\"y\"\\\n\u{1}", "c": .number(.infinity), "d": .natural(.max),
    ]
    #expect(value.text == #"{"a":"x/\"y\"\\\n\u0001","b":[1,2.5,null,true],"c":null,"d":18446744073709551615}"#)
  }

  /// Damaged texts are refused or mean what Foundation makes of them, and are written as they were read.
  @Test func damagedTextsAreReadOrRefused() throws {
    let sound = Array(#"{"a": [0, -1.5e3, 12], "b": {"c": "\u00e9\n猫", "d": null}, "e": true}"#.utf8)
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud83d", "0", "-", ".", "e", " ", "null", "[[", "\u{301}",
    ]
    var random = SeededRandom(seed: 7)
    var taken = 0
    for _ in 0..<1_000 {
      var text = sound
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)].utf8, at: place)
        default: text.removeSubrange(place..<min(text.count, place + Int.random(in: 1...6, using: &random)))
        }
      }
      guard let value = try? JSONValue(parsing: text) else { continue }
      taken += 1
      // It takes no numbers beyond Double's, which JSONValue makes infinite and writes as null.
      guard let other = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any] else { continue }
      #expect(Set(other.keys) == value.object.map { Set($0.keys) })
      #expect((other["b"] as? [String: Any])?["c"] as? String == value["b"]?["c"]?.string)
      #expect(try JSONValue(parsing: Array(value.text.utf8)) == value)
    }
    #expect(taken > 50)
  }
}

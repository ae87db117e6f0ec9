import Foundation
import JSON
import Tensors
import Testing

@testable import Checkpoints

@Suite struct SafetensorsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Birth certificate: Tests/Reference/single_file.py (safetensors 0.8.0 wrote the file, torch 2.15.0 the bytes).
  @Test func readsWhatTheReferenceImplementationWrote() throws {
    let expected = try #require(try JSONValue(contentsOf: fixture("dtypes.json")).object)
    let file = try SafetensorsFile(path: fixture("dtypes.safetensors"))
    #expect(Set(file.names) == Set(expected.keys))
    #expect(file.metadata == ["format": "pt", "words": "Grüße, 猫 \"quoted\" \\ \n"])
    for (name, tensor) in expected {
      #expect(file.shape(name) == tensor["shape"]?.array?.compactMap(\.integer))
      // Those of 8 bits have a fixture of their own, float8.safetensors.
      if name.hasPrefix("F8_E4M3") || name.hasPrefix("F8_E5M2"), !name.hasSuffix("FNUZ") { continue }
      guard ["F32", "F16", "BF16", "F64", "empty"].contains(name) else {
        let type = name == "scalar" ? "I64" : name
        let said = sentence { _ = try file.stored(name) }
        #expect(
          said.hasSuffix(
            "`\(name)` is of type \(type), which limn does not compute with; F32, F16, BF16 or another float was expected."
          ))
        continue
      }
      let stored = try #require(try file.stored(name))
      let hex = unsafe stored.bytes.withBytes { bytes in
        unsafe bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      }
      #expect(hex == tensor["hex"]?.string)
    }
    #expect(file.scalar("scalar") == 875_000)
    #expect(file.scalar("I32") == -1)
    #expect(file.scalar("I64") == nil)
    #expect(try file.stored("nowhere") == nil)
  }

  /// Expected by IEEE 754: the halves of the fixture, written out by hand, subnormals and infinities included.
  @Test func widensHalvesExactly() throws {
    let file = try SafetensorsFile(path: fixture("dtypes.safetensors"))
    let half = try #require(try file.stored("F16")).widened().values
    #expect(half.prefix(7) == [1, -2, 65504, 0x1p-24, 0x1p-14 - 0x1p-24, .infinity, -.infinity])
    #expect(half[3] == 0x1p-24 && half[7].isNaN && half[8] == 0 && half[8].sign == .minus)
    let brain = try #require(try file.stored("BF16")).widened().values
    #expect(brain[0] == 1 && brain[1] == -3.140625 && brain[4] == .infinity && brain[5].isNaN)
    #expect(brain[2] > 0 && brain[2] < .leastNormalMagnitude)
  }

  @Test(arguments: [true, false]) func readsAlignedAndUnalignedFiles(padsHeader: Bool) throws {
    for length in 1...4 {  // every alignment of the data
      var writer = SafetensorsWriter()
      writer.add(String(repeating: "n", count: length), [2, 2], [1, -2, 0.5, 0x1p-140])
      let path = try folder.write("a\(length)\(padsHeader).safetensors", writer.file(padsHeader: padsHeader))
      let stored = try #require(try SafetensorsFile(path: path).stored(writer.entries[0].name))
      #expect(stored.widened().values == [1, -2, 0.5, 0x1p-140])
    }
  }

  /// A stamp tells a file from others and from what it was before, through all that stands between it and the network.
  @Test func stampsTellFilesApart() throws {
    let folder = try TemporaryFolder()
    let first = try folder.write("a.safetensors", SafetensorsWriter.counting([("a", [2])]).file())
    let second = try folder.write("b.safetensors", SafetensorsWriter.counting([("b", [2])]).file())
    func stamps(_ path: String) throws -> [String] { try SafetensorsFile(path: path).fileStamps }
    let (one, other) = (try stamps(first), try stamps(second))
    #expect(one.count == 1 && one != other)
    #expect(try stamps(first) == one && stamps("\(folder.path)/./a.safetensors") == one)
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: first)
    #expect(try stamps(first) != one)

    let file = try SafetensorsFile(path: second)
    let renamed = try RenamedSource(file, map: KeyMap(["b": "c"]))
    #expect(SelectedSource(TrackedSource(renamed)) { _ in false }.fileStamps == other)
    #expect(try JoinedSource(file, SafetensorsFile(path: first)).fileStamps == other + stamps(first))
    #expect(AdaptedSource(file, deltas: [:]).fileStamps == [])
    #expect(try JoinedSource(SafetensorsFile(path: first), AdaptedSource(file, deltas: [:])).fileStamps == [])
    try folder.write(
      "i.json", "{\"weight_map\": {\"b\": \"b.safetensors\", \"a\": \"a.safetensors\"}}")
    #expect(try ShardedFiles(indexPath: "\(folder.path)/i.json").fileStamps == stamps(first) + other)
  }

  @Test func viewsOutliveTheFile() throws {
    var writer = SafetensorsWriter()
    writer.add("a", [3], [1, 2, 3])
    var file: SafetensorsFile? = try SafetensorsFile(path: folder.write("a.safetensors", writer.file()))
    let stored = try #require(try file?.stored("a"))
    file = nil
    #expect(stored.widened().values == [1, 2, 3])
    #expect(stored.rows(1..<3).widened().values == [2, 3])
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let header: String
    var data = 8
    let says: String
    var testDescription: String { says }
  }

  private static func tensor(_ name: String, _ shape: String, _ offsets: String, type: String = "F32") -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test(arguments: [
    Damage(header: "{\(tensor("a", "[2]", "[0,8]"))", says: "it ends where `}` was expected"),
    Damage(header: "[]", says: "`{` was expected at byte 0"),
    Damage(header: "{} {}", says: "nothing more was expected at byte 3"),
    Damage(header: "{}", says: "8 bytes behind the last tensor belong to none"),
    Damage(header: "{\(tensor("a", "[2]", "[0,8]"))}", data: 9, says: "1 bytes behind the last tensor belong to none"),
    Damage(
      header: "{\(tensor("a", "[2]", "[0,8]"))}", data: 7,
      says: "`a` ends at byte 8 of the data, of which the file holds 7"),
    Damage(header: "{\(tensor("a", "[1]", "[4,8]"))}", says: "4 bytes before `a` belong to no tensor"),
    Damage(
      header: "{\(tensor("a", "[2]", "[0,8]")),\(tensor("b", "[1]", "[4,8]"))}",
      says: "`b` overlaps the tensor before it"),
    Damage(header: "{\(tensor("a", "[1]", "[0,4]")),\(tensor("a", "[1]", "[4,8]"))}", says: "`a` is described twice"),
    Damage(header: "{\(tensor("a", "[3]", "[0,8]"))}", says: "`a` is [3] of F32, which takes 12 bytes, but has 8"),
    Damage(header: "{\(tensor("a", "[2]", "[8,0]"))}", says: "`a` ends at byte 0 of the data, before it begins at 8"),
    Damage(header: "{\(tensor("a", "[4294967296,4294967296]", "[0,8]"))}", says: "more values than any file holds"),
    Damage(
      header: "{\(tensor("a", "[0,9223372036854775807,9223372036854775807]", "[0,0]"))}", data: 0,
      says: "more values than any file holds"),
    Damage(
      header: "{\(tensor("a", "[9223372036854775807,0]", "[0,0]"))}", data: 0, says: "more values than any file holds"),
    Damage(header: "{\(tensor("a", "[99999999999999999999]", "[0,8]"))}", says: "a smaller number was expected"),
    Damage(header: "{\(tensor("a", "[-2]", "[0,8]"))}", says: "a whole number of at least 0 was expected"),
    Damage(header: "{\(tensor("a", "[2.0]", "[0,8]"))}", says: "a whole number of at least 0 was expected"),
    Damage(header: "{\(tensor("a", "[02]", "[0,8]"))}", says: "a whole number of at least 0 was expected"),
    Damage(header: "{\(tensor("a", "[3]", "[0,1]", type: "F4"))}", data: 1, says: "more values than any file holds"),
    Damage(header: "{\(tensor("a", "[2]", "[0,8,9]"))}", says: "at most 2 numbers were expected"),
    Damage(
      header: "{\(tensor("a", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", "[0,8]"))}",
      says: "at most 16 numbers were expected"),
    Damage(header: "{\(tensor("a", "[2]", "[0,8]", type: "F33"))}", says: "`a` is of the unknown type `F33`"),
    Damage(
      header: "{\"a\":{\"dtype\":\"F32\"}}", says: "`a` is described without `dtype`, `shape` and two `data_offsets`"),
    Damage(header: "{\"a\":{\"x\":1}}", says: "`a` has the unknown setting `x`"),
    Damage(header: "{\"__metadata__\":{\"a\":1}}", says: "`\"` was expected"),
    Damage(header: "{\"a\\u00\":1}", says: "a valid escape was expected"),
    Damage(header: "{\"a\\ud800\":1}", says: "a valid escape was expected"),
    Damage(header: "{\"a\u{1}\":1}", says: "no control character was expected"),
  ])
  func namesTheDamage(_ damage: Damage) throws {
    let bytes = SafetensorsWriter.file(header: Array(damage.header.utf8), data: Array(repeating: 0, count: damage.data))
    let path = try folder.write("damaged.safetensors", bytes)
    let said = sentence { _ = try SafetensorsFile(path: path, origin: "damaged.safetensors") }
    #expect(said.contains(damage.says))
    #expect(said.hasPrefix("damaged.safetensors: the safetensors header is damaged: "))
  }

  @Test func refusesTextThatIsNotUTF8() throws {
    let path = try folder.write("a", SafetensorsWriter.file(header: [0x7B, 0x22, 0xFF, 0x22, 0x7D], data: []))
    #expect(sentence { _ = try SafetensorsFile(path: path) }.contains("valid UTF-8 was expected"))
  }

  @Test func refusesDeepNesting() throws {
    let deep = "{\"a\":{\"dtype\":" + String(repeating: "[", count: 100_000)
    let path = try folder.write("deep.json", deep)
    #expect(
      sentence { _ = try JSONValue(contentsOf: path) }.contains(
        "deep.json: is not valid JSON: fewer than 64 nested levels were expected at byte 77."))
  }

  @Test(arguments: [1, 100_000_001, UInt64.max, 1 << 63, 3])
  func refusesHeaderLengthsThatCannotBe(_ length: UInt64) throws {
    let path = try folder.write("a", SafetensorsWriter.file(header: Array("{}".utf8), data: [], claimedLength: length))
    #expect(
      sentence { _ = try SafetensorsFile(path: path) }.contains("header would be \(length) bytes long in a file of 10"))
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a Git LFS pointer"),
    ("GGUF\u{3}\u{0}\u{0}\u{0}abcdefgh", "is a GGUF file"),
    ("<!DOCTYPE html><html>", "is a web page"), ("abc", "is 3 bytes long, too short"), ("", "is empty"),
  ])
  func namesOtherFormats(_ content: String, _ says: String) throws {
    let path = try folder.write("a.safetensors", content)
    #expect(sentence { _ = try SafetensorsFile(path: path) }.contains(says))
  }

  @Test func namesWhatIsNoFile() {
    #expect(sentence { _ = try MappedFile(path: folder.path) }.hasSuffix("is a folder; a file was expected."))
    #expect(sentence { _ = try MappedFile(path: folder.path + "/none") }.hasSuffix("there is no such file."))
    #expect(sentence { _ = try MappedFile(path: "/dev/null") }.contains("is not a regular file"))
  }

  @Test func showsNoControlCharacters() {
    #expect("a\u{1B}[31m".quoted == "`a\u{FFFD}[31m`")
    #expect(String(repeating: "x", count: 9_999).quoted.count == 205)
  }
}

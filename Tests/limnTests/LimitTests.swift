import Foundation
import Testing

/// Input that never ends, little of anything, and programs that read JSON.
@Suite struct LimitTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test(
    "input is bounded while it is read",
    arguments: [
      ("yes | limn - -o x.png", "megabyte"), ("yes | tr -d '\\n' | limn guard check -", "1 MB"),
      ("cat /dev/zero | limn 'a cat' --reference - -o x.png", "not a picture"),
      ("cat /dev/zero | limn inspect -", "not a picture"), ("limn inspect /dev/zero", "not a picture"),
      ("yes | limn batch - --check", "more than"), ("limn batch /dev/zero --check", "larger than"),
    ])
  func endlessInput(_ command: String, _ words: String) throws {
    let run = try shell("ulimit -v 4000000; timeout 120 \(command) > /dev/null", in: folder)
    #expect([2, 5].contains(run.status), "\(run.status)")
    #expect(run.errors.contains(words), "\(run.errors)")
  }

  @Test("little of anything is a sentence", arguments: [("-n 8", "8 files"), ("-v 400000", "address space")])
  func littleOfAnything(_ limit: String, _ words: String) throws {
    let run = try shell("ulimit \(limit); timeout 60 limn 'a cat' -o x.png", in: folder)
    #expect(run.status == 6 && run.errors.contains(words), "\(run.errors)")
  }

  @Test func aReferenceIsReadWithinTheLimit() throws {
    // A header that claims 8000 x 8000 pixels of 16 bits with alpha, and rows of nothing.
    let script = """
      import struct, zlib
      def chunk(t, d): return struct.pack('>I', len(d)) + t + d + struct.pack('>I', zlib.crc32(t + d))
      rows = zlib.compressobj(9); data = b''.join(rows.compress(bytes(64001)) for _ in range(8000)) + rows.flush()
      open('large.png', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 8000, 8000, 16, 6, 0, 0, 0))
        + chunk(b'IDAT', data) + chunk(b'IEND', b''))
      """
    guard try shell("command -v python3", in: folder).status == 0 else { return }
    try Data(script.utf8).write(to: folder.work.appending(path: "large.py"))
    #expect(try shell("python3 large.py", in: folder).status == 0)
    let run = try limn("a cat", "-r", "large.png", "--max-memory", "300MB", "-o", "x.png", in: folder)
    #expect(run.status == 6 && run.errors.contains("Reading large.png takes"))
  }

  @Test(
    "--json answers failures too",
    arguments: [
      (["", "--json"], "usage", 2), (["inspect", "--json", "nowhere.png"], "unreadable", 5),
      (["a naked child", "--json"], "refused", 3), (["a cat", "--json", "--steps", "x"], "usage", 2),
    ] as [([String], String, Int32)])
  func failures(_ arguments: [String], _ code: String, _ status: Int32) throws {
    let run = try limn(arguments, in: folder)
    let record = try #require(try run.objects().last)
    #expect(run.status == status && record["code"] as? String == code && record["status"] as? Int == Int(status))
    #expect(record["event"] as? String == "error" && (record["message"] as? String)?.isEmpty == false)
    #expect(try limn(Array(arguments.filter { $0 != "--json" }), in: folder).output.isEmpty)
  }

  @Test func aDumbTerminalGetsNoEscapes() throws {
    let run = try shell(
      "TERM=dumb script -qec \"limn 'a cat' --seed 1 -o x.png\" /dev/null < /dev/null > out.txt; cat out.txt",
      in: folder)
    #expect(!run.output.contains("\u{1B}"))
  }
}

import Foundation
import Testing

@testable import Checkpoints

/// Pickles that are made to do harm, or are damaged: each a sentence.
@Suite struct PickleRefusalTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func said(_ bytes: [UInt8]) throws -> String {
    let path = try folder.write("a.ckpt", bytes)
    return sentence { _ = try CheckpointFiles.open(path, origin: "a.ckpt") }
  }

  @Test(arguments: [
    ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"), ("subprocess", "Popen"),
    ("runpy", "_run_code"), ("builtins", "getattr"), ("torchx", "load"), ("numpyx", "a"),
  ])
  func namesWhatItWouldRun(_ module: String, _ name: String) throws {
    let call =
      PickleWriter.global(module, name) + PickleWriter.tuple([PickleWriter.text("touch /tmp/x")]) + PickleWriter.reduce
    let sentence =
      "a.ckpt: is a PyTorch pickle, and it refers to `\(module).\(name)`; limn builds tensors only and runs nothing."
    #expect(try said(PickleWriter.archive(PickleWriter.pickle([call]))) == sentence)
    // Behind the weights, thrown away, or by name and module from the stack.
    #expect(
      try said(PickleWriter.archive(PickleWriter.pickle([call, [0x30], PickleWriter.emptyDictionary]))) == sentence)
    let byStack = PickleWriter.text(module) + PickleWriter.text(name) + [0x93]
    #expect(try said(PickleWriter.archive(PickleWriter.pickle([byStack]))) == sentence)
  }

  @Test func instructionsThatReachOutside() throws {
    // INST, EXT1, NEXT_BUFFER, a persistent number that is no storage's.
    for instructions in [Array("(ios\nsystem\n".utf8), [0x82, 1], [0x97]] {
      #expect(try said(PickleWriter.archive(PickleWriter.pickle([instructions]))).contains("is the instruction"))
    }
    let other = PickleWriter.tuple([PickleWriter.text("module"), PickleWriter.text("x")]) + [0x51]
    #expect(try said(PickleWriter.archive(PickleWriter.pickle([other]))).contains("is no storage of PyTorch"))
  }

  @Test func tensorsBeyondTheirStorage() throws {
    func tensor(_ count: Int, offset: Int = 0, _ shape: [Int], _ strides: [Int]) throws -> String {
      let storage = PickleWriter.storage(count: count)
      return try said(
        PickleWriter.checkpoint(of: PickleWriter.tensor(storage, offset: offset, shape: shape, strides: strides)))
    }
    #expect(try tensor(6, [2, 3], [3, 1]).isEmpty)
    #expect(try tensor(6, [2, 3], [4, 1]).contains("reaches beyond its storage of 6 numbers"))
    #expect(try tensor(6, offset: 1, [2, 3], [3, 1]).contains("reaches beyond"))
    #expect(try tensor(6, offset: -1, [2], [1]).contains("reaches beyond"))
    #expect(try tensor(6, [-2, 3], [3, 1]).contains("has strides"))
    #expect(try tensor(6, [2, 3], [3, -1]).contains("has strides"))
    #expect(try tensor(6, [2, 3], [3]).contains("has 2 axes and 1 strides"))
    #expect(try tensor(7, [7], [1]).contains("of which it holds 6"))
    #expect(try tensor(6, [1 << 40], [0]).contains("repeats the 6 numbers"))
    #expect(try tensor(6, [1 << 40, 1 << 40], [0, 0]).contains("is larger than its file"))
    #expect(try tensor(1 << 62, [1], [1]).contains("a storage would hold"))
    #expect(try tensor(6, Array(repeating: 1, count: 17), Array(repeating: 1, count: 17)).contains("17 axes"))
    #expect(try tensor(6, [0, 1 << 31, 1 << 32], [1, 1 << 32, 1]).contains("is larger than its file"))
    #expect(try tensor(6, [0, 5], [5, 1]).isEmpty)
    #expect(try tensor(6, [2, .max], [.max, .max]).contains("is larger than its file"))
  }

  @Test func bombs() throws {
    // Each level holds the one below it twice: 2^40 paths, 40 objects.
    var doubling: [[UInt8]] = [[0x7D, 0x71, 0]]
    for level in 0..<40 {
      let inner: [UInt8] = [0x68, UInt8(level)]
      doubling.append([0x7D] + PickleWriter.text("a") + inner + [0x73] + PickleWriter.text("b") + inner + [0x73])
      doubling.append([0x71, UInt8(level + 1)])
    }
    #expect(try said(PickleWriter.archive(PickleWriter.pickle(doubling))).isEmpty)
    // A million lists, each within the one before.
    let deep = Array(repeating: [0x5D] as [UInt8], count: 1_000_000) + Array(repeating: [0x61], count: 999_999)
    #expect(try said(PickleWriter.archive(PickleWriter.pickle(deep))).isEmpty)
    // Dictionaries within dictionaries, whose dotted names would grow with each.
    let nested = Array(repeating: [0x7D] + PickleWriter.text("name"), count: 100_000)
    let closing = Array(repeating: [0x73] as [UInt8], count: 100_000)
    #expect(try said(PickleWriter.archive(PickleWriter.pickle(nested + [[0x4E]] + closing))).isEmpty)
    // A list that holds itself.
    #expect(try said(PickleWriter.archive(PickleWriter.pickle([[0x5D, 0x71, 0, 0x68, 0, 0x61]]))).isEmpty)
    #expect(
      try said(
        PickleWriter.archive(PickleWriter.pickle([[0x7D, 0x71, 0] + PickleWriter.text("a") + [0x68, 0, 0x73]]))
      )
      .isEmpty)
    let tooMany = Array(repeating: [0x5D] as [UInt8], count: 2_000_000)
    #expect(try said(PickleWriter.archive(PickleWriter.pickle(tooMany))).contains("made to exhaust memory"))
    let tooTall = Array(repeating: [0x4E] as [UInt8], count: 5_000_000)
    #expect(try said(PickleWriter.archive(PickleWriter.pickle(tooTall))).contains("made to exhaust memory"))
    // A tensor that calls itself.
    let own = PickleWriter.global("torch._tensor", "_rebuild_from_type_v2") + [0x71, 0]
    let itself = own + [0x5D, 0x71, 1, 0x28, 0x68, 0, 0x4E, 0x68, 1, 0x65, 0x52]
    #expect(try said(PickleWriter.archive(PickleWriter.pickle([itself]))).isEmpty)
    // Lengths of what follows: 2^63 bytes, 4 GB.
    for claim in [
      [0x8E] + Array(repeating: 0xFF, count: 8), [0x58, 0xFF, 0xFF, 0xFF, 0xFF], [0x8B, 0xFF, 0xFF, 0xFF, 0x7F],
    ]
      as [[UInt8]]
    {
      #expect(try said(PickleWriter.archive(PickleWriter.pickle([claim]))).contains("it is cut off"))
    }
  }

  @Test func archives() throws {
    let sound = PickleWriter.pickle([PickleWriter.emptyDictionary])
    #expect(try said(PickleWriter.archive(sound)).isEmpty)
    #expect(try said(PickleWriter.archive(sound, folder: "../../etc")).isEmpty)  // a name, never a path
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound)], method: 8)).contains("is compressed"))
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound)], flags: 1)).contains("is encrypted"))
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound)], claimedSize: 1 << 30)).contains("does not lie where"))
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound), ("a/data.pkl", sound)])).contains("twice"))
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound), ("b/data.pkl", sound)])).contains("holds 2 of"))
    #expect(try said(PickleWriter.zip([("word/document.xml", sound)])).contains("without `data.pkl`"))
    #expect(try said(PickleWriter.zip([("a/data.pkl", sound), ("a/constants.pkl", sound)])).contains("TorchScript"))
    #expect(
      try said(PickleWriter.zip([("a/data.pkl", sound), ("a/byteorder", Array("big".utf8))])).contains("big-endian"))
    #expect(try said(Array(PickleWriter.archive(sound).dropLast(30))).contains("its end is missing"))
    #expect(try said([0x80, 2, 0x7D, 0x2E] + Array(repeating: 0, count: 60)).contains("is a Python pickle"))
    let tar =
      Array("sys_info".utf8) + Array(repeating: 0, count: 249) + Array("ustar".utf8) + Array(repeating: 0, count: 300)
    #expect(try said(tar).contains("is a tar archive"))
  }

  /// A safetensors header of 640 bytes begins as a pickle does.
  @Test func aHeaderThatLooksLikeAPickle() throws {
    var writer = SafetensorsWriter()
    writer.add("a", [1], [1])
    for padding in 0..<700 {
      writer.metadata = ["x": String(repeating: "y", count: padding)]
      let file = writer.file()
      guard file[0] == 0x80, file[1] == 2 else { continue }
      #expect(try said(file).isEmpty)
      return
    }
    Issue.record("no header had 640 bytes")
  }
}

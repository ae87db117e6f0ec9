import Foundation
import Testing

/// A model of the fixtures that can be had as one file of the original layout.
struct OriginalLayout: Sendable, CustomTestStringConvertible {
  let model: String
  /// Names of those of its cases that such a file paints alike: it says nothing of schedulers.
  let cases: [String]
  /// The model whose table of names it shares.
  let table: String
  let folder: URL

  init(_ model: String, in folder: String, table: String? = nil, cases: [String]) {
    self.model = model
    self.table = table ?? model
    self.cases = cases
    self.folder = Fixtures.folder(folder)
  }

  static let all = [
    OriginalLayout("sd1", in: "Pictures", cases: ["sd1-pndm"]),
    OriginalLayout("tinysd", in: "PicturesXL", cases: ["tinysd-model", "tinysd-wide", "tinysd-reference"]),
  ]

  /// SDXL and its relatives.
  static let xl = [
    OriginalLayout("xl-file", in: "PicturesXL", cases: ["xl-file-model", "xl-file-wide"]),
    OriginalLayout("ssd1b-file", in: "PicturesXL", table: "xl-file", cases: ["ssd1b-file-model"]),
  ]

  var testDescription: String { model }
}

/// The weights of a fixture as one file of the original layout, by the table of names beside it; removed with the last
/// reference.
///
/// The table's columns: part, names in the folder, original name, original shape, and what is done to the tensors
/// (Tests/Reference/original_layout.py).
final class OriginalLayoutFile {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "limn-test-\(UUID().uuidString)")
  private let model: String

  var path: String { folder.appending(path: "\(model).safetensors").path }

  /// - Parameters:
  ///   - tokens: Rows that the text encoders' tables of tokens get, by repeating them; nil for their own.
  ///   - alone: The one part that it holds, its names without their prefix; nil for all.
  init(_ layout: OriginalLayout, tokens: Int? = nil, alone: String? = nil) throws {
    model = layout.model
    var parts: [String: PartTensors] = [:]
    var header: [String: Any] = [:]
    var data = Data()
    let place = layout.folder.appending(path: "\(layout.table)_original_keys.tsv")
    for line in try String(contentsOf: place, encoding: .utf8).split(separator: "\n") {
      let cells = line.split(separator: "\t").map(String.init)
      var shape = cells[3].split(separator: ",").compactMap { Int($0) }
      guard alone == nil || cells[0] == alone else { continue }
      let part = try parts[cells[0]] ?? PartTensors(folder: layout.folder.appending(path: "\(model)/\(cells[0])"))
      parts[cells[0]] = part
      let tensors = cells[1].split(separator: ",").map { part[String($0)] }
      // A smaller model of the same kind has not all tensors of the table.
      guard layout.table == model || tensors[0] != nil else { continue }
      var bytes = try tensors.map { try #require($0) }.reduce(Data(), +)
      if cells.count > 4, cells[4] == "transpose" { bytes = OriginalLayoutFile.transposed(bytes, to: shape) }
      if let tokens, cells[1].hasSuffix("token_embedding.weight") {
        let row = bytes.count / shape[0]
        let whole = (0..<tokens / shape[0]).reduce(into: Data()) { table, _ in table += bytes }
        bytes = whole + bytes.prefix(tokens % shape[0] * row)
        shape[0] = tokens
      }
      let prefixes = ["model.diffusion_model.", "first_stage_model."]
      let prefix = alone == nil ? "" : prefixes.first { cells[2].hasPrefix($0) } ?? ""
      header[String(cells[2].dropFirst(prefix.count))] = [
        "dtype": "F16", "shape": shape, "data_offsets": [data.count, data.count + bytes.count],
      ]
      data += bytes
    }
    let json = try JSONSerialization.data(withJSONObject: header)
    let length = UInt64(json.count)
    let start = Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try (start + json + data).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A matrix of 16-bit values with its rows as columns.
  private static func transposed(_ bytes: Data, to shape: [Int]) -> Data {
    let (rows, columns) = (shape[0], shape[1])
    var transposed = Data()
    for place in 0..<rows * columns {
      let start = bytes.startIndex + 2 * (place % columns * rows + place / columns)
      transposed += bytes[start..<start + 2]
    }
    return transposed
  }

  /// The bytes of each tensor of a part, whether it lies in one safetensors file or in shards.
  private struct PartTensors {
    private var tensors: [String: Data] = [:]

    init(folder: URL) throws {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".safetensors")
      {
        let contents = try Data(contentsOf: folder.appending(path: name))
        let length = contents.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: contents[8..<8 + length]) as? [String: [String: Any]]
        for (name, entry) in try #require(header) {
          guard let offsets = entry["data_offsets"] as? [Int], offsets.count == 2 else { continue }
          tensors[name] = contents[8 + length + offsets[0]..<8 + length + offsets[1]]
        }
      }
    }

    subscript(name: String) -> Data? { tensors[name] }
  }
}

import Foundation
import Testing

/// The weights of the fixture `sd1` as one file of the original layout, by the table of names beside it; removed with the
/// last reference.
final class OriginalLayoutFile {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "limn-test-\(UUID().uuidString)")

  var path: String { folder.appending(path: "sd1.safetensors").path }

  init() throws {
    let weights = [
      "text_encoder": "text_encoder/model.safetensors", "unet": "unet/diffusion_pytorch_model.safetensors",
      "vae": "vae/diffusion_pytorch_model.safetensors",
    ]
    let parts = try weights.mapValues { try Tensors(file: Fixtures.folder.appending(path: "sd1/\($0)")) }
    var header: [String: Any] = [:]
    var data = Data()
    let table = try String(contentsOf: Fixtures.folder.appending(path: "sd1_original_keys.tsv"), encoding: .utf8)
    for line in table.split(separator: "\n") {
      let cells = line.split(separator: "\t").map(String.init)
      let bytes = try #require(parts[cells[0]]?[cells[1]])
      header[cells[2]] = [
        "dtype": "F16", "shape": cells[3].split(separator: ",").compactMap { Int($0) },
        "data_offsets": [data.count, data.count + bytes.count],
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

  /// The bytes of each tensor of a safetensors file.
  private struct Tensors {
    private let data: Data
    private let ranges: [String: Range<Int>]

    init(file: URL) throws {
      let contents = try Data(contentsOf: file)
      let length = contents.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = try JSONSerialization.jsonObject(with: contents[8..<8 + length]) as? [String: [String: Any]]
      data = contents.dropFirst(8 + length)
      ranges = try #require(header).compactMapValues { entry in
        guard let offsets = entry["data_offsets"] as? [Int], offsets.count == 2 else { return nil }
        return offsets[0]..<offsets[1]
      }
    }

    subscript(name: String) -> Data? {
      ranges[name].map { data[data.startIndex + $0.lowerBound..<data.startIndex + $0.upperBound] }
    }
  }
}

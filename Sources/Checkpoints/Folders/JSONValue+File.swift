import JSON

extension JSONValue {
  /// The largest configuration that is read; the biggest of published models is below 3 MB.
  private static let largestFile = 64 << 20

  /// Reads and parses the file at `path`: `config.json`, `model_index.json`, `scheduler_config.json`.
  ///
  /// - Throws: `CheckpointError` naming the file and the byte where it stops being JSON.
  package init(contentsOf path: String) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    guard file.count <= JSONValue.largestFile else {
      throw CheckpointError(path, "is \(file.count) bytes long, which no configuration is")
    }
    do {
      try self.init(parsing: file.copy(0..<file.count))
    } catch {
      throw CheckpointError(path, "is not valid JSON: \(error.problem)")
    }
  }
}

import JSON

extension JSONValue {
  /// Parses what another tool keeps in a picture; nil where it is not JSON or longer than the texts that are read.
  init?(metadata text: String) {
    guard text.utf8.count <= PictureLimits.textBytes, let value = try? JSONValue(parsing: Array(text.utf8)) else {
      return nil
    }
    self = value
  }

  /// The number, which JSON from Python need not have: it writes `NaN` and `Infinity`.
  var finite: Double? { double.flatMap { $0.isFinite ? $0 : nil } }
}

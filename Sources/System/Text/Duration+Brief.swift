extension Duration {
  /// Seconds as people say them: 0.21 s, 3.4 s, 42 s, 3 min 20 s, 1 h 5 min.
  package static func brief(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e15 else { return "–" }
    // What rounds up to the next unit is told in that.
    let whole = Int(seconds.rounded())
    switch seconds {
    case ..<0.995: return "\((seconds * 100).rounded() / 100) s"
    case ..<9.95: return "\((seconds * 10).rounded() / 10) s"
    case ..<59.5: return "\(whole) s"
    case ..<3599.5: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }
}

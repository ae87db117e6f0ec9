extension Duration {
  /// Seconds as people say them: 0.21 s, 3.4 s, 42 s, 3 min 20 s, 1 h 5 min.
  package static func brief(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e15 else { return "–" }
    switch seconds {
    case ..<1: return "\((seconds * 100).rounded() / 100) s"
    case ..<10: return "\((seconds * 10).rounded() / 10) s"
    case ..<60: return "\(Int(seconds.rounded())) s"
    case ..<3600: return "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    default: return "\(Int(seconds) / 3600) h \(Int(seconds) % 3600 / 60) min"
    }
  }
}

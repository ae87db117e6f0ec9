/// Numbers as people read them: English, and the same on every machine.
enum Figure {
  /// `1,204`
  static func count(_ number: Int) -> String {
    var groups: [String] = []
    var rest = number.magnitude
    while rest >= 1000 {
      let digits = "\(rest % 1000)"
      groups.append(String(repeating: "0", count: 3 - digits.count) + digits)
      rest /= 1000
    }
    groups.append("\(rest)")
    return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }

  /// `91.5%`; a dash for none.
  static func percent(_ rate: Double?) -> String {
    guard let rate else { return "–" }
    // Neither all nor nothing is said of what is nearly so.
    if rate > 0, rate < 0.0005 { return "<0.1%" }
    if rate < 1, rate >= 0.9995 { return ">99.9%" }
    return "\(fixed(rate * 100, 1))%"
  }

  /// `0.21 s`, `3.4 s`, `42 s`, `3 min 20 s`, `1 h 5 min`; a dash for none.
  static func seconds(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds < 1e15 else { return "–" }
    switch seconds {
    case ..<0.995: return "\(fixed(seconds, 2)) s"
    case ..<9.95: return "\(fixed(seconds, 1)) s"
    case ..<59.5: return "\(Int(seconds.rounded())) s"
    case ..<3599.5:
      let whole = Int(seconds.rounded())
      return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
    default:
      let minutes = Int((seconds / 60).rounded())
      return minutes % 60 == 0 ? "\(count(minutes / 60)) h" : "\(count(minutes / 60)) h \(minutes % 60) min"
    }
  }

  /// `2.5 GB`, of 2^30 bytes
  static func bytes(_ bytes: Int) -> String {
    let units = ["KB", "MB", "GB", "TB", "PB"]
    guard bytes >= 1024 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
    var (value, unit) = (Double(bytes) / 1024, 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return "\(value < 9.95 ? fixed(value, 1) : count(Int(value.rounded()))) \(units[unit])"
  }

  /// `2,904`, or `0.4` below ten; a dash for none.
  static func rate(_ number: Double?) -> String {
    guard let number, number.isFinite, number < 1e15 else { return "–" }
    return number < 9.95 ? fixed(number, 1) : count(Int(number.rounded()))
  }

  /// `1 run`, `2 runs`
  static func counted(_ number: Int, _ noun: String) -> String {
    "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A number with that many places, rounded; a dash for one that nothing measured can be.
  static func fixed(_ value: Double, _ places: Int) -> String {
    let scale = [1.0, 10, 100, 1000, 10000][places]
    guard abs(value) < 1e14 else { return "–" }
    let whole = Int((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let digits = "\(whole % Int(scale))"
    return "\(sign)\(whole / Int(scale)).\(String(repeating: "0", count: places - digits.count))\(digits)"
  }
}

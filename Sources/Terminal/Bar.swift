/// A bar of so many characters, filled to an eighth of one: `████▌·····`.
package enum Bar {
  package static func text(done: Int, of total: Int, width: Int) -> String {
    let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    let eighths = Int(share * Double(width * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let full = String(repeating: "█", count: eighths / 8)
    return full + partial + String(repeating: "·", count: width - eighths / 8 - (partial.isEmpty ? 0 : 1))
  }
}

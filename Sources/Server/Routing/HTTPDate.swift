import Foundation
import Synchronization

/// The time as the header `Date` has it (RFC 9110, section 5.6.7), made once a second.
final class HTTPDate: Sendable {
  private let known = Mutex<(second: Int, text: String)>((0, ""))

  var text: String {
    let now = Date()
    let second = Int(now.timeIntervalSince1970)
    return known.withLock { known in
      if known.second != second { known = (second, Self.text(of: now)) }
      return known.text
    }
  }

  private static func text(of date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
    func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
    let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][((parts.weekday ?? 1) - 1) % 7]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let month = months[((parts.month ?? 1) - 1) % 12]
    return
      "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970) \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
  }
}

import Foundation
import Testing

@testable import Reports

@Test func dump() throws {
  var r = Report.invented(days: 45)
  r.styles.append(.init(name: "<b>水墨画", tally: Tally(painted: 3), timing: nil))
  try ReportPage(r).html.write(toFile: "/tmp/reports-page.html", atomically: true, encoding: .utf8)
  try TerminalReport(r, width: 80, ink: Ink(hasColours: true)).text.write(
    toFile: "/tmp/reports-80.txt", atomically: true, encoding: .utf8)
  try TerminalReport(r, width: 120, ink: Ink(hasColours: true)).text.write(
    toFile: "/tmp/reports-120.txt", atomically: true, encoding: .utf8)
}

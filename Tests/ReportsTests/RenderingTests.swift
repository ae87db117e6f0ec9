import Foundation
import Testing

@testable import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The four renderings of a report: terminal, page, JSON, CSV.
@Suite struct RenderingTests {
  private static let hostile = "</td><script>alert(1)</script> \"q\" 'a' & \u{1B}[31m\u{202E}\n=1+1"

  // MARK: Terminal

  @Test(arguments: [40, 60, 80, 120, 200])
  func linesFitTheTerminal(_ width: Int) {
    for report in [Report.invented(), .invented(name: "水墨画の狐と森と山と川と空と雲と花", days: 60), .empty] {
      let text = TerminalReport(report, width: width, ink: Ink(hasColours: false)).text
      // Tables do not shrink below what their figures need.
      for line in text.split(separator: "\n") where width >= 80 {
        #expect(TerminalText.width(String(line)) <= width, "\(line)")
      }
      #expect(text.hasSuffix("\n") && !text.contains(" \n"))
      #expect(!text.contains("\u{1B}"))
    }
  }

  @Test func everySectionIsThere() {
    let text = TerminalReport(.invented(), width: 100, ink: Ink(hasColours: false)).text
    for part in [
      "2026-10-01 to 2026-10-30", "1,000 runs", "painted", "90.0%", "By day", "Time a picture", "1.2 s", "Refusals",
      "violence graphic", "Styles", "no style", "Models", "Users", "Failures", "an input could not be read",
      "exit status 99", "250 MB", "85.7%*", "steps 20",
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test func coloursAreOnlyThereWhenAskedFor() {
    let text = TerminalReport(.invented(), width: 100, ink: Ink(hasColours: true)).text
    #expect(text.contains("\u{1B}[1m"))
    let plain = text.replacing(/\u{1B}\[\d+m/, with: "")
    #expect(plain == TerminalReport(.invented(), width: 100, ink: Ink(hasColours: false)).text)
  }

  @Test func namesCannotSteerTheTerminal() {
    let report = Report.invented(name: Self.hostile, prompt: Self.hostile)
    let text = TerminalReport(report, width: 80, ink: Ink(hasColours: false)).text
    #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
  }

  @Test func anEmptyHistorySaysSo() {
    #expect(TerminalReport(.empty, width: 80, ink: Ink(hasColours: false)).text.contains("The history is empty"))
    #expect(ReportPage(.empty).html.contains("The history is empty"))
  }

  @Test func widthsAreColumns() {
    #expect(TerminalText.width("fox") == 3)
    #expect(TerminalText.width("狐") == 2)
    #expect(TerminalText.width("🦊") == 2)
    #expect(TerminalText.width("👩‍👩‍👧") == 2)
    #expect(TerminalText.width("e\u{301}te\u{301}") == 3)
    #expect(TerminalText.cut("狐狐狐", to: 5) == "狐狐…")
    #expect(TerminalText.cut("fox", to: 3) == "fox")
    #expect(TerminalText.padded("狐", to: 4) == "狐  ")
    #expect(TerminalText.wrapped("a bc def", to: 4) == ["a bc", "def"])
  }

  @Test func barsAreDrawnToTheEighth() {
    #expect(Bars.bar(1, of: 2, width: 5) == "██▌")
    #expect(Bars.bar(0, of: 2, width: 5) == "")
    #expect(Bars.bar(0.0001, of: 2, width: 5) == "▏", "more than nothing is seen")
    #expect(Bars.bar(3, of: 2, width: 5) == "█████")
    #expect(Bars.sparkline([0, 1, nil, 4, 8], width: 10) == "·▂·▅█")
    #expect(Bars.sparkline([1, 1, 8, 8], width: 2) == "▂█")
    #expect(Bars.sparkline([nil, 0], width: 2) == "··")
  }

  // MARK: Page

  @Test func thePageIsWellFormed() throws {
    for report in [Report.invented(), .invented(name: Self.hostile, prompt: Self.hostile), .invented(days: 1), .empty] {
      // A page that is also XML is surely balanced; void elements and the doctype are HTML's own.
      let xml = ReportPage(report).html.replacing("<!DOCTYPE html>", with: "")
        .replacing(/<(meta|img)([^>]*)>/) { "<\($0.output.1)\($0.output.2)/>" }
      let parser = XMLParser(data: Data(xml.utf8))
      #expect(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
    }
  }

  @Test func namesCannotBecomeMarkup() {
    let html = ReportPage(.invented(name: Self.hostile, prompt: Self.hostile)).html
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &quot;q&quot; &#39;a&#39; &amp; "))
    #expect(!html.contains("\u{1B}"))
  }

  @Test func thePageNeedsNothingElse() {
    let html = ReportPage(.invented()).html
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("url("))
    #expect(html.contains("Content-Security-Policy"))
  }

  @Test func identifiersAreUnique() {
    let identifiers = ReportPage(.invented()).html.matches(of: /\sid="([^"]*)"/).map(\.output.1)
    #expect(identifiers.count > 10)
    #expect(Set(identifiers).count == identifiers.count)
  }

  @Test func picturesAreInThePage() {
    let html = ReportPage(.invented()).html
    #expect(html.contains("src=\"data:image/png;base64,iVA=\" alt=\"Picture painted by run 12\""))
    #expect(!html.contains("run 13"), "what could not be read is left out")
  }

  /// WCAG 2.2: text 4.5 to 1, what must be told apart in drawings 3 to 1.
  @Test(arguments: [Stylesheet.light, Stylesheet.dark])
  func coloursAreFarEnoughApart(_ palette: String) throws {
    let colours = Dictionary(
      uniqueKeysWithValues: palette.matches(of: /--([a-z]+): #([0-9a-f]{6})/).map { (String($0.output.1), $0.output.2) }
    )
    #expect(colours.count == 11)
    func luminance(_ name: String) throws -> Double {
      let digits = try #require(colours[name])
      let number = try #require(Int(digits, radix: 16))
      let linear = [number >> 16, number >> 8 & 255, number & 255].map { channel -> Double in
        let value = Double(channel) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
    func contrast(_ first: String, _ second: String) throws -> Double {
      let (a, b) = (try luminance(first), try luminance(second))
      return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }
    for ground in ["ground", "card"] {
      for text in ["ink", "faint", "link"] { #expect(try contrast(text, ground) >= 4.5, "\(text) on \(ground)") }
    }
    for mark in ["painted", "refused", "failed", "interrupted", "overall"] {
      #expect(try contrast(mark, "ground") >= 3, "\(mark)")
    }
  }

  @Test func scalesHaveAFewRoundMarks() {
    #expect(ChartScale.counts(to: 97).marks == [0, 50, 100])
    #expect(ChartScale.counts(to: 1).marks == [0, 1])
    #expect(ChartScale.counts(to: 0).marks == [0, 1])
    #expect(ChartScale.seconds(from: 1, to: 3.8).marks == [0, 1, 2, 3, 4])
    #expect(ChartScale.seconds(from: 0.2, to: 55).marks == [0.1, 1, 10, 100])
    #expect(abs(ChartScale.seconds(from: 0.2, to: 55).position(of: 10) - 2.0 / 3) < 1e-12)
    #expect(ChartScale.counts(to: 97).position(of: 50) == 0.5)
    for most in 1...2000 { #expect((2...6).contains(ChartScale.counts(to: most).marks.count), "\(most)") }
  }

  // MARK: JSON and CSV

  @Test func jsonHasTheFigures() throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(Report.invented().json.utf8)) as? [String: Any])
    let totals = try #require(object["totals"] as? [String: Any])
    let tally = try #require(totals["tally"] as? [String: Any])
    #expect(tally["runs"] as? Int == 1000)
    #expect(tally["success_rate"] as? Double == 0.9)
    let timeline = try #require(object["timeline"] as? [String: Any])
    #expect((timeline["intervals"] as? [[String: Any]])?.first?["start"] as? String == "2026-10-01")
    let pictures = try #require(object["pictures"] as? [[String: Any]])
    #expect(pictures[0]["thumbnail"] == nil)
    #expect(try !Report.invented().json.contains("\n"))
    #expect(try JSONSerialization.jsonObject(with: Data(Report.empty.json.utf8)) is [String: Any])
  }

  @Test func csvIsOneTable() {
    let lines = Report.invented().csv.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.last == "")
    let columns = lines[0].split(separator: ",").count
    for line in lines.dropLast() { #expect(line.count { $0 == "," } == columns - 1, "\(line)") }
    #expect(lines[1].hasPrefix("total,2026-10-01 to 2026-10-30,1000,900,60,30,10,0.9000,0.0600,1.400,1.200,3.400,"))
    #expect(lines.contains { $0.hasPrefix("with word,fog,80,") })
    #expect(lines.count { $0.hasPrefix("day,") } == 30)
  }

  @Test(arguments: [
    ("fox", "fox"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""),
    ("=1+1", "\"'=1+1\""), ("+1", "\"'+1\""), ("-1", "\"'-1\""), ("@SUM(A1)", "\"'@SUM(A1)\""), ("\t=1", "\"'\t=1\""),
    ("  =1", "\"'  =1\""), ("＝1", "\"'＝1\""), ("", ""), ("a-b", "a-b"),
  ])
  func csvFieldsAreQuotedAndHarmless(_ text: String, _ field: String) {
    #expect(CSV.line([.text(text)]) == field + "\r\n")
  }

  @Test func csvNumbersAreLeftAlone() {
    #expect(CSV.line([.whole(-3), .number(-0.5, places: 2), .number(nil, places: 2), .none]) == "-3,-0.50,,\r\n")
  }
}

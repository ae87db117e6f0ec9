/// Where a picture comes from, in the IPTC's words (cv.iptc.org/newscodes/digitalsourcetype).
package struct DigitalSource: Equatable, Sendable, CustomStringConvertible {
  /// The last part of the code's address, "trainedAlgorithmicMedia".
  package let code: String

  /// Made by a model from a prompt.
  package static let painted = DigitalSource(code: "trainedAlgorithmicMedia")
  /// Made by a model from another picture, or inside one.
  package static let repainted = DigitalSource(code: "compositeWithTrainedAlgorithmicMedia")

  package var description: String { code }

  /// The picture says of itself that a trained model had a part in it.
  package var isMadeByModel: Bool { self == .painted || self == .repainted }

  private static let vocabulary = "http://cv.iptc.org/newscodes/digitalsourcetype/"
  package static let chunkKeyword = "XML:com.adobe.xmp"

  /// An XMP packet (Adobe XMP part 1, 2012) that says so and names `creator`, "limn 0.1".
  package func xmp(creator: String) -> String {
    """
    <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
    <x:xmpmeta xmlns:x="adobe:ns:meta/">
     <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
        xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
       <xmp:CreatorTool>\(Self.escaped(creator))</xmp:CreatorTool>
       <Iptc4xmpExt:DigitalSourceType>\(Self.vocabulary)\(code)</Iptc4xmpExt:DigitalSourceType>
      </rdf:Description>
     </rdf:RDF>
    </x:xmpmeta>
    <?xpacket end="w"?>
    """
  }

  /// Finds the property in anyone's XMP: an element, an attribute or an `rdf:resource`; nil where it is not said.
  package init?(xmp: String) {
    guard let name = xmp.firstRange(of: "DigitalSourceType") else { return nil }
    let rest = xmp[name.upperBound...].drop(while: \.isWhitespace)
    let value: Substring
    if rest.first == "=" {
      value = Self.quoted(rest.dropFirst())
    } else if let close = rest.firstIndex(of: ">"), let resource = rest[..<close].firstRange(of: "rdf:resource") {
      value = Self.quoted(rest[resource.upperBound..<close].drop { $0.isWhitespace || $0 == "=" })
    } else if let close = rest.firstIndex(of: ">") {
      value = rest[rest.index(after: close)...].prefix { $0 != "<" }
    } else {
      return nil
    }
    let code = value.split(separator: "/").last?.filter { !$0.isWhitespace } ?? ""
    guard !code.isEmpty, code.utf8.count <= 100, code.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
      return nil
    }
    self.init(code: code)
  }

  package init(code: String) { self.code = code }

  /// What stands between the quotes that `text` begins with.
  private static func quoted(_ text: Substring) -> Substring {
    let text = text.drop(while: \.isWhitespace)
    guard let quote = text.first, quote == "\"" || quote == "'" else { return "" }
    return text.dropFirst().prefix { $0 != quote }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}

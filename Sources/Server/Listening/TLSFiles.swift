import Foundation
import NIOSSL
import System

/// The files of the certificate and key with which a server speaks TLS.
package struct TLSFiles: Sendable {
  /// `--tls-certificate`: the server's own first, then those that lead to one that clients trust.
  package let certificate: String
  package let key: String

  private static let longest = 1 << 20
  /// Whoever renews certificates does so earlier.
  private static let soonSeconds = 14.0 * 86_400

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  /// What the files hold.
  struct Contents: Sendable {
    let context: NIOSSLContext
    let validUntil: Date
    let names: CertificateNames
  }

  /// Reads both, and finds out whether browsers could take them.
  ///
  /// - Throws: ``UserError/input(_:)``
  func read(now: Date = Date()) throws(UserError) -> Contents {
    let chain = try certificates()
    guard let own = chain.first else { throw .input("--tls-certificate \(certificate.harmlessName) is empty.") }
    let (start, end) = (
      Date(timeIntervalSince1970: Double(own.notValidBefore)), Date(timeIntervalSince1970: Double(own.notValidAfter))
    )
    guard now < end else {
      throw .input("The certificate \(certificate.harmlessName) expired on \(Self.day(end)): nobody would take it.")
    }
    guard now >= start else {
      throw .input(
        "The certificate \(certificate.harmlessName) holds from \(Self.day(start)) on; is this machine's clock right?")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(try privateKey()))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    guard let context = try? NIOSSLContext(configuration: configuration) else {
      throw .input(
        "The key \(key.harmlessName) is not that of \(chain.count == 1 ? "the" : "the first") certificate in \(certificate.harmlessName)."
      )
    }
    return Contents(context: context, validUntil: end, names: CertificateNames(own))
  }

  private func certificates() throws(UserError) -> [NIOSSLCertificate] {
    let bytes = try bytes(of: certificate, "tls-certificate")
    guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
      throw .input(
        "--tls-certificate \(certificate.harmlessName) holds no certificate as PEM (-----BEGIN CERTIFICATE-----).")
    }
    return chain
  }

  private func privateKey() throws(UserError) -> NIOSSLPrivateKey {
    let bytes = try bytes(of: key, "tls-key")
    if String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") {
      throw .input(
        "--tls-key \(key.harmlessName) is locked by a passphrase, which nobody types at a server; `openssl pkey` writes one that is not."
      )
    }
    guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
      throw .input("--tls-key \(key.harmlessName) holds no private key as PEM (-----BEGIN PRIVATE KEY-----).")
    }
    return key
  }

  private func bytes(of path: String, _ setting: String) throws(UserError) -> [UInt8] {
    do {
      return try FileTree.read(path, atMost: Self.longest)
    } catch {
      throw .input("--\(setting) \(path.harmlessName): \(error).")
    }
  }

  // MARK: Warnings

  /// What is not a mistake, but should not stay so.
  ///
  /// - Parameter host: What clients call the server.
  func warnings(_ contents: Contents, host: String?, now: Date = Date()) -> [String] {
    var warnings: [String] = []
    var status = stat()
    if unsafe stat(key, &status) == 0, status.st_mode & (S_IROTH | S_IWOTH) != 0 {
      warnings.append(
        "The key \(key.harmlessName) can be \(status.st_mode & S_IWOTH != 0 ? "changed" : "read") by every user of this machine; `chmod o= \(key.harmlessName)` ends that."
      )
    }
    if let host, !contents.names.contain(host) {
      warnings.append(
        "The certificate \(certificate.harmlessName) is not for \(host) but for \(contents.names); browsers and programs will refuse it."
      )
    }
    if contents.validUntil.timeIntervalSince(now) < Self.soonSeconds {
      warnings.append("The certificate \(certificate.harmlessName) expires on \(Self.day(contents.validUntil)).")
    }
    return warnings
  }

  private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}

/// The names and addresses that a certificate is for.
struct CertificateNames: Sendable, CustomStringConvertible {
  private var names: [String] = []
  private var addresses: [[UInt8]] = []

  init(_ certificate: NIOSSLCertificate) {
    for name in certificate._subjectAlternativeNames() {
      let bytes = unsafe name.contents.withUnsafeBufferPointer { unsafe Array($0) }
      switch name.nameType {
      case .dnsName: names.append(String(decoding: bytes, as: UTF8.self).lowercased())
      case .ipAddress: addresses.append(bytes)
      default: break
      }
    }
  }

  /// - Parameter host: A name or an address, as it stands in URLs.
  func contain(_ host: String) -> Bool {
    let host = host.lowercased()
    if let address = Self.bytes(ofAddress: host) { return addresses.contains(address) }
    // An asterisk stands for one label.
    let parent = host.firstIndex(of: ".").map { "*\(host[$0...])" }
    return names.contains { $0 == host || $0 == parent }
  }

  var description: String {
    let all = (names + addresses.compactMap(Self.text)).map(\.harmlessName)
    return all.isEmpty ? "nobody" : all.prefix(4).joined(separator: ", ") + (all.count > 4 ? " and others" : "")
  }

  /// 4 or 16; nil for a name.
  private static func bytes(ofAddress text: String) -> [UInt8]? {
    let text = text.hasPrefix("[") ? String(text.dropFirst().dropLast()) : text
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }

  private static func text(ofAddress bytes: [UInt8]) -> String? {
    guard let family = [4: AF_INET, 16: AF_INET6][bytes.count] else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

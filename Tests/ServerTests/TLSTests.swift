import AsyncHTTPClient
import Foundation
import History
import Logging
import NIOSSL
import Painting
import Remote
import System
import Testing

@testable import Server

/// `--tls-certificate` and `--tls-key`.
@Suite struct TLSTests {
  /// Files that hold what they are told, removed at the end.
  private final class Files {
    let folder: String
    let tls: TLSFiles

    init(_ certificate: String? = TestCertificates.certificate, _ key: String? = TestCertificates.key) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "limn-tls-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      tls = TLSFiles(certificate: "\(folder)/certificate.pem", key: "\(folder)/key.pem")
      try write(certificate, key)
    }

    func write(_ certificate: String?, _ key: String?) throws {
      try certificate?.write(toFile: tls.certificate, atomically: true, encoding: .utf8)
      try key?.write(toFile: tls.key, atomically: true, encoding: .utf8)
      if key != nil { #expect(unsafe chmod(tls.key, 0o600) == 0) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
  }

  private func mistake(_ files: Files) -> String {
    do throws(UserError) {
      _ = try files.tls.read()
      return "none"
    } catch {
      return error.description
    }
  }

  @Test func filesThatAreWellAreRead() throws {
    let files = try Files()
    let contents = try files.tls.read()
    #expect(files.tls.warnings(contents, host: "localhost").isEmpty)
    // The server's own, and one above it.
    let chain = try Files(TestCertificates.certificate + TestCertificates.renewed)
    #expect(mistake(chain) == "none")
  }

  @Test func filesThatAreNotAreRefused() throws {
    #expect(mistake(try Files(nil)).hasSuffix("certificate.pem: there is no such file."))
    #expect(mistake(try Files(TestCertificates.certificate, nil)).hasSuffix("key.pem: there is no such file."))
    #expect(mistake(try Files("a fox")).contains("holds no certificate as PEM"))
    #expect(mistake(try Files("")).contains("holds no certificate as PEM"))
    #expect(mistake(try Files(TestCertificates.key)).contains("holds no certificate as PEM"))
    #expect(mistake(try Files(TestCertificates.certificate, "a fox")).contains("holds no private key as PEM"))
    #expect(
      mistake(try Files(TestCertificates.certificate, TestCertificates.certificate)).contains(
        "holds no private key as PEM"))
    #expect(mistake(try Files(TestCertificates.certificate, TestCertificates.lockedKey)).contains("passphrase"))
    #expect(mistake(try Files(TestCertificates.expired)).contains("expired on 2021-01-01"))
    #expect(mistake(try Files(TestCertificates.future)).contains("holds from 2118-01-01 on"))
    #expect(
      mistake(try Files(TestCertificates.certificate, TestCertificates.renewedKey)).contains(
        "is not that of the certificate in"))
    #expect(
      mistake(try Files(TestCertificates.renewed + TestCertificates.certificate)).contains(
        "is not that of the first certificate in"))
    let folder = try Files()
    try FileManager.default.removeItem(atPath: folder.tls.key)
    try FileManager.default.createDirectory(atPath: folder.tls.key, withIntermediateDirectories: false)
    #expect(mistake(folder).hasSuffix("it cannot be read by this user, or is no regular file."))
  }

  @Test func keysThatOthersReadAreWarnedOf() throws {
    let files = try Files()
    let contents = try files.tls.read()
    for (mode, word) in [(0o600, nil), (0o640, nil), (0o644, "read"), (0o666, "changed")] as [(mode_t, String?)] {
      #expect(unsafe chmod(files.tls.key, mode) == 0)
      let warnings = files.tls.warnings(contents, host: nil)
      #expect(
        warnings.count == (word == nil ? 0 : 1) && warnings.allSatisfy { $0.contains("can be \(word!) by every") })
    }
  }

  @Test func certificatesOfOthersAndNearTheirEndAreWarnedOf() throws {
    let files = try Files()
    let contents = try files.tls.read()
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "::1", "[::1]", "studio.limn.example"] {
      #expect(files.tls.warnings(contents, host: host).isEmpty, "\(host)")
    }
    for host in ["limn.example", "a.b.limn.example", "192.168.1.5", "::2", "example.org"] {
      #expect(
        files.tls.warnings(contents, host: host).first?.contains(
          "is not for \(host) but for localhost, *.limn.example, 127.0.0.1, ::1;") == true, "\(host)")
    }
    let soon = contents.validUntil.addingTimeInterval(-86_400)
    #expect(files.tls.warnings(contents, host: nil, now: soon).first?.contains("expires on 2120-01-01") == true)
  }

  @Test func renewedCertificatesAreTakenUp() throws {
    let files = try Files()
    let use = try CertificateInUse(files.tls, host: nil, logger: Logger(label: "test"))
    let first = use.validUntil
    use.renew()
    #expect(use.validUntil == first)
    // Half of a renewal: the former pair stays in use.
    try files.write(TestCertificates.renewed, nil)
    use.renew()
    #expect(use.validUntil == first)
    try files.write(nil, TestCertificates.renewedKey)
    use.renew()
    #expect(use.validUntil < first)
  }

  @Test func whatDoesNotFitTogetherIsRefused() async throws {
    let files = try Files()
    let server = try await TestServer.shared.value
    var wish = ServerWish(
      queue: QueueSettings(limit: MemoryLimit(wished: 1 << 30), picturesFolder: "/nowhere"),
      owner: Person(userID: 1, name: "ada", groupIDs: []))
    wish.tls = files.tls
    try wish.check(server.store)
    #expect(wish.isSecure && wish.scheme == "https" && wish.host == "127.0.0.1")
    wish.publicURL = try PublicURL("http://studio.limn.example")
    #expect(throws: UserError.self) { try wish.check(server.store) }
    wish.publicURL = try PublicURL("https://studio.limn.example:7870")
    try wish.check(server.store)
    #expect(wish.host == "studio.limn.example")
    wish.address = .socket(path: "/run/limn.sock")
    #expect(throws: UserError.self) { try wish.check(server.store) }
  }

  /// A client that trusts the test's certificate alone.
  private func client() throws -> HTTPClient {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(TestCertificates.certificate.utf8)))
    configuration.tlsConfiguration = tls
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  @Test func browsersAndProgramsAreServed() async throws {
    let files = try Files()
    let server = try await TestServer { $0.tls = files.tls }
    let link = try #require(server.address.link)
    #expect(link.hasPrefix("https://127.0.0.1:"))
    let client = try client()
    let entry = try await client.get(url: link).get()
    #expect(entry.status == .seeOther)
    let cookie = try #require(entry.headers.first(name: "set-cookie"))
    #expect(cookie.hasPrefix("__Host-limn-") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"))
    let health = try await client.get(url: try #require(server.address.url) + "/healthz").get()
    #expect(health.body.map { String(buffer: $0) } == "ok\n")
    try await client.shutdown()
    // Whoever forgets the s is told.
    let plain = try #require(await server.client.request("GET", "/healthz"))
    #expect(plain.status == 400 && plain.text == "This server speaks TLS: its address begins with https, not http")
    // What is neither is not answered.
    #expect(await server.client.send([0, 1, 2, 3], timeout: 5) == nil)
    server.stop()
  }

  @Test func limnElsewherePaintsThroughIt() async throws {
    let files = try Files()
    let server = try await TestServer { $0.tls = files.tls }
    let url = try #require(server.address.url)
    var environment = ["LIMN_HOST": url, "LIMN_TOKEN": server.ada, "SSL_CERT_FILE": files.tls.certificate]
    let address = try #require(try RemoteAddress(environment: environment))
    let me = try await RemoteServer.with(address) { try await $0.me() }
    #expect(me["name"] == "ada")
    #expect(address.warning == nil)
    // The system does not know who made that certificate.
    environment["SSL_CERT_FILE"] = nil
    let stranger = try #require(try RemoteAddress(environment: environment))
    await #expect(throws: RemoteError.self) { try await RemoteServer.with(stranger) { try await $0.me() } }
    server.stop()
  }
}

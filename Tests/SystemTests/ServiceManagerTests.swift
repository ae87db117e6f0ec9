import Foundation
import System
import Testing

/// What systemd hands over and hears, with sockets of the test's own in its place.
@Suite struct ServiceManagerTests {
  /// Listens on a free port, or on a path.
  private func listener(path: String? = nil, isListening: Bool = true) -> Int32 {
    let descriptor = socket(path == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    if let path {
      var name = unixName(path)
      #expect(unsafe bound(descriptor, &name, socklen_t(MemoryLayout<sockaddr_un>.size)))
    } else {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      #expect(unsafe bound(descriptor, &name, socklen_t(MemoryLayout<sockaddr_in>.size)))
    }
    if isListening { #expect(listen(descriptor, 4) == 0) }
    return descriptor
  }

  private func bound<Name>(_ descriptor: Int32, _ name: UnsafeMutablePointer<Name>, _ length: socklen_t) -> Bool {
    unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) == 0 }
  }

  private func unixName(_ path: String) -> sockaddr_un {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
    return name
  }

  private func environment(_ count: Int = 1, process: Int32 = getpid()) -> [String: String] {
    ["LISTEN_FDS": "\(count)", "LISTEN_PID": "\(process)"]
  }

  private func path() -> String { "/tmp/limn-\(UUID().uuidString.prefix(8)).sock" }

  @Test func socketsAreTaken() throws {
    let network = listener()
    defer { close(network) }
    let taken = try #require(try ServiceManager.takeSocket(environment: environment(), first: network))
    guard case .network("127.0.0.1", let port) = taken.place else { throw CancellationError() }
    #expect(taken.descriptor == network && port > 0)
    #expect(fcntl(network, F_GETFD) & FD_CLOEXEC != 0)
    let path = path()
    let local = listener(path: path)
    defer { (close(local), unlink(path)) }
    #expect(try ServiceManager.takeSocket(environment: environment(), first: local)?.place == .path(path))
  }

  @Test func otherProcessesSocketsAreNot() throws {
    let network = listener()
    defer { close(network) }
    #expect(try ServiceManager.takeSocket(environment: environment(process: 1), first: network) == nil)
    #expect(try ServiceManager.takeSocket(environment: environment(0), first: network) == nil)
    #expect(try ServiceManager.takeSocket(environment: ["LISTEN_FDS": "1"], first: network) == nil)
    #expect(try ServiceManager.takeSocket(environment: [:], first: network) == nil)
  }

  @Test func whatCannotBeListenedOnIsRefused() throws {
    let (idle, datagram) = (listener(isListening: false), socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
    let file = unsafe open("/dev/null", O_RDONLY)
    var pair: [Int32] = [0, 0]
    #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    defer { for descriptor in [idle, datagram, file] + pair { close(descriptor) } }
    for descriptor in [idle, datagram, file, pair[0], 999] {
      #expect(throws: UserError.self) {
        try ServiceManager.takeSocket(environment: environment(), first: descriptor)
      }
    }
    let network = listener()
    defer { close(network) }
    #expect(throws: UserError.self) { try ServiceManager.takeSocket(environment: environment(2), first: network) }
  }

  @Test(arguments: [false, true])
  func managersAreTold(isAbstract: Bool) throws {
    let name = isAbstract ? "@limn-\(UUID().uuidString)" : path()
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { (close(descriptor), unlink(name)) }
    var address = unixName(name)
    if isAbstract { unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[0] = 0 } }
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.utf8.count
    #expect(unsafe bound(descriptor, &address, socklen_t(length)))
    ServiceManager.tell("READY=1", environment: ["NOTIFY_SOCKET": name])
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    #expect(count == 7 && String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "READY=1")
  }

  @Test func nobodyNeedsToListen() {
    for name in ["", "/nowhere/socket", "relative", "vsock:2:1", String(repeating: "/x", count: 100)] {
      ServiceManager.tell("READY=1", environment: ["NOTIFY_SOCKET": name])
    }
    ServiceManager.tell("READY=1", environment: [:])
  }
}

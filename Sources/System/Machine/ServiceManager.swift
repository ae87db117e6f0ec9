import Foundation

/// What a service and its manager, such as systemd, tell each other: sd_listen_fds(3) and sd_notify(3).
package enum ServiceManager {
  /// Where descriptors begin that are handed over.
  package static let firstDescriptor: Int32 = 3

  // MARK: Sockets

  /// The socket on which this process is to listen; nil where none was handed over.
  ///
  /// - Parameters:
  ///   - process: Whom `LISTEN_PID` must name.
  ///   - first: Where descriptors begin.
  /// - Throws: ``UserError/request(_:)`` where there are several, or none that can be listened on.
  package static func takeSocket(
    environment: [String: String], process: Int32 = getpid(), first: Int32 = firstDescriptor
  ) throws(UserError) -> InheritedSocket? {
    guard let count = environment["LISTEN_FDS"].flatMap(Int.init), count > 0,
      environment["LISTEN_PID"].flatMap(Int32.init) == process
    else { return nil }
    // No program that is started from here is meant.
    for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { _ = unsafe unsetenv(name) }
    guard count == 1 else {
      throw .request(
        "\(count) sockets were handed over (LISTEN_FDS); limn listens on one: leave one ListenStream= in the socket's unit."
      )
    }
    _ = fcntl(first, F_SETFD, FD_CLOEXEC)
    return try InheritedSocket(first)
  }

  // MARK: States

  /// Tells how the service is doing, where somebody wants to know: `READY=1`, `STOPPING=1`, `STATUS=…`, a line each.
  package static func tell(
    _ state: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    let room = MemoryLayout<sockaddr_un>.size - MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
    guard bytes.count < room else { return }
    // A name without a file (abstract) begins with a zero.
    if path.hasPrefix("@") { bytes[0] = 0 }
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let message = Array(state.utf8)
    // A manager that does not listen is no reason to stop.
    _ = unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(length))
      }
    }
  }
}

/// A socket that is listened on, opened by whoever started this process.
package struct InheritedSocket: Sendable, Equatable {
  package let descriptor: Int32
  package let place: Place

  package enum Place: Sendable, Equatable {
    case network(host: String, port: Int)
    /// The path of a socket of this machine; `@name` where it is no file.
    case path(String)
  }

  /// - Throws: ``UserError/request(_:)`` where it is something else.
  init(_ descriptor: Int32) throws(UserError) {
    func option(_ name: Int32) -> Int32? {
      var value: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
    guard option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1 else {
      throw .request(
        "What was handed over (LISTEN_FDS) is no socket that listens for connections: its unit needs ListenStream=, and Accept=no."
      )
    }
    var name = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let found = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Place? in
        guard unsafe getsockname(descriptor, pointer, &length) == 0 else { return nil }
        return unsafe Self.place(pointer, length)
      }
    }
    guard let place = found else {
      throw .request("The socket that was handed over (LISTEN_FDS) is neither of the network nor of this machine.")
    }
    self.descriptor = descriptor
    self.place = place
  }

  private static func place(_ name: UnsafePointer<sockaddr>, _ length: socklen_t) -> Place? {
    switch Int32(unsafe name.pointee.sa_family) {
    case AF_UNIX:
      let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
      let all = unsafe UnsafeRawBufferPointer(start: name, count: Int(length))
      let path = unsafe Array(all.dropFirst(start))
      guard let first = path.first else { return .path("") }
      let text = String(decoding: first == 0 ? path.dropFirst() : path.prefix { $0 != 0 }, as: UTF8.self)
      return .path(first == 0 ? "@\(text)" : text)
    case AF_INET, AF_INET6:
      var (host, port) = ([CChar](repeating: 0, count: 64), [CChar](repeating: 0, count: 16))
      guard
        unsafe getnameinfo(
          name, length, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
          == 0
      else { return nil }
      func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      return Int(text(port)).map { .network(host: text(host), port: $0) }
    default: return nil
    }
  }
}

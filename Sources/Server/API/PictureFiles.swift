import Crypto
import Foundation
import History
import Images
import Synchronization
import System

extension Run {
  /// Whether these are the bytes that it wrote.
  func wrote(_ bytes: [UInt8]) -> Bool { SHA256.hash(data: bytes).hexadecimal == outputHash }

  /// The file that it wrote, where that still lies there: nothing else is ever handed out.
  ///
  /// - Throws: ``Fault`` where it is gone or another.
  func file() throws -> [UInt8] {
    guard outcome == .painted, let outputPath, let bytes = try? FileBytes.recorded(at: outputPath), wrote(bytes) else {
      throw Fault.notFound("file of that picture any more")
    }
    return bytes
  }
}

/// Small pictures for lists, kept in memory.
final class Thumbnails: Sendable {
  private static let longestSide = 320
  private static let mostBytes = 12 << 20

  private struct State {
    var known: [String: [UInt8]] = [:]
    var order: [String] = []
    var bytes = 0
  }

  private let state = Mutex(State())

  func png(of run: Run) throws -> [UInt8] {
    if let known = state.withLock({ $0.known[run.id] }) { return known }
    let picture = try Picture(bytes: run.file(), name: "The picture")
    let png = try PNGEncoder.encode(picture.shrunk(to: Self.longestSide), effort: .fast)
    state.withLock { state in
      guard state.known[run.id] == nil else { return }
      state.known[run.id] = png
      state.order.append(run.id)
      state.bytes += png.count
      while state.bytes > Self.mostBytes, let oldest = state.order.first {
        state.order.removeFirst()
        state.bytes -= state.known.removeValue(forKey: oldest)?.count ?? 0
      }
    }
    return png
  }

  func forget(_ id: String) {
    state.withLock { state in
      guard let png = state.known.removeValue(forKey: id) else { return }
      state.bytes -= png.count
      state.order.removeAll { $0 == id }
    }
  }
}

/// Addresses of pictures for clients that fetch what they are given without saying who they are: unguessable, and short-lived.
final class PictureLinks: Sendable {
  private static let seconds = 3600.0
  private static let most = 10_000
  private let links = Mutex<[String: (run: String, until: Date)]>([:])

  /// The path of a picture.
  func link(to run: String, _ format: PictureFormat) -> String {
    let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }.map { byte in
      String(UInt16(byte) + 0x100, radix: 16).dropFirst()
    }.joined()
    links.withLock { links in
      let now = Date()
      if links.count >= Self.most { links = links.filter { $0.value.until > now } }
      if links.count >= Self.most { links.removeAll() }
      links[key] = (run, now.addingTimeInterval(Self.seconds))
    }
    return "/v1/files/\(key).\(format.endings[0])"
  }

  func run(of key: String) -> String? {
    links.withLock { links in links[key].flatMap { $0.until > Date() ? $0.run : nil } }
  }
}

import Foundation
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization
import System

/// The certificate that new connections get: the one in the files, which may be renewed while the server runs.
final class CertificateInUse: Service {
  private static let pause = Duration.seconds(30)
  private let files: TLSFiles
  private let logger: Logger
  private let state: Mutex<State>

  private struct State {
    var contents: TLSFiles.Contents
    /// Of the files as they were looked at last.
    var stamps: [Stamp?]
  }

  /// Tells whether a file is still the one that was read.
  private struct Stamp: Equatable {
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    init?(_ path: String) {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { return nil }
      (inode, size) = (UInt64(status.st_ino), Int64(status.st_size))
      (seconds, nanoseconds) = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    }
  }

  /// - Parameter host: What clients call the server.
  /// - Throws: ``UserError/input(_:)`` where the files cannot be used.
  init(_ files: TLSFiles, host: String?, logger: Logger) throws(UserError) {
    let stamps = Self.stamps(files)
    let contents = try files.read()
    for sentence in files.warnings(contents, host: host) { logger.warning("\(sentence)") }
    self.files = files
    self.logger = logger
    state = Mutex(State(contents: contents, stamps: stamps))
  }

  var context: NIOSSLContext { state.withLock { $0.contents.context } }
  var validUntil: Date { state.withLock { $0.contents.validUntil } }

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      while (try? await Task.sleep(for: Self.pause)) != nil { renew() }
    }
  }

  /// Takes up what was written into the files since; what cannot be used is told, and the former one stays.
  func renew() {
    let stamps = Self.stamps(files)
    guard state.withLock({ $0.stamps != stamps }) else { return }
    do {
      let contents = try files.read()
      state.withLock { $0 = State(contents: contents, stamps: stamps) }
      logger.info("certificate renewed")
    } catch {
      // Told once for each change: a renewal writes one file after the other.
      state.withLock { $0.stamps = stamps }
      logger.warning("\(error) The one that was read before stays in use.")
    }
  }

  private static func stamps(_ files: TLSFiles) -> [Stamp?] { [Stamp(files.certificate), Stamp(files.key)] }
}

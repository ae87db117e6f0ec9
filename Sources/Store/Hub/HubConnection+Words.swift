import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import System

extension HubConnection {
  /// Why a connection failed, as it follows a host's name: "cannot be reached: connection refused".
  package static func words(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError:
      switch error {
      case .readTimeout: return "sends nothing more"
      case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
        return "cannot be reached: it does not answer"
      case .remoteConnectionClosed, .uncleanShutdown: return "closed the connection"
      case .proxyAuthenticationRequired:
        return "is reached through a proxy that wants a name and a password (http://NAME:PASSWORD@HOST:PORT)"
      case .invalidProxyResponse: return "is not reached: the proxy refuses to connect to it"
      default: return "cannot be reached: \(error.shortDescription)"
      }
    case let error as NIOConnectionError:
      if let first = error.connectionErrors.first { return words(first.error) }
      return "cannot be reached: nobody knows an address of that name"
    case let error as IOError: return "cannot be reached: \(SystemReason.words(for: error.errnoCode))"
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return isUntrusted(error)
        ? "shows a certificate that is not trusted; SSL_CERT_FILE names a file of others that are"
        : "cannot be reached: no encrypted connection came about"
    case is ChannelError: return "cannot be reached: it does not answer"
    default: return "closed the connection (\("\(error)".harmlessName))"
    }
  }

  /// Whether nothing would change by trying again.
  static func isFinal(_ error: any Error) -> Bool {
    if let error = error as? HTTPClientError { return error == .proxyAuthenticationRequired }
    return isUntrusted(error)
  }

  private static func isUntrusted(_ error: any Error) -> Bool {
    if let error = error as? NIOSSLExtraError { return error == .failedToValidateHostname }
    return error is NIOSSLError && "\(error)".contains("CERTIFICATE_VERIFY_FAILED")
  }
}

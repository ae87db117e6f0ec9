import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// How a connection is spoken to: HTTP/1.1, within TLS where there is a certificate.
struct Connection: ServerChildChannel {
  typealias Value = HTTP1Channel.Value

  let http: HTTP1Channel
  /// Nil where connections are not encrypted.
  let certificate: CertificateInUse?

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      if let certificate {
        try channel.pipeline.syncOperations.addHandlers([
          PlainRequestAnswer(), NIOSSLServerHandler(context: certificate.context),
        ])
      }
      try channel.pipeline.syncOperations.addHandler(Departure())
    }.flatMap { http.setup(channel: channel, logger: logger) }
  }

  func handle(value: Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}

/// Tells whoever speaks HTTP without TLS why nothing is answered.
private final class PlainRequestAnswer: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A record of TLS that begins a handshake.
  private static let handshake: UInt8 = 0x16
  private static let answer = """
    HTTP/1.1 400 Bad Request\r
    Content-Type: text/plain; charset=utf-8\r
    Content-Length: 63\r
    Connection: close\r
    \r
    This server speaks TLS: its address begins with https, not http
    """
  private var isAnswered = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isAnswered else { return }
    let bytes = unwrapInboundIn(data)
    guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self), first != Self.handshake,
      // Letters of a method.
      (0x41...0x5A).contains(first)
    else {
      context.fireChannelRead(data)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      return
    }
    isAnswered = true
    // Past the handler that encrypts.
    let loopBound = context.loopBound
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: Self.answer))).whenComplete { _ in
      loopBound.value.close(promise: nil)
    }
  }
}

import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Accepts connections on a socket that somebody else has opened, as systemd does. (Hummingbird's own server opens its
/// sockets itself.)
struct InheritedServer: Service {
  let descriptor: Int32
  let connection: Connection
  let mostConnections: Int
  let logger: Logger
  let onServerRunning: @Sendable (any Channel) async -> Void

  func run() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Connection.Value.self)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelInitializer { [logger, mostConnections] channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            AvailableConnectionsChannelHandler(delegate: MaximumAvailableConnections(mostConnections, logger: logger)))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { [connection, logger] channel in
        connection.setup(channel: channel, logger: logger).map { value in _ = arrived.yield(value) }
      }
      .withBoundSocket(descriptor).get()
    channel.closeFuture.whenComplete { _ in arrived.finish() }
    await withGracefulShutdownHandler {
      await onServerRunning(channel)
      await withDiscardingTaskGroup { group in
        for await arrival in arrivals { group.addTask { await serve(arrival) } }
      }
    } onGracefulShutdown: {
      // Whoever comes now waits in the socket until the next start.
      channel.close(promise: nil)
    }
    try? await channel.close()
  }

  private func serve(_ arrival: Connection.Value) async {
    await withGracefulShutdownHandler {
      await connection.handle(value: arrival, logger: logger)
    } onGracefulShutdown: {
      // A request in work is answered first.
      arrival.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }
}

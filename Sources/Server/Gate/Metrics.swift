import Synchronization
import System

/// Figures for Prometheus (text format 0.0.4).
final class Metrics: Sendable {
  private struct Key: Hashable {
    let method: String
    let route: String
    let status: Int
  }

  private struct Values {
    var requests: [Key: Int] = [:]
    var seconds: [Key: Double] = [:]
    var pictures: [String: Int] = [:]
    var paintingSeconds = 0.0
  }

  private let values = Mutex(Values())

  func answered(method: String, route: String, status: Int, seconds: Double) {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    let key = Key(method: known.contains(method) ? method : "other", route: route, status: status)
    values.withLock { values in
      values.requests[key, default: 0] += 1
      values.seconds[key, default: 0] += seconds
    }
  }

  /// - Parameter outcome: painted, refused, failed or stopped.
  func painted(_ outcome: String, seconds: Double) {
    values.withLock { values in
      values.pictures[outcome, default: 0] += 1
      values.paintingSeconds += seconds
    }
  }

  func text(waiting: Int, painting: Int) -> String {
    let values = values.withLock { $0 }
    var lines: [String] = []
    func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)]) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
      lines += samples.map { "\(name)\($0.labels) \($0.value)" }
    }
    func labels(_ key: Key) -> String {
      "{method=\"\(key.method)\",route=\"\(key.route)\",status=\"\(key.status)\"}"
    }
    let keys = values.requests.keys.sorted { labels($0) < labels($1) }
    family(
      "limn_http_requests_total", "counter", "Requests that were answered.",
      keys.map { (labels($0), "\(values.requests[$0] ?? 0)") })
    family(
      "limn_http_request_seconds_total", "counter", "Time until the head of the answer.",
      keys.map { (labels($0), "\(values.seconds[$0] ?? 0)") })
    family(
      "limn_pictures_total", "counter", "Pictures by how they ended.",
      ["painted", "changed", "refused", "failed", "stopped"].map {
        ("{outcome=\"\($0)\"}", "\(values.pictures[$0] ?? 0)")
      })
    family("limn_painting_seconds_total", "counter", "Time spent painting.", [("", "\(values.paintingSeconds)")])
    family("limn_queue_pictures", "gauge", "Pictures that wait to be painted.", [("", "\(waiting)")])
    family("limn_painting_pictures", "gauge", "Pictures that are being painted.", [("", "\(painting)")])
    if let bytes = Machine.current.residentMemory {
      family("process_resident_memory_bytes", "gauge", "Memory in use.", [("", "\(bytes)")])
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

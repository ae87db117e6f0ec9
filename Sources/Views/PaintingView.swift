import Engine
import Foundation
import Images
import Options
import Painting
import Synchronization
import System
import Terminal

/// What a person sees of painting: a bar and previews on standard error, results on standard output.
package final class PaintingView: Sendable {
  private struct State {
    var bar: ProgressBar
    var preview: Preview
    var said: Set<String> = []
    var isRefused = false
  }

  private let request: PictureRequest
  private let output: OutputOptions
  private let state: Mutex<State>

  package init(_ request: PictureRequest, _ output: OutputOptions) {
    self.request = request
    self.output = output
    var said: Set<String> = []
    // Said when the prompt was approved.
    for warning in [request.order.prompt.warning, request.order.shortfall].compactMap(\.self) { said.insert(warning) }
    state = Mutex(
      State(
        bar: ProgressBar(isShown: Console.canRedraw && !output.quiet),
        preview: Preview(output.preview ?? .none, isQuiet: output.quiet, showsSteps: output.previewSteps), said: said))
  }

  /// Whether a picture was withheld or blurred.
  package var isRefused: Bool { state.withLock { $0.isRefused } }

  package func clear() { state.withLock { $0.bar.clear() } }

  package func show(_ event: PaintingEvent) throws {
    try state.withLock { state in
      switch event {
      case .progress(let picture, let candidate, let step):
        progress(step, label: label(picture, candidate), &state)
      case .painted(let picture): try painted(picture, &state)
      case .withheld(let refusal):
        // Another seed may well do.
        state.bar.clear()
        Console.error("\(refusal)")
        state.isRefused = true
      }
    }
  }

  /// Which picture this is, before the bar.
  private func label(_ picture: Int, _ candidate: Int) -> String {
    let label = request.count > 1 ? "\(picture + 1)/\(request.count)" : "painting"
    return request.candidates > 1 ? "\(label) \(candidate + 1)/\(request.candidates)" : label
  }

  private func progress(_ step: Painter.Progress, label: String, _ state: inout State) {
    switch step {
    case .loading: state.bar.stage("loading \(request.model.model.name)")
    case .encoding(let done, let total):
      state.bar.stage("reading the prompt" + (total > 0 ? " \(done)/\(total)" : ""))
    case .sampling(let done, let total, let picture):
      state.bar.step(done, of: total, prefix: label)
      if state.preview.wants(step: done, of: total), let picture = picture() {
        state.bar.clear()
        state.preview.show(picture, size: request.order.size.painted, isFinal: false)
        state.bar.step(done, of: total, prefix: label)
      }
    case .decoding: state.bar.stage("developing")
    case .restyling: state.bar.stage("restyling")
    case .enlarging(let done, let total): state.bar.stage("enlarging \(done)/\(total)")
    }
  }

  private func painted(_ picture: PaintedPicture, _ state: inout State) throws {
    state.bar.clear()
    if !output.quiet {
      for warning in picture.painting.warnings where state.said.insert(warning).inserted {
        Console.warning(warning.asFlags)
      }
    }
    if picture.painting.isBlurred { state.isRefused = true }
    state.preview.show(picture.painting.picture.onWhite, size: request.order.size.painted, isFinal: true)
    if output.verbose { Console.note(picture.painting.timings.sentence) }
    if output.json {
      try Console.result(picture.record.json)
    } else if let path = picture.path, !output.quiet {
      // A result when piped, a note when a person watches: either way the path.
      try Console.result(Console.named(path))
    }
  }
}

extension StageTimings {
  /// `load 0.10 s, encode 0.01 s, sample 0.93 s, decode 0.05 s, write 0.01 s; 1.10 s in all`
  package var sentence: String {
    let stages: [(String, Double?)] = [
      ("load", load), ("encode", encode), ("sample", sample), ("decode", decode), ("judge", judge), ("write", write),
    ]
    let parts = stages.compactMap { name, seconds in seconds.map { "\(name) \(Duration.brief($0))" } }
      .joined(separator: ", ")
    return "\(parts); \(Duration.brief(total)) in all"
  }
}

import Engine
import Images
import Options
import Painting
import Remote
import Synchronization
import System
import Terminal

/// What a person sees of painting elsewhere: the same as ``PaintingView`` shows of painting here.
package final class RemoteView: Sendable {
  private struct State {
    var bar: ProgressBar
    var preview: Preview
    var size: PictureSize?
    var said: Set<String> = []
    /// Which picture the bar counts the steps of.
    var begun = -1
    var isRefused = false
  }

  private let settings: PictureSettings
  private let output: OutputOptions
  private let state: Mutex<State>

  package init(_ settings: PictureSettings, _ output: OutputOptions) {
    (self.settings, self.output) = (settings, output)
    state = Mutex(
      State(
        bar: ProgressBar(isShown: Console.canRedraw && !output.quiet),
        preview: Preview(output.preview ?? .none, isQuiet: output.quiet, showsSteps: output.previewSteps)))
  }

  /// Whether a picture was withheld or blurred.
  package var isRefused: Bool { state.withLock { $0.isRefused } }

  package func clear() { state.withLock { $0.bar.clear() } }

  /// The server has let the pictures in.
  package func begin(_ check: RemoteCheck) {
    state.withLock { state in
      state.size = check.summary.size
      warn(check.warnings, &state)
    }
  }

  package func show(_ event: RemoteEvent) throws {
    try state.withLock { state in
      switch event {
      case .waiting(let position, let seconds):
        let time = seconds.map { ", \(Duration.brief($0)) to go" } ?? ""
        state.bar.stage(position > 0 ? "waiting, \(position) before it\(time)" : "waiting\(time)")
      case .step(let picture, let done, let total):
        // The first report of a picture starts its clock.
        if state.begun != picture {
          state.begun = picture
          state.bar.step(0, of: total, prefix: label(picture))
        }
        state.bar.step(done, of: total, prefix: label(picture))
      case .preview(let picture):
        guard let size = state.size else { return }
        state.bar.clear()
        state.preview.show(picture, size: size, isFinal: false)
      case .painted(let picture): try painted(picture, &state)
      case .withheld(let sentence):
        state.bar.clear()
        Console.error(sentence)
        state.isRefused = true
      }
    }
  }

  private func label(_ picture: Int) -> String {
    settings.count > 1 ? "\(picture + 1)/\(settings.count)" : "painting"
  }

  private func warn(_ warnings: [String], _ state: inout State) {
    guard !output.quiet else { return }
    for warning in warnings where state.said.insert(warning).inserted { Console.warning(warning.asFlags) }
  }

  private func painted(_ picture: RemotePicture, _ state: inout State) throws {
    state.bar.clear()
    warn(picture.warnings, &state)
    if picture.isBlurred { state.isRefused = true }
    var path: String?
    switch output.place(of: settings, seed: picture.seed) {
    case .file(let wanted, let collision):
      path = try AtomicFile.save(picture.bytes, to: wanted, ifTaken: collision)
    case .stream(let write): try write(picture.bytes)
    }
    if let shown = try? Picture(bytes: picture.bytes, name: "The picture") {
      state.preview.show(shown, size: state.size ?? shown.size, isFinal: true)
    }
    if output.verbose { Console.note(picture.timings.sentence) }
    if output.json {
      try Console.result(picture.record(path: path ?? "-").json)
    } else if let path, !output.quiet {
      try Console.result(Console.named(path))
    }
  }
}

import Foundation
import Images
import System

/// A page that shows the pictures of a batch where they lie, with what they were asked for.
struct Gallery {
  let pictures: [ShownPicture]

  init(_ pictures: [ShownPicture]) {
    self.pictures = pictures
  }

  /// - Parameter path: The page's own place; links lead from there.
  func save(to path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let figures = pictures.map { figure($0, from: folder) }.joined(separator: "\n")
    try AtomicFile.save(Array(page(figures).utf8), to: path, ifTaken: .replace)
  }

  private func figure(_ shown: ShownPicture, from folder: URL) -> String {
    let summary = shown.job.summary
    let link = escaped(Gallery.link(to: shown.path, from: folder))
    let prompt = escaped(summary.prompt)
    var details = [
      "seed \(summary.settings.seed ?? 0)", "\(summary.steps) steps",
      "guidance \(summary.guidance.formatted())", "\(summary.size)", summary.model,
    ]
    if let style = summary.style { details.insert(style, at: 0) }
    return """
      <figure id="p\(shown.job.index)">
      <a href="\(link)"><img src="\(link)" alt="\(prompt)" width="\(summary.size.width)" height="\(summary.size.height)" loading="lazy"></a>
      <figcaption><span>\(prompt)</span><small>\(escaped(details.joined(separator: " · ")))</small></figcaption>
      </figure>
      """
  }

  private func page(_ figures: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(pictures.count) pictures by limn</title>
    <style>
    :root { color-scheme: light dark; --ground: light-dark(#f6f6f4, #1d1e20); --card: light-dark(#fff, #292a2d);
      --text: light-dark(#222, #e8e8e6); --quiet: light-dark(#5c5c58, #a9a9a5); }
    body { margin: 0; padding: 1.5rem; background: var(--ground); color: var(--text); font: 16px/1.4 system-ui, sans-serif; }
    h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 1rem; }
    main { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
    figure { margin: 0; background: var(--card); border-radius: .5rem; overflow: hidden; }
    img { display: block; width: 100%; height: auto; }
    figcaption { padding: .6rem .75rem .75rem; overflow-wrap: anywhere; }
    figcaption span, figcaption small { display: block; }
    small { color: var(--quiet); font-size: .8rem; margin-top: .25rem; }
    @media print { body { padding: 0; } figure { break-inside: avoid; } }
    </style>
    </head>
    <body>
    <h1>\(pictures.count) pictures</h1>
    <main>
    \(figures)
    </main>
    </body>
    </html>

    """
  }

  /// A relative link where both lie under the same folder, each part of the path escaped.
  private static func link(to path: String, from folder: URL) -> String {
    let target = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
    let base = folder.standardizedFileURL.pathComponents
    let shared = zip(target, base).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: base.count - shared) + target[shared...]
    return steps.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", ".", "_"])) ?? $0 }
      .joined(separator: "/")
  }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

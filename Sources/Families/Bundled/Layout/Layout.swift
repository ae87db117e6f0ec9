import Images
import Tensors

/// Where the things of a prompt lie, for models that paint one thing at a time: each is painted by itself, in a window of
/// the picture, and all are decoded together.
package struct Layout: Sendable, Hashable {
  /// What is painted in each window, row by row.
  let things: [String]
  /// The name of the plain background that was asked for; white where none was.
  package let background: String
  /// Where the things are; nil for a plain background.
  let place: Place?
  /// The name of the plain background that all windows share while they are painted.
  var ground: String
  private let form: PromptPhrase.Form
  /// Windows in each row, from the top.
  private let rows: [Int]

  /// Where a prompt names none.
  static let standardBackground = "white"

  /// The most things that a picture holds.
  package static let most = 9

  /// What a prompt asks to be laid out.
  package enum Reading: Sendable, Hashable {
    /// The prompt names one thing, or is not understood.
    case whole
    case things(Layout)
    /// More things than a picture holds.
    case tooMany

    /// The layout of several things.
    package var layout: Layout? { if case .things(let layout) = self { layout } else { nil } }
  }

  /// The prompt of each window.
  package var prompts: [String] {
    things.map { form.applied(to: "\($0) on \(Plural.withArticle(ground)) background") }
  }

  /// Reads a prompt such as "three apples", "a cat and a dog on a blue background" or "a bird above a house, flat".
  ///
  /// - Parameters:
  ///   - prompt: With its style.
  ///   - backgrounds: Names of colours that the model knows as backgrounds.
  ///   - places: Names of places, with ways of asking for them.
  ///   - isKnown: Whether a word is one of the model's: plurals that are name one thing ("grapes").
  static func reading(
    _ prompt: String, backgrounds: Set<String>, places: [String: [String]] = [:],
    isKnown: @escaping (_ word: String) -> Bool
  ) -> Reading {
    var phrase = PromptPhrase(prompt.lowercased(), isKnown: isKnown)
    let background = phrase.takeBackground(among: backgrounds)
    let place = background == nil ? phrase.takePlace(among: places).flatMap(Place.init) : nil
    guard let (things, direction) = phrase.things(), things.count > 1 || place?.isTaught == false else { return .whole }
    guard things.count <= most else { return .tooMany }
    return .things(Layout(things, direction, on: background ?? standardBackground, in: place, form: phrase.form))
  }

  private init(
    _ things: [String], _ direction: PromptPhrase.Direction, on background: String, in place: Place?,
    form: PromptPhrase.Form
  ) {
    self.things = things
    self.background = background
    self.place = place
    self.form = form
    ground = background
    rows =
      switch direction {
      case .across: [things.count]
      case .down: Array(repeating: 1, count: things.count)
      case .free: []
      }
  }

  /// A canvas of about an aspect that holds all windows, and where they lie, in the unit of `window`.
  ///
  /// - Parameters:
  ///   - window: Edge of the square in which the model paints a thing.
  func canvas(_ aspect: AspectRatio, window: Int) -> Canvas {
    let candidates = rows.isEmpty ? Layout.arrangements(of: prompts.count) : [rows]
    let canvases = candidates.map {
      Canvas(rows: $0, aspect: aspect, window: window, isStanding: place?.hasGround ?? false)
    }
    return canvases.min { $0.height * $0.width < $1.height * $1.width } ?? canvases[0]
  }

  /// All ways to lay so many windows into rows of nearly equal length.
  private static func arrangements(of count: Int) -> [[Int]] {
    (1...count).map { rows in
      // The longer rows below.
      (0..<rows).map { count / rows + ($0 >= rows - count % rows ? 1 : 0) }
    }
  }

  /// Windows on a canvas, in whatever unit the window was given.
  package struct Canvas: Sendable, Hashable {
    package let width: Int
    package let height: Int
    let origins: [Origin]

    struct Origin: Sendable, Hashable {
      let left: Int
      let top: Int
    }

    /// - Parameter isStanding: Whether what lies lowest is to stand near the lower edge.
    init(rows: [Int], aspect: AspectRatio, window: Int, isStanding: Bool = false) {
      let (columns, lines) = ((rows.max() ?? 1) * window, rows.count * window)
      // Even, so that whatever is left lies on both sides.
      let width = max(columns, Int((Double(lines) * aspect.value).rounded())).roundedUp(to: 2)
      let height = max(lines, Int((Double(columns) / aspect.value).rounded())).roundedUp(to: 2)
      self.width = width
      self.height = height
      // Room that is left over is shared by the spaces between the windows and at the edges.
      let fall = isStanding ? (height - rows.count * window) * 4 / 5 : nil
      origins = rows.enumerated().flatMap { row, count in
        (0..<count).map { column in
          Origin(
            left: Canvas.place(column, of: count, window: window, in: width),
            top: fall.map { $0 + row * window } ?? Canvas.place(row, of: rows.count, window: window, in: height))
        }
      }
    }

    private static func place(_ index: Int, of count: Int, window: Int, in length: Int) -> Int {
      let room = length - count * window
      return index * window + room * (index + 1) / (count + 1)
    }
  }
}

extension Tensor {
  /// A window with the shade of its background brought to that of a plain one: each channel moved by the median difference
  /// along the edge, where the thing in the window seldom reaches.
  func levelled(to plain: Tensor) -> Tensor {
    precondition(shape == plain.shape && rank == 4 && shape[0] == 1, "levelled: \(shape) to \(plain.shape)")
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    let (own, other) = (values, plain.values)
    let edge = (0..<height * width).filter {
      let (row, column) = $0.quotientAndRemainder(dividingBy: width)
      return row == 0 || column == 0 || row == height - 1 || column == width - 1
    }
    let offsets = (0..<channels).map { channel in
      edge.map { own[$0 * channels + channel] - other[$0 * channels + channel] }.sorted()[edge.count / 2]
    }
    return Tensor(shape: shape, values: own.indices.map { own[$0] - offsets[$0 % channels] })
  }

  /// A feature map with another laid over it, from (`top`, `left`).
  func pasting(_ part: Tensor, top: Int, left: Int) -> Tensor {
    precondition(
      rank == 4 && part.shape[1] + top <= shape[1] && part.shape[2] + left <= shape[2] && part.shape[3] == shape[3],
      "pasting: \(part.shape) at \(top), \(left) into \(shape)")
    var result = values
    let source = part.values
    let length = part.shape[2] * part.shape[3]
    for row in 0..<part.shape[1] {
      let start = ((top + row) * shape[2] + left) * shape[3]
      result.replaceSubrange(start..<start + length, with: source[row * length..<(row + 1) * length])
    }
    return Tensor(shape: shape, values: result)
  }
}

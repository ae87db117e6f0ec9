import Families

/// How a picture takes on the style of another.
package enum StyleMethod: String, CaseIterable, Sendable, SettingValue {
  /// It is painted over, by Magenta's network.
  case magenta
  /// While it is painted, self-attention looks at the other one too.
  case attention
}

extension PictureSettings {
  /// The method where none is named. Attention paints in the style, where Magenta's network lays colours and texture over; but it needs
  /// a model that has it, steps enough to take the style on, and one picture.
  func standardStyleMethod(_ model: Model, isGuided: Bool) -> StyleMethod {
    let suits =
      model.family.attendsToStyles && isGuided && (steps ?? 0) >= Self.fewestStyleSteps && styleFrom.paths.count == 1
      && deepCache == 1
    return suits ? .attention : .magenta
  }

  private static let fewestStyleSteps = 10
}

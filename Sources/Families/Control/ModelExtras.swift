/// Networks that a model is opened with beside its own: files or folders, or names of such.
package struct ModelExtras: Sendable, Hashable {
  /// Those that control its denoiser.
  package var controls: [String]
  /// IP-Adapters.
  package var pictureAdapters: [String]
  /// Folders in which vision towers for those may lie, beside the usual places.
  package var visionTowers: [String]

  package init(controls: [String] = [], pictureAdapters: [String] = [], visionTowers: [String] = []) {
    (self.controls, self.pictureAdapters, self.visionTowers) = (controls, pictureAdapters, visionTowers)
  }

  /// Whether none is wanted.
  var isEmpty: Bool { controls.isEmpty && pictureAdapters.isEmpty }

  /// Where the vision tower of an IP-Adapter's file may lie: as `image_encoder` beside it, as in h94's repository for both kinds of
  /// models, in the model's own folder, or in the folder for such.
  func encoders(beside path: String, _ model: String) -> [String] {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let beside = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
    let places = [beside, "\(beside)/../models", "\(beside)/../sdxl_models", model]
    return places.map { "\($0)/image_encoder" } + visionTowers
  }
}

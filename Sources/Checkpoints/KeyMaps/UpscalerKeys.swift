import JSON
import Tensors

/// Networks that enlarge pictures, under the names that people's files have; Real-ESRGAN's are those of limn.
///
/// Sources: `RRDBNet_arch.py` of xinntao/ESRGAN (`RRDB_trunk`, `upconv1`), its older form (`model.1.sub.0.RDB1.conv1.0`) and
/// `rrdbnet_arch.py` of XPixelGroup/BasicSR.
enum UpscalerKeys {
  private static let mostBlocks = 64
  private static let mostDoublings = 3

  /// What the tensors begin with in files that hold a training's state.
  static let prefixes = ["", "params_ema.", "params.", "module.", "netG.", "model_g."]

  /// Nil where the names are of no such network.
  static func map(_ names: [String], prefix: String) -> KeyMap? {
    let known = Set(names)
    func has(_ name: String) -> Bool { known.contains("\(prefix)\(name).weight") }
    if has("model.0"), has("model.1.sub.0.RDB1.conv1.0") { return sequential(has) }
    if has("RRDB_trunk.0.RDB1.conv1") { return trunk }
    if has("body.0.rdb1.conv1") { return own }
    if has("body.0") { return KeyMap(["body": "body"]) }
    return nil
  }

  private static var own: KeyMap {
    var map = KeyMap(["conv_first": "conv_first", "body": "body", "conv_body": "conv_body"])
    for doubling in 1...mostDoublings { map.add("conv_up\(doubling)", "conv_up\(doubling)") }
    map.add("conv_hr", "conv_hr")
    map.add("conv_last", "conv_last")
    return map
  }

  private static var trunk: KeyMap {
    var map = KeyMap([
      "conv_first": "conv_first", "trunk_conv": "conv_body", "HRconv": "conv_hr", "conv_last": "conv_last",
    ])
    for doubling in 1...mostDoublings { map.add("upconv\(doubling)", "conv_up\(doubling)") }
    addBlocks(to: &map, "RRDB_trunk", ending: "")
    return map
  }

  /// A sequence of modules: convolution, blocks, then doubling, convolution and activation again and again.
  private static func sequential(_ has: (String) -> Bool) -> KeyMap {
    let blocks = (0..<mostBlocks).prefix { has("model.1.sub.\($0).RDB1.conv1.0") }.count
    var map = KeyMap(["model.0": "conv_first", "model.1.sub.\(blocks)": "conv_body"])
    addBlocks(to: &map, "model.1.sub", ending: ".0")
    var doublings = 0
    while doublings < mostDoublings, has("model.\(3 * doublings + 3)") {
      doublings += 1
      map.add("model.\(3 * doublings)", "conv_up\(doublings)")
    }
    map.add("model.\(3 * doublings + 2)", "conv_hr")
    map.add("model.\(3 * doublings + 4)", "conv_last")
    return map
  }

  private static func addBlocks(to map: inout KeyMap, _ blocks: String, ending: String) {
    for block in 0..<mostBlocks {
      for dense in 1...3 {
        for convolution in 1...5 {
          map.add(
            "\(blocks).\(block).RDB\(dense).conv\(convolution)\(ending)", "body.\(block).rdb\(dense).conv\(convolution)"
          )
        }
      }
    }
  }

  /// The class and its settings, from shapes under limn's names; nil where they are of no network that limn runs.
  static func configuration(of source: RenamedSource) -> JSONValue? {
    source.shape("conv_first.weight") == nil ? compact(source) : denseBlocks(source)
  }

  private static func denseBlocks(_ source: RenamedSource) -> JSONValue? {
    let doublings = source.count("conv_up#.weight", from: 1)
    let channels = source.extent(1, "conv_first.weight")
    guard let unshuffle = [1, 2, 4].first(where: { 3 * $0 * $0 == channels }), unshuffle <= 1 << doublings,
      source.extent(0, "conv_last.weight") == 3
    else { return nil }
    return [
      "_class_name": "RRDBNet", "num_feat": .integer(source.extent(0, "conv_first.weight")),
      "num_grow_ch": .integer(source.extent(0, "body.0.rdb1.conv1.weight")),
      "num_block": .integer(source.count("body.#.rdb1.conv1.weight")), "num_up": .integer(doublings),
      "scale": .integer((1 << doublings) / unshuffle),
    ]
  }

  private static func compact(_ source: RenamedSource) -> JSONValue? {
    let places = source.count("body.#.weight")
    // PReLU stands between the convolutions; networks with activations of another kind have gaps there.
    guard places > 2, places % 2 == 1, source.shape("body.1.weight")?.count == 1,
      let upscale = (2...8).first(where: { 3 * $0 * $0 == source.extent(0, "body.\(places - 1).weight") })
    else { return nil }
    return [
      "_class_name": "SRVGGNetCompact", "num_feat": .integer(source.extent(0, "body.0.weight")),
      "num_conv": .integer(places / 2 - 1), "upscale": .integer(upscale),
    ]
  }
}

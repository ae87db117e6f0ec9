import Engine
import Families
import Foundation
import Images
import JSON
import Painting
import Synchronization
import System

/// The models of this installation, as people choose among them.
final class Catalogue: Sendable {
  /// A model by what a form needs of it.
  struct Entry: Sendable {
    let name: String
    let family: String
    let defaults: Defaults
    let referenceUse: ReferenceUse
    let maskUse: MaskUse
    /// Whether networks exist that pictures could control it by.
    let isControllable: Bool
    /// Whether it can leave a picture's background out.
    let cutsOut: Bool
    fileprivate let file: String

    /// Of the file that names it.
    var bytes: Int? { (try? FileManager.default.attributesOfItem(atPath: file)[.size]) as? Int }
  }

  let defaultName: String
  private let catalog: ModelCatalog
  /// By path: opening one takes a while.
  private let known = Mutex<[String: Entry?]>([:])

  /// - Parameter defaultModel: Where nobody names one; nil for the bundled one.
  init(_ catalog: ModelCatalog, defaultModel: String?) {
    self.catalog = catalog
    defaultName = defaultModel ?? ModelCatalog.bundledName
  }

  /// Those that can be opened, the default first.
  var entries: [Entry] {
    var places = catalog.entries
    if !places.contains(where: { $0.name == defaultName }), let own = try? catalog.find(defaultName) {
      places.insert(own, at: 0)
    }
    let found = places.compactMap(entry)
    return found.filter { $0.name == defaultName } + found.filter { $0.name != defaultName }
  }

  func entry(named name: String?) -> Entry? { entries.first { $0.name == name ?? defaultName } }

  private func entry(_ place: ModelCatalog.Entry) -> Entry? {
    if let entry = known.withLock({ $0[place.path] }) { return entry }
    let entry = (try? catalog.open(place)).map { model in
      Entry(
        name: place.name == catalog.find(orNil: defaultName)?.name ? defaultName : place.name,
        family: type(of: model.family).name, defaults: model.defaults, referenceUse: model.family.referenceUse,
        maskUse: model.family.maskUse, isControllable: model.family.controlBase != nil, cutsOut: model.family.cutsOut,
        file: FileTree.place(of: model.hashedFile).path)
    }
    known.withLock { $0[place.path] = .some(entry) }
    return entry
  }
}

extension ModelCatalog {
  fileprivate func find(orNil name: String) -> Entry? { try? find(name) }
}

extension Catalogue.Entry {
  /// - Parameters:
  ///   - controls: Whether the server has networks that pictures control by.
  ///   - restyles: Whether it can paint pictures over in the style of others.
  func json(isDefault: Bool, controls: Bool, restyles: Bool) -> JSONValue {
    var supports: [JSONValue] = ["negative"]
    if referenceUse == .start { supports += ["reference"] } else { supports += ["edit"] }
    if case .none = maskUse {} else { supports.append("mask") }
    if restyles { supports.append("style") }
    if controls, isControllable { supports.append("control") }
    if cutsOut { supports.append("transparent") }
    return [
      "name": .string(name), "title": .string(isDefault && name == ModelCatalog.bundledName ? "limn's own" : name),
      "default": .bool(isDefault), "family": .string(family), "steps": .integer(defaults.steps),
      "guidance": .number(defaults.guidance),
      "sizes": .array(sizes.map { [.integer($0.width), .integer($0.height)] }), "supports": .array(supports),
      "styles": .array(defaults.styles.map { .string($0.name) }),
    ]
  }

  /// Sizes that it paints well, as they are written.
  var sizes: [PictureSize] {
    guard defaults.learnedSizes.isEmpty else { return defaults.learnedSizes.map(written) }
    return AspectRatio.common.compactMap { AspectRatio($0) }.map(size)
  }

  func size(_ aspect: AspectRatio) -> PictureSize {
    let learned = defaults.learnedSizes.min { $0.aspect.distance(to: aspect) < $1.aspect.distance(to: aspect) }
    return written(learned ?? .bucket(aspect, pixels: defaults.nativePixels, multiple: defaults.sizeMultiple))
  }

  private func written(_ size: PictureSize) -> PictureSize {
    PictureSize(width: size.width * defaults.enlargement, height: size.height * defaults.enlargement)
  }
}

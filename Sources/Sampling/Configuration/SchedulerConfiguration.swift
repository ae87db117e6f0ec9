#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A checkpoint's `scheduler_config.json` as it was written: only the keys that the file names.
///
/// Which default an absent key takes depends on the sampler that is made from it, see ``SchedulerSettings``.
package struct SchedulerConfiguration: Sendable, Equatable {
  /// The diffusers class that the checkpoint names, such as `PNDMScheduler`.
  package var className: String?
  private(set) var values: [ConfigurationKey: ConfigurationValue]

  /// A configuration of the given keys (JSON's spelling); unknown keys are ignored.
  package init(className: String? = nil, _ values: [String: ConfigurationValue] = [:]) {
    self.className = className
    self.values = [:]
    for (name, value) in values {
      if let key = ConfigurationKey(rawValue: name) { self.values[key] = value }
    }
  }

  /// Reads the text of a `scheduler_config.json`.
  ///
  /// Python writes infinities as `-Infinity`, which JSON5 allows. Keys that `_use_default_values` lists count as absent,
  /// as in diffusers' `ConfigMixin.extract_init_dict`.
  /// - Throws: ``SamplingError`` where the text is not a JSON object.
  package init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let entries: [String: ConfigurationValue]
    do {
      entries = try decoder.decode([String: ConfigurationValue].self, from: Data(json))
    } catch {
      throw SamplingError.configuration("The text is not a JSON object; expected one as diffusers writes it.")
    }
    self.init(decoded: entries)
  }

  /// The configuration of a decoded JSON object.
  package init(decoded entries: [String: ConfigurationValue]) {
    self.init(entries)
    if case .text(let name) = entries["_class_name"] { className = name }
    if case .list(let names) = entries["_use_default_values"] {
      for case .text(let name) in names {
        if let key = ConfigurationKey(rawValue: name) { values[key] = nil }
      }
    }
  }

  subscript(key: ConfigurationKey) -> ConfigurationValue? {
    get { values[key] }
    set { values[key] = newValue }
  }
}

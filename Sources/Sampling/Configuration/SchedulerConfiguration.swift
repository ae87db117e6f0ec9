import JSON

/// A checkpoint's `scheduler_config.json` as it was written: only the keys that the file names.
///
/// Which default an absent key takes depends on the sampler that is made from it, see ``SchedulerSettings``.
package struct SchedulerConfiguration: Sendable, Equatable {
  /// The diffusers class that the checkpoint names, such as `PNDMScheduler`.
  package var className: String?
  private(set) var values: [ConfigurationKey: JSONValue]

  /// Takes a `scheduler_config.json`; unknown keys are ignored.
  ///
  /// Keys that `_use_default_values` lists count as absent, as in diffusers' `ConfigMixin.extract_init_dict`.
  /// - Throws: ``SamplingError`` where it is not a JSON object.
  package init(_ json: JSONValue) throws {
    guard let entries = json.object else {
      throw SamplingError.configuration("It is not a JSON object; expected one as diffusers writes it.")
    }
    className = entries["_class_name"]?.string
    values = [:]
    let absent = entries["_use_default_values"]?.array ?? []
    for (name, value) in entries where !absent.contains(.string(name)) {
      if let key = ConfigurationKey(rawValue: name) { values[key] = value }
    }
  }

  subscript(key: ConfigurationKey) -> JSONValue? {
    get { values[key] }
    set { values[key] = newValue }
  }
}

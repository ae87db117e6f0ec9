/// A CLIP model with both its halves (transformers' `CLIPConfig`).
package struct CLIPConfiguration: NetworkConfiguration {
  package let text: CLIPTextConfiguration
  package let vision: CLIPVisionConfiguration
  let projectionDim: Int

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CLIPConfigurationKeys.self)
    text = try values.half(.textConfig, older: .textConfigDict)
    vision = try values.half(.visionConfig, older: .visionConfigDict)
    projectionDim = try values.decodeIfPresent(Int.self, forKey: .projectionDim) ?? 512
  }

  package func validate() throws {
    try requirePositive(["projection_dim": projectionDim])
    try text.validate()
    try vision.validate()
  }
}

/// What a safety checker's `config.json` says that matters here: a `CLIPConfig` whose text half goes unused.
package struct SafetyCheckerConfiguration: NetworkConfiguration {
  package let vision: CLIPVisionConfiguration
  let projectionDim: Int

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CLIPConfigurationKeys.self)
    vision = try values.half(.visionConfig, older: .visionConfigDict)
    projectionDim = try values.decodeIfPresent(Int.self, forKey: .projectionDim) ?? 512
  }

  package func validate() throws {
    try requirePositive(["projection_dim": projectionDim])
    try vision.validate()
    try vision.requirePictures()
  }
}

private enum CLIPConfigurationKeys: CodingKey {
  case textConfig, textConfigDict, visionConfig, visionConfigDict, projectionDim
}

extension KeyedDecodingContainer<CLIPConfigurationKeys> {
  /// Old files say the same twice; what stands under the older name counts, as in transformers.
  fileprivate func half<Half: NetworkConfiguration>(_ key: Key, older: Key) throws -> Half {
    if let half = try decodeIfPresent(Half.self, forKey: older) { return half }
    return try decode(Half.self, forKey: key)
  }
}

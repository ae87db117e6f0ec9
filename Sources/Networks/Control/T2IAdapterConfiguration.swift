/// The shape of a T2I-Adapter (diffusers' `T2IAdapter`).
package struct T2IAdapterConfiguration: NetworkConfiguration {
  enum Form: String, Sendable, CaseIterable {
    case full = "full_adapter"
    /// Two of its levels are of one size, as SDXL's are.
    case xl = "full_adapter_xl"
    /// Fewer channels inside than outside.
    case light = "light_adapter"
  }

  /// Of the picture: 3, or 1 for grey ones.
  let inChannels: Int
  /// Of the feature maps, outermost first; the light form has one more of the last.
  package let channels: [Int]
  let numResBlocks: Int
  /// Pixels of the picture a place of the first feature map, along each side.
  package let downscaleFactor: Int
  let form: Form
  private let formName: String

  private enum CodingKeys: CodingKey { case inChannels, channels, numResBlocks, downscaleFactor, adapterType }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    inChannels = try values.decodeIfPresent(Int.self, forKey: .inChannels) ?? 3
    channels = try values.decodeIfPresent([Int].self, forKey: .channels) ?? [320, 640, 1280, 1280]
    numResBlocks = try values.decodeIfPresent(Int.self, forKey: .numResBlocks) ?? 2
    downscaleFactor = try values.decodeIfPresent(Int.self, forKey: .downscaleFactor) ?? 8
    formName = try values.decodeIfPresent(String.self, forKey: .adapterType) ?? Form.full.rawValue
    form = Form(rawValue: formName) ?? .full
  }

  package func validate() throws {
    guard Form(rawValue: formName) != nil else {
      let known = Form.allCases.map(\.rawValue).joined(separator: ", ")
      throw NetworkError.configuration("`adapter_type` is \"\(formName)\"; expected one of \(known).")
    }
    guard inChannels == 1 || inChannels == 3 else {
      throw NetworkError.configuration("`in_channels` is \(inChannels); expected 1 or 3.")
    }
    guard (1...256).contains(downscaleFactor), (1...64).contains(numResBlocks) else {
      throw NetworkError.configuration("`downscale_factor` or `num_res_blocks` is out of range.")
    }
    try requireLevels(channels.count)
    for count in channels { try requirePositive(["one of the numbers in channels": count]) }
    guard form != .light || channels.allSatisfy({ $0 % 4 == 0 }) else {
      throw NetworkError.configuration("`channels` are \(channels); expected multiples of 4.")
    }
  }

  /// Channels of each feature map.
  package var featureChannels: [Int] { form == .light ? channels + [channels[channels.count - 1]] : channels }
}

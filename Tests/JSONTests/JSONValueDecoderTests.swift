import Testing

@testable import JSON

/// `Decodable` types made of trees, as networks' configurations are.
@Suite struct JSONValueDecoderTests {
  private struct Network: Decodable, Equatable {
    var blockOutChannels: [Int]
    var normEps: Float?
    var isSmall = false
    var name: String?
    var inner: [String: Layer]?

    struct Layer: Decodable, Equatable { var layerNormEps: Double }
  }

  @Test func readsMembersBySnakeCase() throws {
    let json: JSONValue = [
      "block_out_channels": [320, 640.0], "norm_eps": 1e-5, "is_small": true, "name": nil,
      "inner": ["first_one": ["layer_norm_eps": 1]],
    ]
    let expected = Network(
      blockOutChannels: [320, 640], normEps: 1e-5, isSmall: true, inner: ["first_one": .init(layerNormEps: 1)])
    #expect(try json.decoded() == expected)
  }

  @Test func numbersFitTheirTypeOrAreRefused() throws {
    #expect(try JSONValue.natural(.max).decoded(as: UInt64.self) == .max)
    #expect(try JSONValue.integer(-128).decoded(as: Int8.self) == -128)
    #expect(try JSONValue.number(.infinity).decoded(as: Float.self) == .infinity)
    #expect(throws: DecodingError.self) { try JSONValue.integer(128).decoded(as: Int8.self) }
    #expect(throws: DecodingError.self) { try JSONValue.number(0.5).decoded(as: Int.self) }
    #expect(throws: DecodingError.self) { try JSONValue.number(1e300).decoded(as: Float.self) }
    #expect(throws: DecodingError.self) { try JSONValue.bool(true).decoded(as: Int.self) }
    #expect(throws: DecodingError.self) { try JSONValue.integer(1).decoded(as: Bool.self) }
    #expect(throws: DecodingError.self) { try JSONValue.null.decoded(as: String.self) }
  }

  @Test(
    arguments: [
      (["block_out_channels": [1, "two"], "is_small": false], "block_out_channels.1"),
      (["block_out_channels": 3, "is_small": false], "block_out_channels"), (["is_small": false], "block_out_channels"),
      (["block_out_channels": [], "is_small": 1], "is_small"), ([], ""),
    ] as [(JSONValue, String)])
  func saysWhereItFailed(json: JSONValue, place: String) throws {
    let error = try #require(throws: DecodingError.self) { try json.decoded(as: Network.self) }
    var path: [any CodingKey] = []
    switch error {
    case .keyNotFound(let key, let context): path = context.codingPath + [key]
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      path = context.codingPath
    @unknown default: break
    }
    #expect(path.map(\.stringValue.snakeCased).joined(separator: ".") == place)
  }
}

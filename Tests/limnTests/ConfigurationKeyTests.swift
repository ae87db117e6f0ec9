import Foundation
import Testing

/// Keys of configurations that diffusers' pipelines do not heed, and names that mean the same: the same picture.
@Suite struct ConfigurationKeyTests {
  @Test(arguments: [
    ("vae", "\"scaling_factor\"", "\"shift_factor\": 0.3, \"scaling_factor\""),
    ("vae", "\"latents_mean\": null", "\"latents_mean\": [1, 2, 3, 4]"),
    ("vae", "\"act_fn\": \"silu\"", "\"act_fn\": \"swish\""), ("unet", "\"act_fn\": \"silu\"", "\"act_fn\": \"swish\""),
  ])
  func pictureStays(part: String, text: String, replacement: String) throws {
    let folder = try TestFolder()
    try folder.addModel("sd1")
    func paint(_ name: String) throws -> [UInt8] {
      let run = try limn(
        "a fox", "-m", "model", "--seed", "1", "--steps", "2", "--metadata", "none", "-o", name, in: folder)
      #expect(run.status == 0, "\(run.errors)")
      return try #require(folder[name])
    }
    let before = try paint("before.png")
    try folder.change("model/\(part)/config.json") { bytes in
      let json = String(decoding: bytes, as: UTF8.self)
      try #require(json.contains(text))
      bytes = Array(json.replacing("\"shift_factor\": null,", with: "").replacing(text, with: replacement).utf8)
    }
    #expect(try paint("after.png") == before)
  }
}

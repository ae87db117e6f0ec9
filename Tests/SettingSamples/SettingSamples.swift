/// What can be said in each setting, for tests that walk the table of settings: a new setting needs a line here.
package struct SettingSample: Sendable {
  /// Another value than holds without a word, spelt as limn spells it.
  package let text: String
  /// Texts that are refused.
  package let refused: [String]

  private init(_ text: String, refused: [String] = []) {
    self.text = text
    self.refused = refused
  }

  private static let tooLong = String(repeating: "x", count: (1 << 20) + 1)

  /// By the settings' names.
  package static let all: [String: SettingSample] = [
    "prompt": SettingSample("a red fox: \"so\", he said", refused: [tooLong]),
    "style": SettingSample("flat"),
    "aspect": SettingSample("16:9", refused: ["0:1", "16", "22:1", "a:b", ""]),
    "size": SettingSample("medium", refused: ["huge", "Medium", ""]),
    "megapixels": SettingSample("0.5", refused: ["0", "65", "-1", "nan", "inf", "many", ""]),
    "width": SettingSample("104", refused: ["1.5", "wide", ""]),
    "height": SettingSample("72", refused: ["1.5", "high", ""]),
    "reference": SettingSample("/pictures/a fox, old.png"),
    "strength": SettingSample("0.6", refused: ["-0.1", "1.1", "nan", "much", ""]),
    "mask": SettingSample("/pictures/a mask, new.png"),
    "mask-blur": SettingSample("9.5", refused: ["-1", "201", "nan", "soft", ""]),
    "mask-padding": SettingSample("32", refused: ["-1", "4097", "1.5", "wide", ""]),
    "outpaint": SettingSample(
      "left=64,top=8", refused: ["left", "left=-1", "left=0", "left=1,left=2", "middle=3", "top=4097", ""]),
    "control": SettingSample(
      "canny=/pictures/a fox, old.png:0.8:0.1-0.75",
      refused: [
        "fox.png", "sketch=fox.png", "canny=", "canny=:1", "canny=a.png:11", "canny=a.png\u{1F}",
      ]),
    "control-model": SettingSample("canny,depth", refused: ["a,,b", ","]),
    "control-mode": SettingSample("guess", refused: ["strict", ""]),
    "ip-reference": SettingSample("/pictures/a fox, old.png:0.6", refused: [":0.5", "a.png:11"]),
    "ip-adapter": SettingSample("plus,plain", refused: ["a,,b", ","]),
    "style-from": SettingSample("/pictures/waves, red.png"),
    "style-strength": SettingSample("0.6", refused: ["-0.1", "1.1", "nan", "much", ""]),
    "style-method": SettingSample("attention", refused: ["copy", ""]),
    "hires": SettingSample("1.5", refused: ["1", "0.5", "4.1", "nan", "large", ""]),
    "hires-steps": SettingSample("7", refused: ["0", "1001", "1.5", "many", ""]),
    "hires-strength": SettingSample("0.55", refused: ["-0.1", "1.1", "nan", "much", ""]),
    "hires-upscaler": SettingSample("lanczos", refused: [""]),
    "upscale": SettingSample("4", refused: ["0", "1", "5", "16", "2.5", "large", ""]),
    "upscaler": SettingSample("realesr-animevideov3"),
    "negative": SettingSample("fog, rain", refused: [tooLong]),
    "transparent": SettingSample("true", refused: ["perhaps", ""]),
    "strict": SettingSample("true", refused: ["perhaps", ""]),
    "count": SettingSample("3", refused: ["0", "-1", "100001", "1.5", "few", ""]),
    "model": SettingSample("xl"),
    "vae": SettingSample("mse"),
    "text-encoder": SettingSample("clip_l,clip_g", refused: ["a,,b", ","]),
    "lora": SettingSample("style:0.8,fog:0.5:1.5", refused: ["style:11", ":1"]),
    "embedding": SettingSample("easynegative,fog", refused: ["a,,b", ","]),
    "seed": SettingSample("18446744073709551615", refused: ["-2", "18446744073709551616", "0.5", "lucky", ""]),
    "steps": SettingSample("7", refused: ["0", "1001", "-3", "1.5", "many", ""]),
    "guidance": SettingSample("2.5", refused: ["-1", "100.5", "nan", "inf", "strong", ""]),
    "guidance-end": SettingSample("0.5", refused: ["-0.1", "1.1", "nan", "half", ""]),
    "guidance-rescale": SettingSample("0.7", refused: ["-0.1", "1.1", "nan", "half", ""]),
    "deep-cache": SettingSample("3", refused: ["0", "101", "1.5", "deep", ""]),
    "clip-skip": SettingSample("2", refused: ["-1", "1.5", "few", ""]),
    "rng": SettingSample("cuda", refused: ["tpu", "", "mps"]),
    "sampler": SettingSample("euler-a", refused: ["bogus", ""]),
    "eta": SettingSample("0.3", refused: ["-0.1", "1.1", "nan", "beta", ""]),
    "schedule": SettingSample("karras", refused: ["bogus", ""]),
    "spacing": SettingSample("trailing", refused: ["bogus", ""]),
    "timesteps": SettingSample(
      "999,749,499,249", refused: ["1000,5", "5,-1", "1,2", "5,5", "5,,1", "5;1", "late", "", "5.5"]),
    "precision": SettingSample("bfloat16", refused: ["float8", ""]),
    "prompt-syntax": SettingSample("a1111", refused: ["bogus", ""]),
  ]

  package static func of(_ name: String) -> SettingSample {
    guard let sample = all[name] else { preconditionFailure("SettingSample: none of \(name); add one to the list.") }
    return sample
  }
}

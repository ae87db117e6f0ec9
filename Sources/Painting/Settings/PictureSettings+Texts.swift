import Families
import Images
import System
import Tokenizers

extension PictureSettings {
  /// From texts by the names of settings; other names are passed over.
  ///
  /// - Parameter origin: What says so, for messages about values that another tool wrote: "picture".
  /// - Throws: ``UserError/request(_:)`` naming the setting that cannot be read.
  package init(_ texts: [String: String], of origin: String? = nil) throws(UserError) {
    self.init()
    // In the table's order: an A1111 sampler's name may hold a schedule, which one that is named replaces.
    for setting in Setting.all {
      guard let text = texts[setting.name] else { continue }
      do throws(UserError) {
        try setting.set(text, in: &self)
      } catch {
        guard let origin, !setting.choices.isEmpty else { throw error }
        throw .request(
          "The \(origin) was painted with the \(setting.name) \"\(text)\", which limn does not have; choose one by `\(setting.name)`."
        )
      }
    }
    try takeLoRATags()
  }

  /// Moves each `<lora:name:0.8>` of the prompt, which is not text, to ``loras``.
  private mutating func takeLoRATags() throws(UserError) {
    do {
      let (text, mentions) = try LoRAMention.removed(from: prompt)
      guard !mentions.isEmpty else { return }
      prompt = text
      loras.wishes += mentions.map {
        AdapterWish(name: $0.name, weight: $0.weight, textEncoderWeight: $0.textEncoderWeight)
      }
    } catch {
      throw .request("\(error)")
    }
  }

  /// A prompt as it is without its `<lora:...>`, which other words stand for.
  package static func withoutLoRATags(_ prompt: String) -> String {
    (try? LoRAMention.removed(from: prompt))?.text ?? prompt
  }

  /// What was said, by name, in the table's order.
  package var texts: [(name: String, text: String)] {
    Setting.all.compactMap { setting in setting.text(self).map { (setting.name, $0) } }
  }

  /// Refuses what no model could paint.
  /// - Throws: ``UserError/request(_:)``
  package func check() throws(UserError) {
    for (name, text) in texts where text.utf8.contains(0) {
      // Other programs would read no further, the history's index among them.
      throw .request("`\(name)` holds a NUL character, which it may not.")
    }
    // A picture to start from says something by itself.
    guard !prompt.isEmpty || !references.isEmpty else { throw .request("The prompt is empty: say what to paint.") }
    guard negative?.contains("<lora:") != true else {
      throw .request("A LoRA changes the model for both prompts: name it in the prompt, or by `lora`.")
    }
    guard strength == nil || !references.isEmpty else {
      throw .request("`strength` says how far to leave a `reference`; name one.")
    }
    guard maskPadding == nil || masks else {
      throw .request("`mask-padding` says how much around a `mask` is painted; name one.")
    }
    try PictureSettings.checkFollowed(
      "control", controls.wishes.count, by: "control-model", controlModels.names.count,
      needs: "a network that follows it, a ControlNet or a T2I-Adapter")
    try PictureSettings.checkFollowed(
      "ip-reference", pictures.wishes.count, by: "ip-adapter", pictureAdapters.names.count,
      needs: "an IP-Adapter that follows it")
    guard controlMode == .balanced || !controls.wishes.isEmpty else {
      throw .request("`control-mode` says how a `control` is followed; name one.")
    }
    guard styleStrength == 1 || !styleFrom.isEmpty else {
      throw .request("`style-strength` says how far to take the style of a picture; name that by `style-from`.")
    }
    guard styleMethod == nil || !styleFrom.isEmpty else {
      throw .request("`style-method` says how to take the style of a picture; name that by `style-from`.")
    }
    guard hires != nil || hiresSteps == nil && hiresStrength == nil && hiresUpscaler == nil else {
      throw .request(
        "`hires-steps`, `hires-strength` and `hires-upscaler` say how a second pass is painted; say how much larger by `hires`."
      )
    }
    guard upscaler == nil || upscale != nil else {
      throw .request("`upscaler` says by which network to enlarge the picture; say how many times by `upscale`.")
    }
    if let seed, seed.addingReportingOverflow(UInt64(count - 1)).overflow {
      throw .request("`seed` \(seed) leaves no room for \(count) pictures.")
    }
  }

  /// Refuses pictures without networks that follow them, and the other way round.
  ///
  /// - Parameters:
  ///   - pictures: The setting that names pictures, and how many it does.
  ///   - networks: The setting that names networks, likewise.
  private static func checkFollowed(
    _ pictures: String, _ pictureCount: Int, by networks: String, _ networkCount: Int, needs: String
  ) throws(UserError) {
    guard (pictureCount == 0) == (networkCount == 0) else {
      throw .request(
        pictureCount == 0
          ? "`\(networks)` needs a picture to follow; name it by `\(pictures)`."
          : "`\(pictures)` needs \(needs); name it by `\(networks)`.")
    }
    guard pictureCount == 0 || [1, pictureCount].contains(networkCount) else {
      throw .request(
        "`\(pictures)` names \(pictureCount) pictures, `\(networks)` \(networkCount) networks; name one for each, or one for all."
      )
    }
  }

  /// Writes what was said into a picture's metadata; prompts, sizes and the model are the picture's own.
  package func write(into parameters: inout GenerationParameters) {
    for setting in Setting.all { if let text = setting.text(self) { setting.write(text, into: &parameters) } }
  }
}

extension Setting {
  /// Writes a value into a picture's metadata, where it has a place there.
  package func write(_ text: String, into parameters: inout GenerationParameters) {
    switch metadata {
    case .none: break
    case .property(let write, _): write(&parameters, text)
    case .key(let key): parameters.others.append(.init(key, text))
    case .translated(let key, let write, _): parameters.others.append(.init(key, write(text)))
    }
  }
}

extension GenerationParameters {
  /// What a picture's metadata say, by the names of settings.
  package var settingTexts: [String: String] {
    var texts = ["prompt": prompt]
    if !negativePrompt.isEmpty { texts["negative"] = negativePrompt }
    for setting in Setting.all {
      switch setting.metadata {
      case .none: break
      case .property(_, let read), .translated(_, _, let read): if let text = read(self) { texts[setting.name] = text }
      case .key(let key): if let text = self[other: key] { texts[setting.name] = text }
      }
    }
    if !loras.isEmpty {
      let wishes = loras.map {
        AdapterWish(name: $0.name, weight: $0.weight, textEncoderWeight: $0.textEncoderWeight)
      }
      texts["lora"] = AdapterList(wishes).settingText
    }
    return texts
  }

  /// What else the picture says that no setting follows, though it may decide the picture.
  package var unfollowed: [Other] {
    let followed = Setting.all.compactMap { setting in
      switch setting.metadata {
      case .key(let key): key
      case .translated(let key, _, let read): read(self) == nil ? nil : key
      case .none, .property: nil
      }
    }
    return telling.filter { !followed.contains($0.key) && $0.key != "Empty negative prompt" }
  }
}

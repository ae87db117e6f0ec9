import Foundation
import Images

/// A look that can be asked for by name. In published checkpoints it is a template around the prompt; a model that has
/// learned words for styles brings its own templates, and may have the painted picture finished by rule.
package struct Style: Sendable, Equatable {
  package let name: String
  /// What becomes of the prompt, which stands for `{prompt}`.
  package let template: String
  /// Joined to the negative prompt.
  package let negative: String
  /// What is done to the painted picture.
  package let finish: Finish?

  package init(name: String, template: String, negative: String = "", finish: Finish? = nil) {
    self.name = name
    self.template = template
    self.negative = negative
    self.finish = finish
  }

  /// The prompt in this style.
  package func applied(to prompt: String) -> String {
    template.contains("{prompt}") ? template.replacing("{prompt}", with: prompt) : "\(prompt), \(template)"
  }

  /// What was typed, of a prompt that this style was applied to; nil where it was not.
  package func typed(_ prompt: String) -> String? {
    let parts = template.components(separatedBy: "{prompt}")
    let (before, after) = parts.count == 2 ? (parts[0], parts[1]) : ("", ", \(template)")
    guard prompt.hasPrefix(before), prompt.hasSuffix(after), prompt.count >= before.count + after.count else {
      return nil
    }
    return String(prompt.dropFirst(before.count).dropLast(after.count))
  }

  /// The negative prompt in this style; nil where neither says any.
  package func applied(toNegative prompt: String?) -> String? {
    guard !negative.isEmpty else { return prompt }
    return [prompt ?? "", negative].filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// For checkpoints that bring none of their own.
  package static let standard: [Style] = [
    Style(
      name: "photo", template: "photograph of {prompt}, natural light, sharp focus, 35mm",
      negative: "drawing, painting, illustration, cartoon"),
    Style(
      name: "cinematic", template: "cinematic still of {prompt}, film grain, dramatic light, shallow depth of field"),
    Style(name: "portrait", template: "studio portrait of {prompt}, soft light, detailed, plain background"),
    Style(name: "anime", template: "anime illustration of {prompt}, clean lines, cel shading", negative: "photograph"),
    Style(name: "comic", template: "comic book panel of {prompt}, bold ink outlines, flat colours, halftone"),
    Style(name: "cartoon", template: "cartoon of {prompt}, simple shapes, bold outlines, bright colours"),
    Style(name: "flat", template: "flat vector illustration of {prompt}, simple shapes, few colours, no gradients"),
    Style(name: "3d", template: "3d render of {prompt}, soft studio light, smooth clay materials"),
    Style(name: "isometric", template: "isometric view of {prompt}, miniature diorama, clean edges, soft shadows"),
    Style(name: "lowpoly", template: "low-poly model of {prompt}, faceted surfaces, soft light"),
    Style(name: "pixel", template: "pixel art of {prompt}, limited palette, crisp square pixels", negative: "blurry"),
    Style(name: "sticker", template: "die-cut sticker of {prompt}, thick white border, plain background"),
    Style(name: "icon", template: "app icon of {prompt}, centred, simple, plain background"),
    Style(name: "sketch", template: "pencil sketch of {prompt}, graphite on paper, loose lines", negative: "colour"),
    Style(name: "ink", template: "ink drawing of {prompt}, black line art on white paper", negative: "colour, shading"),
    Style(name: "woodcut", template: "woodcut print of {prompt}, carved lines, high contrast, two colours"),
    Style(name: "watercolor", template: "watercolor painting of {prompt}, loose washes, paper texture"),
    Style(name: "oil", template: "oil painting of {prompt}, visible brush strokes, rich colours, canvas texture"),
    Style(name: "impressionist", template: "impressionist painting of {prompt}, broken colour, outdoor light"),
    Style(name: "ukiyoe", template: "ukiyo-e woodblock print of {prompt}, flat areas of colour, flowing outlines"),
    Style(name: "papercut", template: "layered paper cut-out of {prompt}, coloured card, soft shadows"),
    Style(name: "storybook", template: "children's storybook illustration of {prompt}, gouache, warm colours"),
    Style(name: "fantasy", template: "fantasy concept art of {prompt}, epic scale, detailed, atmospheric"),
    Style(name: "noir", template: "film noir still of {prompt}, black and white, hard shadows", negative: "colour"),
  ]
}

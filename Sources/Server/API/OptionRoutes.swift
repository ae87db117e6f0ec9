import Engine
import Families
import Foundation
import HTTPTypes
import History
import HummingbirdCore
import Images
import JSON
import Painting

/// What a form offers: who asks, models, styles, shapes, settings.
struct OptionRoutes {
  let backend: Backend

  func add(to router: inout Router) {
    router.get("/api/v1/me") { _, context in try await me(context) }
    router.get("/api/v1/openapi.json") { _, _ in Response(json: OpenAPI.document) }
    router.get("/api/v1/styles/:name") { _, context in try await sample(context) }
    router.get("/api/v1/options") { _, context in try await options(context) }
  }

  private func me(_ context: ServerContext) async throws -> Response {
    let caller = try context.requireCaller()
    let quota = try backend.queue.quotaLeft(of: caller.person)
    return Response(json: [
      "name": .string(caller.person.name), "role": caller.access.role.map { .string($0.rawValue) } ?? .null,
      "permissions": .array(Permission.allCases.filter(caller.allows).map { .string($0.rawValue) }),
      "quota": [
        "pictures_left": quota.pictures.map(JSONValue.integer) ?? .null,
        "seconds_left": quota.seconds.map(JSONValue.number) ?? .null,
      ],
      "version": .string(Version.number), "model": .string(backend.catalogue.defaultName),
      "signed_in_by": context.isBrowser ? "session" : caller.token == nil ? "machine" : "token",
    ])
  }

  private func sample(_ context: ServerContext) async throws -> Response {
    _ = try context.require(.paint)
    let part = try context.parameters.require("name")
    let name = part.removingPercentEncoding ?? part
    let samples = backend.queue.samples
    guard let png = try await Background.run({ samples?.png(of: name) }) else {
      throw Fault.notFound("sample of that style")
    }
    var response = Response(picture: png)
    response.headers[.cacheControl] = "private, max-age=600"
    return response
  }

  private func options(_ context: ServerContext) async throws -> Response {
    let caller = try context.require(.paint)
    let catalogue = backend.catalogue
    let entries = try await Background.run { catalogue.entries }
    let shown = caller.allows(.chooseModel) ? entries : entries.filter { $0.name == catalogue.defaultName }
    guard let standard = shown.first else { throw Fault(.serviceUnavailable, "no_model", "This server has no model.") }
    let samples = backend.queue.samples
    let painted = try await Background.run { samples?.known() }
    backend.queue.wake()
    let controls = backend.queue.settings.controlModels
    let catalog = backend.installation.catalog
    let upscalers = catalog.upscalers.map(\.name).filter { catalog.carriesUpscaler($0) || caller.allows(.chooseModel) }
    let samplers = Setting.named("sampler")?.choices ?? []
    return Response(json: [
      "models": .array(
        shown.map { entry in
          entry.json(
            isDefault: entry.name == catalogue.defaultName, controls: !controls.isEmpty,
            restyles: backend.abilities.contains(.restyle))
        }),
      "paints_samples": .bool(painted != nil), "abilities": .texts(backend.abilities.map(\.rawValue).sorted()),
      "upscalers": .texts(upscalers),
      "formats": .texts(PictureFormat.allCases.map { $0.rawValue.lowercased() }),
      "control": [
        "models": .texts(controls.map(\.name)), "kinds": .texts(ControlKind.allCases.map(\.rawValue)),
      ],
      "styles": .array(
        standard.defaults.styles.map { style in
          [
            "name": .string(style.name), "description": .string(style.template),
            "sample": .text(painted?.contains(style.name) == true ? StyleSamples.url(of: style.name) : nil),
          ]
        }),
      "aspects": .array(
        AspectRatio.common.compactMap { AspectRatio($0) }.map { aspect in
          let size = standard.size(aspect)
          return [
            "name": .string(aspect.description), "width": .integer(size.width), "height": .integer(size.height),
          ]
        }),
      "samplers": .array(samplers.map(JSONValue.string)),
      "settings": .array(Setting.all.filter(\.isTakenOverHTTP).map(\.form)),
      "limits": [
        "prompt_characters": .integer(RequestLimits.prompt), "references": .integer(RequestLimits.references),
        "count": .integer(min(100, backend.queue.settings.mostWaitingOfOne)),
        "upload_bytes": .integer(RequestLimits.pictures),
      ],
    ])
  }
}

extension Setting {
  /// Settings that most people want.
  private static let basic: Set<String> = ["style", "aspect", "size", "count", "negative", "seed", "strength", "model"]

  /// As a form shows it, from the one table.
  fileprivate var form: JSONValue {
    let range = (expected ?? "").wholeMatch(of: /([0-9.]+) to ([0-9.]+)( .*)?/)
    let standard = PictureSettings()
    var probe = standard
    // A whole number is one that takes no half.
    let isInteger = kind == .number && (try? set("0.5", in: &probe)) == nil
    let kind =
      switch kind {
      case .number: isInteger ? "integer" : "number"
      case .choice: "choice"
      case .flag: "flag"
      case .text, .aspect, .picture: "text"
      }
    return [
      "name": .string(name.replacing("-", with: "_")),
      "label": .string(name.prefix(1).uppercased() + name.dropFirst().replacing("-", with: " ")),
      "kind": .string(kind), "minimum": range.flatMap { Double($0.1) }.map(JSONValue.number) ?? .null,
      "maximum": range.flatMap { Double($0.2) }.map(JSONValue.number) ?? .null,
      "default": json(standard) ?? effectiveText(standard).map(JSONValue.string) ?? .null,
      "choices": .array(choices.map(JSONValue.string)),
      "help": .string(help.spellingSettings { $0 }.replacing("--", with: "")),
      "group": Self.basic.contains(name) ? "basic" : "advanced",
    ]
  }
}

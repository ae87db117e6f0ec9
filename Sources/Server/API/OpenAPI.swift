import Engine
import Images
import JSON
import Painting

/// limn's own API in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), from the same table of settings as the rest.
enum OpenAPI {
  static var document: JSONValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": "limn", "version": .string(Version.number),
        "description": "Pictures from words, painted on this server. Errors are `{\"error\": {code, message, field}}`.",
      ],
      "security": [["bearer": []], ["key": []], ["session": []]],
      "components": [
        "securitySchemes": [
          "bearer": ["type": "http", "scheme": "bearer"],
          "key": ["type": "apiKey", "in": "header", "name": "X-Api-Key"],
          "session": ["type": "apiKey", "in": "cookie", "name": "limn"],
        ], "schemas": schemas,
      ], "paths": paths,
    ]
  }

  // MARK: Schemas

  private static var schemas: JSONValue {
    var wish: [String: JSONValue] = [
      "prompt": ["type": "string", "maxLength": .integer(RequestLimits.prompt)], "preview": ["type": "boolean"],
      "references": [
        "type": "array", "maxItems": .integer(RequestLimits.references + 1),
        "items": [
          "type": "object", "required": ["id"],
          "properties": [
            "id": ["type": "string"], "role": ["enum": ["start", "edit", "mask", "style", "control"]],
            "kind": ["enum": .array(ControlKind.allCases.map { .string($0.rawValue) })],
            "weight": ["type": "number", "minimum": -10, "maximum": 10],
            "start": ["type": "number", "minimum": 0, "maximum": 1],
            "end": ["type": "number", "minimum": 0, "maximum": 1], "model": ["type": "string"],
          ],
        ],
      ], "format": ["enum": ["png", "jpeg", "webp", nil]],
      "quality": ["type": ["integer", "null"], "minimum": 1, "maximum": 100],
    ]
    for setting in Setting.all where setting.isTakenOverHTTP {
      wish[setting.name.replacing("-", with: "_")] = schema(of: setting)
    }
    return [
      "Wish": ["type": "object", "required": ["prompt"], "additionalProperties": false, "properties": .object(wish)],
      "Job": object(
        ["id", "state", "prompt"],
        [
          "id": "string", "state": "string", "prompt": "string", "created": "string", "command": "string",
          "step": "integer", "steps": "integer", "count": "integer", "painted": "integer",
        ]),
      "Picture": object(
        ["id", "url", "thumbnail"],
        [
          "id": "string", "url": "string", "thumbnail": "string", "prompt": "string", "created": "string",
          "person": "string",
        ]),
      "Upload": object(["id", "url"], ["id": "string", "url": "string", "width": "integer", "height": "integer"]),
      "Fault": [
        "type": "object", "required": ["error"],
        "properties": ["error": object(["code", "message"], ["code": "string", "message": "string"])],
      ],
      "Enlarge": [
        "type": "object", "additionalProperties": false,
        "properties": [
          "factor": ["enum": .array(PictureSettings.factors.map(JSONValue.integer) + [.null])],
          "upscaler": ["type": ["string", "null"]],
        ],
      ],
      "Restyle": [
        "type": "object", "additionalProperties": false, "required": ["style_from"],
        "properties": [
          "style_from": [
            "type": ["string", "array"], "items": ["type": "string"], "minItems": 1, "maxItems": 4,
          ], "style_strength": ["type": ["number", "null"], "minimum": 0, "maximum": 1],
          "keep_colours": ["type": ["boolean", "null"]],
        ],
      ],
    ]
  }

  private static func schema(of setting: Setting) -> JSONValue {
    var schema: [String: JSONValue] = ["description": .string(setting.help.spellingSettings { $0 })]
    switch setting.kind {
    case .number: schema["type"] = ["number", "string", "null"]
    case .choice: schema["type"] = ["string", "null"]
    case .flag: schema["type"] = ["boolean", "null"]
    case .text, .aspect, .picture:
      schema["type"] = setting.separator == nil ? ["string", "null"] : ["string", "array", "null"]
    }
    return .object(schema)
  }

  private static func object(_ required: [String], _ properties: [String: String]) -> JSONValue {
    [
      "type": "object", "required": .array(required.map(JSONValue.string)),
      "properties": .object(properties.mapValues { ["type": .string($0)] }),
    ]
  }

  // MARK: Paths

  private struct Operation {
    let method: String
    let path: String
    let summary: String
    var body: JSONValue?
    /// Status and schema's name, or nil for none.
    var answer: (status: String, schema: String?) = ("200", nil)
    var query: [String] = []
    /// Whether it may be left out.
    var isBodyOptional = false
  }

  private static func json(_ schema: JSONValue) -> JSONValue { ["application/json": ["schema": schema]] }
  private static let bytes: JSONValue = [
    "image/png": ["schema": ["type": "string", "format": "binary"]],
    "image/jpeg": ["schema": ["type": "string", "format": "binary"]],
  ]

  private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

  private static var operations: [Operation] {
    [
      Operation(method: "get", path: "/api/v1/me", summary: "Who asks, and what they may do"),
      Operation(method: "get", path: "/api/v1/options", summary: "Models, styles, shapes, settings, limits"),
      Operation(
        method: "post", path: "/api/v1/uploads", summary: "Hand over a picture", body: bytes, answer: ("201", "Upload")),
      Operation(method: "get", path: "/api/v1/uploads/{id}", summary: "A picture that was handed over"),
      Operation(
        method: "post", path: "/api/v1/inspect", summary: "What a picture says of how it was made", body: bytes),
      Operation(
        method: "post", path: "/api/v1/jobs", summary: "Ask for pictures", body: json(reference("Wish")),
        answer: ("201", "Job")),
      Operation(method: "get", path: "/api/v1/jobs", summary: "One's jobs, the newest first"),
      Operation(method: "get", path: "/api/v1/jobs/{id}", summary: "A job", answer: ("200", "Job")),
      Operation(method: "delete", path: "/api/v1/jobs/{id}", summary: "Stop a job", answer: ("204", nil)),
      Operation(
        method: "get", path: "/api/v1/pictures", summary: "Pictures of the history",
        query: ["query", "style", "model", "rating", "flagged", "person", "everyone", "before", "limit"]),
      Operation(method: "get", path: "/api/v1/pictures/{id}", summary: "A picture", answer: ("200", "Picture")),
      Operation(
        method: "patch", path: "/api/v1/pictures/{id}", summary: "Rate or flag a picture",
        body: json([
          "type": "object",
          "properties": ["rating": ["type": ["integer", "null"]], "flag": ["type": ["string", "null"]]],
        ]),
        answer: ("200", "Picture")),
      Operation(method: "delete", path: "/api/v1/pictures/{id}", summary: "Remove a picture", answer: ("204", nil)),
      Operation(
        method: "post", path: "/api/v1/pictures/{id}/enlarge", summary: "Make a picture larger",
        body: json(reference("Enlarge")), answer: ("201", "Job"), isBodyOptional: true),
      Operation(
        method: "post", path: "/api/v1/pictures/{id}/restyle", summary: "Paint a picture over in the style of uploads",
        body: json(reference("Restyle")), answer: ("201", "Job")),
      Operation(
        method: "post", path: "/api/v1/uploads/{id}/enlarge", summary: "Make an upload larger",
        body: json(reference("Enlarge")), answer: ("201", "Job"), isBodyOptional: true),
      Operation(
        method: "post", path: "/api/v1/uploads/{id}/restyle", summary: "Paint an upload over in the style of others",
        body: json(reference("Restyle")), answer: ("201", "Job")),
      Operation(method: "get", path: "/api/v1/styles/{name}", summary: "A style's sample"),
      Operation(method: "get", path: "/api/v1/pictures/{id}/file", summary: "The file"),
      Operation(method: "get", path: "/api/v1/pictures/{id}/thumbnail", summary: "A small PNG"),
      Operation(method: "get", path: "/api/v1/models", summary: "The models of this server"),
      Operation(method: "get", path: "/api/v1/report", summary: "Figures of the history", query: ["period"]),
      Operation(method: "get", path: "/api/v1/health", summary: "What `limn doctor` finds"),
      Operation(method: "get", path: "/api/v1/people", summary: "People and their roles"),
      Operation(
        method: "put", path: "/api/v1/people/{name}", summary: "Give a role",
        body: json([
          "type": "object", "required": ["role"], "properties": ["role": ["enum": ["viewer", "creator", "admin"]]],
        ])),
      Operation(method: "get", path: "/api/v1/tokens", summary: "Tokens that are valid"),
      Operation(
        method: "post", path: "/api/v1/tokens", summary: "Make a token",
        body: json([
          "type": "object", "required": ["name"],
          "properties": [
            "name": ["type": "string"], "role": ["type": "string"], "days": ["type": ["number", "null"]],
          ],
        ]), answer: ("201", nil)),
      Operation(method: "delete", path: "/api/v1/tokens/{id}", summary: "Revoke a token", answer: ("204", nil)),
      Operation(method: "get", path: "/api/v1/audit", summary: "The audit, the newest first", query: ["before"]),
      Operation(
        method: "post", path: "/api/v1/guard/check", summary: "Ask the guardrail about a prompt",
        body: json([
          "type": "object", "required": ["prompt"],
          "properties": [
            "prompt": ["type": "string"], "negative": ["type": ["string", "null"]],
            "role": ["type": ["string", "null"]],
          ],
        ])),
      Operation(method: "get", path: "/api/v1/policy", summary: "How strict the guardrail is"),
    ]
  }

  private static var paths: JSONValue {
    var paths: [String: [String: JSONValue]] = [:]
    for operation in operations { paths[operation.path, default: [:]][operation.method] = json(of: operation) }
    return .object(paths.mapValues { .object($0) })
  }

  private static func json(of operation: Operation) -> JSONValue {
    let names = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
    let parts = names.map { name -> JSONValue in
      ["name": .string(String(name)), "in": "path", "required": true, "schema": ["type": "string"]]
    }
    let query = operation.query.map { name -> JSONValue in
      ["name": .string(name), "in": "query", "schema": ["type": "string"]]
    }
    var good: [String: JSONValue] = ["description": "Done"]
    if let schema = operation.answer.schema { good["content"] = json(reference(schema)) }
    let fault: JSONValue = ["description": "It was not done", "content": json(reference("Fault"))]
    var members: [String: JSONValue] = [
      "summary": .string(operation.summary), "parameters": .array(parts + query),
      "responses": .object([operation.answer.status: .object(good), "default": fault]),
    ]
    if let body = operation.body {
      members["requestBody"] = ["required": .bool(!operation.isBodyOptional), "content": body]
    }
    return .object(members)
  }
}

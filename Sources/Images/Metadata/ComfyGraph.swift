import JSON

/// ComfyUI's graph as it ran: nodes by number, each with inputs that are values or links `[node, output]`.
struct ComfyGraph {
  struct Node {
    let name: String
    /// "KSampler"
    let kind: String
    let inputs: [String: JSONValue]
  }

  private let nodes: [String: Node]

  /// Longest chain of links that is followed; a graph may lead in circles.
  private static let deepest = 64

  /// Nil where the object is no such graph.
  init?(_ object: JSONValue) {
    guard case .object(let members) = object else { return nil }
    var nodes: [String: Node] = [:]
    for (name, member) in members {
      guard let kind = member["class_type"]?.string, let inputs = member["inputs"]?.object else { continue }
      nodes[name] = Node(name: name, kind: kind, inputs: inputs)
    }
    guard !nodes.isEmpty else { return nil }
    self.nodes = nodes
  }

  /// The node that a link names.
  func node(_ link: JSONValue?) -> Node? {
    (link?[0]?.string ?? link?[0]?.integer.map(String.init)).flatMap { nodes[$0] }
  }

  /// The nodes that the saved picture depends on, in the order of their names; all where none saves one.
  var used: [Node] {
    var queue = nodes.values.filter { ["SaveImage", "PreviewImage", "Image Save"].contains(where: $0.kind.contains) }
    guard !queue.isEmpty else { return nodes.values.sorted { $0.name < $1.name } }
    var seen = Set(queue.map(\.name))
    while let next = queue.popLast() {
      for input in next.inputs.values {
        if let source = node(input), seen.insert(source.name).inserted { queue.append(source) }
      }
    }
    return nodes.values.filter { seen.contains($0.name) }.sorted { $0.name < $1.name }
  }

  /// The value of an input, through links to nodes that only hold one.
  func value(_ input: JSONValue?, names: [String]) -> JSONValue? {
    var input = input
    for _ in 0..<Self.deepest {
      guard let node = node(input) else { return input?.array == nil ? input : nil }
      input = (names + ["value", "Value", "int", "float", "number"]).lazy.compactMap { node.inputs[$0] }.first
    }
    return nil
  }

  /// The text of an input, through links to nodes that hold, choose or join texts; nil where it cannot be told.
  func text(_ input: JSONValue?) -> String? {
    var visits = 4 * Self.deepest
    return text(input, depth: 0, &visits)
  }

  /// - Parameter visits: Nodes that may still be looked at: those that join texts may lead to each other.
  private func text(_ input: JSONValue?, depth: Int, _ visits: inout Int) -> String? {
    if let text = input?.string { return text }
    guard depth < Self.deepest, visits > 0, let node = node(input) else { return nil }
    visits -= 1
    if node.kind.contains("Concat") || node.kind.contains("Join") {
      let separator = ["delimiter", "separator"].lazy.compactMap { node.inputs[$0]?.string }.first ?? ""
      let keys = node.inputs.keys.filter { $0.hasPrefix("text") || $0.hasPrefix("string") }.sorted()
      let texts = keys.compactMap { text(node.inputs[$0], depth: depth + 1, &visits) }
      return texts.isEmpty ? nil : texts.joined(separator: separator)
    }
    for name in Self.textInputs {
      if let input = node.inputs[name], let text = text(input, depth: depth + 1, &visits) { return text }
    }
    return nil
  }

  private static let textInputs = [
    "populated_text", "text", "value", "string", "prompt", "String", "text_0", "positive", "text_g", "t5xxl",
  ]

  /// The nodes along a chain of links, from the one that `link` names on; `next` says which inputs lead further.
  func chain(_ link: JSONValue?, by next: [String]) -> [Node] {
    var found: [Node] = []
    var link = link
    while found.count < Self.deepest, let node = node(link) {
      found.append(node)
      link = next.lazy.compactMap { node.inputs[$0] }.first { self.node($0) != nil }
    }
    return found
  }
}

import Networks
import Tensors

/// What controls a UNet while one picture is painted: networks asked at each evaluation, with what they saw of their pictures.
final class ControlSteering {
  private enum Network {
    case net(ControlNet, seen: Tensor)
    case union(ControlNetUnion, seen: [ControlNetUnion.Seen])
    case adapter([Tensor])
  }

  private struct Entry {
    let network: Network
    /// One, or of a union several.
    let inputs: [ControlInput]
    let contexts: (pair: TextContext, single: TextContext)
    let isGuessing: Bool
  }

  private let entries: [Entry]
  private let evaluations: Int
  private let isGuessing: Bool
  private let latentChannels: Int
  private var evaluation = 0
  /// What was added last, for evaluations at which the deep layers rest.
  private var last: [Int: UNetAdditions] = [:]

  /// Reads the networks and shows them their pictures.
  init(_ condition: CLIPCondition, _ options: PredictorOptions, latentChannels: Int) throws {
    evaluations = options.evaluations
    self.latentChannels = latentChannels
    isGuessing = options.controlMode == .guess || options.controls.contains { $0.model.poolsGlobally }
    var entries: [Entry] = []
    var unions: [ObjectIdentifier: Int] = [:]
    let isGuessing = isGuessing
    func add(_ network: Network, _ input: ControlInput) {
      let context = condition.context
      // Its layers see the text otherwise than the UNet's: a context of its own keeps what they make of it.
      let own = context.slice(0..<context.embeddings.shape[0])
      let single = context.embeddings.shape[0] == 1 ? own : own.slice(1..<2)
      entries.append(
        Entry(network: network, inputs: [input], contexts: (own, single), isGuessing: isGuessing))
    }
    for input in options.controls where input.weight != 0 {
      let picture = input.picture.unitTensor
      switch input.model.network {
      case .net(let part):
        let network = try part.loaded(precision: options.precision)
        add(.net(network, seen: network.embedded(picture)), input)
      case .union(let part, _):
        let network = try part.loaded(precision: options.precision)
        let seen = network.embedded(picture, kind: input.kind.unionNumber ?? 0)
        if let index = unions[ObjectIdentifier(input.model)], case .union(_, let others) = entries[index].network {
          let entry = entries[index]
          entries[index] = Entry(
            network: .union(network, seen: others + [seen]), inputs: entry.inputs + [input], contexts: entry.contexts,
            isGuessing: isGuessing)
        } else {
          unions[ObjectIdentifier(input.model)] = entries.count
          add(.union(network, seen: [seen]), input)
        }
      case .adapter(let part, _):
        let weight = Float(input.weight)
        let features = try part.loaded(precision: options.precision)(picture).map { weight == 1 ? $0 : $0 * weight }
        part.release()
        add(.adapter(features), input)
      }
    }
    self.entries = entries
  }

  func begin(_ evaluation: Int) { self.evaluation = evaluation }

  /// - Parameters:
  ///   - latents: What the UNet is given: of both predictions where it makes two.
  ///   - rests: Whether the UNet's deep layers do; then the networks rest too.
  func additions(_ latents: Tensor, timestep: Float, rests: Bool) -> UNetAdditions {
    let batch = latents.shape[0]
    if rests, let last = last[batch] { return last }
    // The mask and what is kept of a picture, which some UNets are told too, are not for these networks.
    let own = latents.shape[3] == latentChannels ? latents : latents.channels(0..<latentChannels)
    var total = UNetAdditions()
    for entry in entries {
      let counting = entry.inputs.indices.filter { entry.inputs[$0].counts(at: evaluation, of: evaluations) }
      guard !counting.isEmpty else { continue }
      total.add(additions(entry, counting, own, timestep))
    }
    last[batch] = total
    return total
  }

  private func additions(_ entry: Entry, _ counting: [Int], _ latents: Tensor, _ timestep: Float) -> UNetAdditions {
    let batch = latents.shape[0]
    // Guessing, the network is asked for the prompt alone, and adds nothing to what is made without it.
    let isHalf = isGuessing && batch == 2
    let seenLatents = isHalf ? latents.slice(1..<2) : latents
    let context = seenLatents.shape[0] == 1 ? entry.contexts.single : entry.contexts.pair
    var made: UNetAdditions
    switch entry.network {
    case .net(let network, let seen):
      made = network(
        seenLatents, timestep: timestep, context: context, seen: seen, weight: Float(entry.inputs[0].weight),
        isGuessing: isGuessing)
    case .union(let network, let seen):
      made = network(
        seenLatents, timestep: timestep, context: context,
        seen: counting.map { (seen[$0], Float(entry.inputs[$0].weight)) }, isGuessing: isGuessing)
    case .adapter(let features):
      return UNetAdditions(
        features: features.map { Tensor.concatenated(Array(repeating: $0, count: batch)) })
    }
    guard isHalf else { return made }
    made.skips = made.skips.map(\.behindZeros)
    made.middle = made.middle?.behindZeros
    return made
  }
}

extension UNetAdditions {
  /// Adds others to these.
  fileprivate mutating func add(_ others: UNetAdditions) {
    func sum(_ own: [Tensor], _ other: [Tensor]) -> [Tensor] {
      own.isEmpty ? other : other.isEmpty ? own : zip(own, other).map { $0.adding($1) }
    }
    skips = sum(skips, others.skips)
    features = sum(features, others.features)
    if let other = others.middle { middle = middle?.adding(other) ?? other }
  }
}

extension Tensor {
  /// As many zeros before it along the first axis.
  fileprivate var behindZeros: Tensor { .concatenated([Tensor(shape: shape), self]) }
}

/// What a checkpoint's pickle holds, by dotted names.
struct PickleContents {
  private(set) var tensors: [String: TorchTensor] = [:]
  /// Numbers that stand beside the tensors, such as `global_step`.
  private(set) var numbers: [String: Double] = [:]
  private(set) var texts: [String: String] = [:]
  /// What limn does not build, by the names of Python's.
  private(set) var opaque: [String: String] = [:]

  /// Under which the weights stand, where others stand beside them; the first that is there counts.
  private static let weights = ["state_dict", "params_ema", "params"]

  /// - Throws: `PickleFault` where there are more names than in any checkpoint.
  init(_ archive: TorchArchive) throws(PickleFault) {
    let machine = archive.machine
    var branches = [(prefix: "", value: archive.root)]
    if let members = machine.dictionary(archive.root) {
      let inner = PickleContents.weights.compactMap { name in
        members.last { machine.text($0.key) == name && machine.dictionary($0.value) != nil }
      }.first
      if let inner {
        // Of what stands beside the weights, only numbers and texts say something about them.
        for member in members { if let name = machine.text(member.key) { note(name, member.value, machine) } }
        tensors = [:]
        opaque = [:]
        branches = [("", inner.value)]
      }
    }
    // Containers may hold themselves, and each other many times: each is looked into once.
    var seen: Set<Int> = []
    var names = 0
    while let branch = branches.popLast() {
      guard case .object(let place) = branch.value, let members = machine.members(of: branch.value) else {
        note(branch.prefix, branch.value, machine)
        continue
      }
      guard seen.insert(place).inserted else { continue }
      for member in members.reversed() {
        guard let key = machine.key(member.key) else { continue }
        let name = branch.prefix.isEmpty ? key : "\(branch.prefix).\(key)"
        guard name.utf8.count <= PickleContents.longestName else { continue }
        branches.append((name, member.value))
        names += 1
        guard names <= PickleContents.mostNames else { throw PickleFault("it holds more names than any checkpoint") }
      }
    }
  }

  /// No network's names are longer; nested without end, they would grow with each level.
  private static let longestName = 250
  private static let mostNames = 1 << 18

  private mutating func note(_ name: String, _ value: PickleValue, _ machine: PickleMachine) {
    switch value {
    case .boolean(let value): numbers[name] = value ? 1 : 0
    case .integer(let value): numbers[name] = Double(value)
    case .real(let value): numbers[name] = value
    case .text: texts[name] = machine.text(value)
    case .object(let place):
      switch machine.objects[place] {
      case .tensor(let tensor): tensors[name] = tensor
      case .opaque(let kind, _), .global(let kind): opaque[name] = kind
      default: break
      }
    case .none, .bytes: break
    }
  }
}

extension PickleMachine {
  /// The members of a dictionary, or of a module that was saved as an object (`torch.nn.ParameterDict`): its parameters.
  fileprivate func members(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    if let members = dictionary(value) { return members }
    guard case .opaque(_, let state?) = object(value) else { return nil }
    return dictionary(state)?.last { text($0.key) == "_parameters" }.flatMap { dictionary($0.value) }
  }

  fileprivate func key(_ value: PickleValue) -> String? {
    if case .integer(let number) = value { return "\(number)" }
    return text(value)
  }
}

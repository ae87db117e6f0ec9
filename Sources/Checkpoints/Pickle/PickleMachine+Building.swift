/// What Python would call on the way: here it builds tensors and dictionaries, and keeps the names of all else.
extension PickleMachine {
  mutating func pushGlobal(_ name: String) throws(PickleFault) {
    guard TorchNames.isKnown(name) else {
      throw PickleFault("it refers to \(name.quoted); limn builds tensors only and runs nothing")
    }
    try pushObject(.global(name))
  }

  /// A storage by what PyTorch calls its persistent number: `('storage', torch.FloatStorage, '0', 'cpu', 6)`.
  mutating func pushStorage(_ value: PickleValue) throws(PickleFault) {
    guard let items = tuple(value), (5...6).contains(items.count), text(items[0]) == "storage",
      case .global(let name) = object(items[1]), let key = text(items[2]), case .integer(let count) = items[4],
      count >= 0
    else { throw PickleFault("it refers to something outside that is no storage of PyTorch") }
    guard let type = TorchType(global: name) else {
      throw PickleFault("it holds numbers of the unknown type \(name.quoted)")
    }
    var storage = TorchStorage(type: type, key: key, count: Int(count))
    // A view into another storage: its name, where it begins, its length.
    if items.count == 6, let view = tuple(items[5]), view.count == 3 {
      guard case .integer(let start) = view[1], case .integer(let length) = view[2], start >= 0, length >= 0,
        start <= count, length <= count - start
      else { throw PickleFault("a view of the storage \(key.quoted) does not lie within it") }
      storage = TorchStorage(type: type, key: key, count: Int(length), start: Int(start))
    }
    try pushObject(.storage(storage))
  }

  /// What Python would call: builds a tensor or a dictionary; of all else only the name is kept.
  mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws(PickleFault) {
    guard case .global(let name) = object(function) else {
      guard case .opaque(let name, _) = object(function) else {
        throw PickleFault("it calls something that is no function; it is damaged")
      }
      return try pushObject(.opaque(name, state: nil))
    }
    let items = tuple(arguments) ?? []
    switch TorchNames.builders[name] {
    case .tensor: try pushObject(.tensor(tensor(items, type: nil)))
    case .typedTensor:
      guard items.count > 6, case .global(let typeName) = object(items[6]), let type = TorchType(global: typeName)
      else { throw PickleFault("a tensor in it has no type") }
      try pushObject(.tensor(tensor(items, type: type)))
    case .parameter:
      guard let data = items.first, case .tensor(let tensor) = object(data) else {
        return try pushObject(.opaque(name, state: nil))
      }
      try pushObject(.tensor(tensor))
    case .subclass:
      guard items.count > 2, case .global(let inner) = object(items[0]), TorchNames.builders[inner] == .tensor else {
        return try pushObject(.opaque(name, state: nil))
      }
      try pushObject(.tensor(tensor(tuple(items[2]) ?? [], type: nil)))
    case .dictionary:
      var members: [(key: PickleValue, value: PickleValue)] = []
      for pair in items.last.flatMap({ tuple($0) }) ?? [] {
        guard let pair = tuple(pair), pair.count == 2 else { continue }
        members.append((pair[0], pair[1]))
      }
      try hold(2 * members.count)
      try pushObject(.dictionary(members))
    case .size: try pushObject(.tuple(items.first.flatMap { tuple($0) } ?? []))
    case nil: try pushObject(.opaque(name, state: nil))
    }
  }

  /// A tensor from its storage, offset, shape and strides.
  private func tensor(_ items: [PickleValue], type: TorchType?) throws(PickleFault) -> TorchTensor {
    guard items.count >= 4, case .storage(let storage) = object(items[0]), case .integer(let offset) = items[1],
      let shape = integers(items[2]), let strides = integers(items[3])
    else { throw PickleFault("a tensor in it is described otherwise than by PyTorch") }
    return try TorchTensor(
      storage: storage, type: type ?? storage.type, offset: Int(offset), shape: shape, strides: strides)
  }

  /// What an object is given to remember; of a dictionary or a tensor that is nothing of use.
  private func stateful(_ object: PickleObject, _ state: PickleValue) -> PickleObject {
    guard case .opaque(let name, nil) = object else { return object }
    return .opaque(name, state: state)
  }

  mutating func build(_ state: PickleValue) throws(PickleFault) {
    guard case .object(let place) = try top() else { throw PickleMachine.emptyStack }
    objects[place] = stateful(objects[place], state)
  }
}

/// Python's pickle machine, protocols 2 to 5, that builds only dictionaries, lists, tuples, strings, numbers and PyTorch's
/// tensors, and runs nothing.
///
/// Source: https://github.com/python/cpython/blob/3.13/Lib/pickletools.py
struct PickleMachine {
  private let bytes: [UInt8]
  private(set) var position: Int
  private var stack: [PickleValue] = []
  /// How high the stack was at each mark.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  var objects: [PickleObject] = []
  /// Values that containers hold.
  private var heldValues = 0

  /// The largest checkpoints have some hundred thousand of each; what they take stays below some hundred megabytes.
  private static let mostObjects = 1 << 20
  private static let mostValues = 1 << 22

  /// - Parameter position: Where the pickle starts within the bytes.
  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// Runs one pickle to its end and leaves ``position`` behind it.
  mutating func run() throws(PickleFault) -> PickleValue {
    while true {
      let place = position
      let code = try number(1)
      guard let opcode = PickleOpcode(rawValue: UInt8(code)) else {
        throw PickleFault("byte \(place) of it is the instruction \(code), which no pickle of PyTorch has")
      }
      if opcode == .stop { return try pop() }
      try perform(opcode)
    }
  }

  private mutating func perform(_ opcode: PickleOpcode) throws(PickleFault) {
    switch opcode {
    case .protocolVersion: _ = try number(1)
    case .frame: _ = try number(8)
    case .mark:
      try checkRoom(marks.count)
      marks.append(stack.count)
    case .pop: _ = try pop()
    case .popMark: _ = try popToMark()
    case .duplicate: try push(top())
    case .stop: break

    case .none: try push(.none)
    case .newTrue: try push(.boolean(true))
    case .newFalse: try push(.boolean(false))
    case .int1: try push(.integer(Int64(number(1))))
    case .int2: try push(.integer(Int64(number(2))))
    case .int4: try push(.integer(Int64(Int32(truncatingIfNeeded: number(4)))))
    case .long1: try push(long(number(1)))
    case .long4: try push(long(number(4)))
    case .float:
      let word = try take(8).reduce(0 as UInt64) { $0 << 8 | UInt64(bytes[$1]) }
      try push(.real(Double(bitPattern: word)))
    case .shortUnicode, .shortString: try push(.text(take(number(1))))
    case .unicode, .string: try push(.text(take(number(4))))
    case .unicode8: try push(.text(take(number(8))))
    case .shortBytes: try push(.bytes(take(number(1))))
    case .bytes: try push(.bytes(take(number(4))))
    case .bytes8, .byteArray8: try push(.bytes(take(number(8))))

    case .emptyTuple: try pushObject(.tuple([]))
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .tuple:
      let items = try popToMark()
      try hold(items.count)
      try pushObject(.tuple(items))
    case .emptyList: try pushObject(.list([]))
    case .emptyDictionary: try pushObject(.dictionary([]))
    case .emptySet: try pushObject(.list([]))
    case .frozenSet:
      let items = try popToMark()
      try hold(items.count)
      try pushObject(.list(items))
    case .append: try append([pop()])
    case .appends, .addItems: try append(popToMark())
    case .setItem:
      let value = try pop()
      try setItems([pop(), value])
    case .setItems: try setItems(popToMark())

    case .put1: try remember(number(1))
    case .put4: try remember(number(4))
    case .memoize: try remember(memo.count)
    case .get1: try recall(number(1))
    case .get4: try recall(number(4))

    case .global:
      let module = try line()
      try pushGlobal("\(module).\(try line())")
    case .stackGlobal:
      let name = try pop()
      guard let module = text(try pop()), let name = text(name) else {
        throw PickleFault("it looks up something that is no name")
      }
      try pushGlobal("\(module).\(name)")
    case .persistentID: try pushStorage(pop())
    case .reduce, .newObject:
      let arguments = try pop()
      try call(pop(), arguments)
    case .newObjectWithNames:
      _ = try pop()
      let arguments = try pop()
      try call(pop(), arguments)
    case .build: try build(pop())
    }
  }
}

// MARK: Reading

extension PickleMachine {
  private mutating func take(_ count: Int) throws(PickleFault) -> Range<Int> {
    guard count <= bytes.count - position else { throw PickleFault("it is cut off; download it again") }
    defer { position += count }
    return position..<position + count
  }

  /// An unsigned little-endian number.
  private mutating func number(_ width: Int) throws(PickleFault) -> Int {
    let word = try take(width).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64(bytes[$1]) }
    guard let number = Int(exactly: word) else { throw PickleFault("it is cut off; download it again") }
    return number
  }

  /// A signed little-endian number of any width; one that is wider than 64 bits, as PyTorch's own mark, is kept as its bytes.
  private mutating func long(_ width: Int) throws(PickleFault) -> PickleValue {
    let range = try take(width)
    guard width <= 8 else { return .bytes(range) }
    let isNegative = range.last.map { bytes[$0] & 0x80 != 0 } ?? false
    let word = range.reversed().reduce(isNegative ? ~0 as UInt64 : 0) { $0 << 8 | UInt64(bytes[$1]) }
    return .integer(Int64(bitPattern: word))
  }

  private mutating func line() throws(PickleFault) -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")), end - position <= 1000 else {
      throw PickleFault("a name in it has no end")
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  func text(_ value: PickleValue) -> String? {
    guard case .text(let range) = value else { return nil }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  func bytes(_ value: PickleValue) -> [UInt8]? {
    guard case .bytes(let range) = value else { return nil }
    return Array(bytes[range])
  }

  func object(_ value: PickleValue) -> PickleObject? {
    guard case .object(let place) = value else { return nil }
    return objects[place]
  }

  func tuple(_ value: PickleValue) -> [PickleValue]? {
    switch object(value) {
    case .tuple(let items), .list(let items): items
    default: nil
    }
  }

  func dictionary(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    guard case .dictionary(let members) = object(value) else { return nil }
    return members
  }

  /// Whole numbers; nil where the value is no tuple of them.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let items = tuple(value) else { return nil }
    let numbers = items.compactMap { item in if case .integer(let number) = item { Int(number) } else { nil } }
    return numbers.count == items.count ? numbers : nil
  }
}

// MARK: The stack

extension PickleMachine {
  private func checkRoom(_ count: Int) throws(PickleFault) {
    guard count < PickleMachine.mostValues else {
      throw PickleFault("it builds more than any checkpoint holds; it is damaged or made to exhaust memory")
    }
  }

  mutating func hold(_ count: Int) throws(PickleFault) {
    heldValues += count
    try checkRoom(heldValues)
  }

  mutating func push(_ value: PickleValue) throws(PickleFault) {
    try checkRoom(stack.count)
    stack.append(value)
  }

  mutating func pushObject(_ object: PickleObject) throws(PickleFault) {
    guard objects.count < PickleMachine.mostObjects else { return try checkRoom(PickleMachine.mostValues) }
    objects.append(object)
    try push(.object(objects.count - 1))
  }

  func top() throws(PickleFault) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw PickleMachine.emptyStack }
    return value
  }

  private mutating func pop() throws(PickleFault) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(PickleFault) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw PickleMachine.emptyStack }
    let items = Array(stack[mark...])
    stack.removeLast(stack.count - mark)
    return items
  }

  static let emptyStack = PickleFault("an instruction in it lacks what it works on; it is damaged")

  private mutating func pushTuple(_ count: Int) throws(PickleFault) {
    guard stack.count - (marks.last ?? 0) >= count else { throw PickleMachine.emptyStack }
    let items = Array(stack.suffix(count))
    stack.removeLast(count)
    try hold(count)
    try pushObject(.tuple(items))
  }

  private mutating func remember(_ place: Int) throws(PickleFault) {
    guard memo.count < PickleMachine.mostObjects else { return try checkRoom(PickleMachine.mostValues) }
    memo[place] = try top()
  }

  private mutating func recall(_ place: Int) throws(PickleFault) {
    guard let value = memo[place] else { throw PickleFault("it recalls something that it did not remember") }
    try push(value)
  }

  private mutating func append(_ items: [PickleValue]) throws(PickleFault) {
    try hold(items.count)
    guard case .object(let place) = try top() else { throw PickleMachine.emptyStack }
    switch objects[place] {
    case .list(var list):
      objects[place] = .list([])  // so that the list is not copied
      list += items
      objects[place] = .list(list)
    case .opaque: break
    default: throw PickleMachine.emptyStack
    }
  }

  private mutating func setItems(_ items: [PickleValue]) throws(PickleFault) {
    try hold(items.count)
    guard case .object(let place) = try top(), items.count.isMultiple(of: 2) else { throw PickleMachine.emptyStack }
    switch objects[place] {
    case .dictionary(var members):
      objects[place] = .dictionary([])  // so that the members are not copied
      for index in stride(from: 0, to: items.count, by: 2) { members.append((items[index], items[index + 1])) }
      objects[place] = .dictionary(members)
    case .opaque: break
    default: throw PickleMachine.emptyStack
    }
  }
}

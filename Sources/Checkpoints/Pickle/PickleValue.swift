/// What lies on a pickle's stack.
///
/// Containers lie in the machine's list of objects and are named by their place, so that they may hold themselves, and so that
/// none is nested in Swift's memory, however deep a pickle nests them.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int64)
  case real(Double)
  /// UTF-8, by its place in the pickle.
  case text(Range<Int>)
  case bytes(Range<Int>)
  case object(Int)
}

/// Something that a pickle builds.
enum PickleObject {
  case tuple([PickleValue])
  case list([PickleValue])
  /// In the order in which they were set.
  case dictionary([(key: PickleValue, value: PickleValue)])
  /// A name of Python's, such as `torch.FloatStorage`.
  case global(String)
  indirect case storage(TorchStorage)
  indirect case tensor(TorchTensor)
  /// Something that limn does not build: the name of what would have made it, and what it was given to remember.
  case opaque(String, state: PickleValue?)
}

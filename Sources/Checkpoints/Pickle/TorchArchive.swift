/// A file of `torch.save` taken apart: what its pickle built, and where the storages lie.
struct TorchArchive {
  /// What the pickle built, by the machine that did.
  let root: PickleValue
  let machine: PickleMachine
  /// By the keys of storages.
  let places: [String: Range<Int>]

  /// The pickles of published checkpoints take some hundred kilobytes.
  private static let longestPickle = 32 << 20

  /// Source: https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py, `_load`
  init(zip file: MappedFile) throws(PickleFault) {
    let archive = try ZipArchive(file)
    let ending = "/data.pkl"
    let pickles = archive.ranges.keys.filter { $0.hasSuffix(ending) }
    guard pickles.count == 1, let range = archive.ranges[pickles[0]] else {
      throw PickleFault(
        pickles.isEmpty
          ? "it is a zip archive without `data.pkl`, so `torch.save` did not write it"
          : "it holds \(pickles.count) of `data.pkl`")
    }
    let folder = pickles[0].dropLast(ending.count)
    if archive.ranges["\(folder)/constants.pkl"] != nil {
      throw PickleFault("it is a program (TorchScript), which limn does not run; look for its weights alone")
    }
    if let order = archive.ranges["\(folder)/byteorder"], order.count <= 16, file.copy(order) != Array("little".utf8) {
      throw PickleFault("its numbers are big-endian; save it again on an ordinary machine")
    }
    guard range.count <= TorchArchive.longestPickle else {
      throw PickleFault("its `data.pkl` takes \(range.count) bytes, more than any checkpoint's")
    }
    var machine = PickleMachine(file.copy(range))
    root = try machine.run()
    self.machine = machine
    let data = "\(folder)/data/"
    var places: [String: Range<Int>] = [:]
    for (name, range) in archive.ranges where name.hasPrefix(data) {
      places[String(name.dropFirst(data.count))] = range
    }
    self.places = places
  }

  /// Before PyTorch 1.6: its mark, a version, what the machine was, the pickle, the list of storages, their lengths and bytes.
  ///
  /// Source: `_legacy_load` there.
  init(legacy file: MappedFile) throws(PickleFault) {
    let head = file.copy(0..<min(file.count, TorchArchive.longestPickle))
    var reader = PickleMachine(head, at: PickleFile.legacySignature.count)
    guard case .integer(1001) = try reader.run() else { throw PickleFault("it is of an unknown version of PyTorch") }
    reader = PickleMachine(head, at: reader.position)
    let system = try reader.run()
    for member in reader.dictionary(system) ?? [] where reader.text(member.key) == "little_endian" {
      if case .boolean(false) = member.value {
        throw PickleFault("its numbers are big-endian; save it again on an ordinary machine")
      }
    }
    var machine = PickleMachine(head, at: reader.position)
    root = try machine.run()
    reader = PickleMachine(head, at: machine.position)
    let list = try reader.run()
    guard let keys = reader.tuple(list) else { throw PickleFault("it lacks the list of its storages") }
    self.machine = machine

    let widths = machine.storageWidths
    var places: [String: Range<Int>] = [:]
    var position = reader.position
    for value in keys {
      guard let key = reader.text(value), let width = widths[key], position <= file.count - 8 else {
        throw PickleFault("a storage of its list is missing; download it again")
      }
      let count = file.copy(position..<position + 8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      position += 8
      guard count <= UInt64((file.count - position) / width) else {
        throw PickleFault("the storage \(key.quoted) is cut off; download it again")
      }
      places[key] = position..<position + Int(count) * width
      position += Int(count) * width
    }
    self.places = places
  }

  /// - Throws: `PickleFault` where the tensor's storage is missing or too short.
  func check(_ tensor: TorchTensor, named name: String) throws(PickleFault) {
    let storage = tensor.storage
    guard let place = places[storage.key] else {
      throw PickleFault("the values of \(name.quoted) are missing; download it again")
    }
    let (elements, isTooMany) = storage.start.addingReportingOverflow(storage.count)
    guard !isTooMany, elements <= place.count / storage.type.width else {
      throw PickleFault(
        "\(name.quoted) needs a storage of \(storage.count) numbers, of which it holds \(place.count / storage.type.width); download it again"
      )
    }
  }
}

extension PickleMachine {
  /// Bytes an element of each storage that was spoken of.
  fileprivate var storageWidths: [String: Int] {
    var widths: [String: Int] = [:]
    for case .storage(let storage) in objects { widths[storage.key] = storage.type.width }
    return widths
  }
}

import Tensors

/// What stands before the tensors of a GGUF file, checked against the file's size.
struct GGUFHeader {
  struct Entry: Sendable {
    let type: GGUFType
    let shape: [Int]
    /// Where the values lie, counted from the beginning of the file.
    let range: Range<Int>
  }

  private(set) var tensors: [String: Entry] = [:]
  private(set) var values: [String: GGUFValue] = [:]

  static let signature = Array("GGUF".utf8)
  /// Bytes before the first key: signature, version, two counts.
  static let fixedLength = 24
  /// More axes than any network has.
  private static let mostAxes = 8
  /// What tensors begin at multiples of, unless the file says otherwise.
  private static let usualAlignment = 32
  /// Where ComfyUI-GGUF keeps the shape of a tensor that was cut into rows of whole blocks.
  static let shapePrefix = "comfy.gguf.orig_shape."

  init(_ file: MappedFile) throws(GGUFFault) {
    var scanner = GGUFScanner(file, at: GGUFHeader.signature.count)
    let version = try scanner.number(UInt32.self)
    guard version & 0xFFFF != 0 else {
      throw GGUFFault(problem: "it was written for big-endian machines; look for the little-endian version")
    }
    guard version == 2 || version == 3 else {
      throw GGUFFault(problem: "it is of version \(version); 2 or 3 was expected")
    }
    // A tensor takes 24 bytes at least, a key 13.
    let tensorCount = try scanner.count(of: "tensors", atLeast: 24)
    let keyCount = try scanner.count(of: "keys", atLeast: 13)
    for _ in 0..<keyCount {
      let key = try scanner.text()
      let kind = try scanner.number(UInt32.self)
      guard let kind = GGUFValue.Kind(rawValue: kind) else {
        throw GGUFFault(problem: "\(key.quoted) is of the unknown kind \(kind)")
      }
      guard values.updateValue(try GGUFValue.read(kind, &scanner, of: file), forKey: key) == nil else {
        throw GGUFFault(problem: "\(key.quoted) is given twice")
      }
    }
    var infos: [(name: String, type: GGUFType, shape: [Int], offset: UInt64)] = []
    for _ in 0..<tensorCount {
      let name = try scanner.text()
      let shape = try GGUFHeader.shape(name, &scanner)
      let number = try scanner.number(UInt32.self)
      guard let type = GGUFType(number: number) else {
        throw GGUFFault(problem: "\(name.quoted) is of the unknown type \(number)")
      }
      infos.append((name, type, shape, try scanner.number(UInt64.self)))
    }
    let alignment = try alignment()
    let start = scanner.position.roundedUp(toMultipleOf: alignment)
    for (name, type, shape, offset) in infos {
      let entry = try entry(name, type, shape, offset, start: start, alignment: alignment, end: file.count)
      guard tensors.updateValue(entry, forKey: name) == nil else {
        throw GGUFFault(problem: "\(name.quoted) is described twice")
      }
    }
  }

  /// The extents, outermost first: files have the innermost first.
  private static func shape(_ name: String, _ scanner: inout GGUFScanner) throws(GGUFFault) -> [Int] {
    let axes = try scanner.number(UInt32.self)
    guard axes <= mostAxes else { throw GGUFFault(problem: "\(name.quoted) has \(axes) axes") }
    var shape: [Int] = []
    for _ in 0..<axes {
      guard let extent = Int(exactly: try scanner.number(UInt64.self)) else {
        throw GGUFFault(problem: "\(name.quoted) is larger than any file")
      }
      shape.insert(extent, at: 0)
    }
    return shape
  }

  private func alignment() throws(GGUFFault) -> Int {
    guard let value = values["general.alignment"] else { return GGUFHeader.usualAlignment }
    guard let alignment = value.integer, (1...1 << 20).contains(alignment), alignment.nonzeroBitCount == 1 else {
      throw GGUFFault(problem: "`general.alignment` is no power of two")
    }
    return alignment
  }

  private func entry(
    _ name: String, _ type: GGUFType, _ shape: [Int], _ offset: UInt64, start: Int, alignment: Int, end: Int
  ) throws(GGUFFault) -> Entry {
    func fault(_ problem: String) -> GGUFFault { GGUFFault(problem: "\(name.quoted) \(problem)") }
    guard let count = GGUFHeader.count(of: shape) else {
      throw fault("is \(shape), more values than any file holds")
    }
    guard (shape.last ?? 1).isMultiple(of: type.values) else {
      throw fault("is \(shape) of \(type.name), whose rows are multiples of \(type.values)")
    }
    let (length, isTooLong) = (count / type.values).multipliedReportingOverflow(by: type.bytes)
    guard offset.isMultiple(of: UInt64(alignment)) else {
      throw fault("begins at byte \(offset) of the data, which is no multiple of \(alignment)")
    }
    guard !isTooLong, start <= end, offset <= UInt64(end - start), length <= end - start - Int(offset) else {
      throw fault(
        "of \(count) values of \(type.name) from byte \(offset) of the data would go beyond the end of the file (\(end) bytes); "
          + "it may be cut off: download it again")
    }
    let first = start + Int(offset)
    return Entry(type: type, shape: try restored(shape, name, count: count), range: first..<first + length)
  }

  /// How many values a shape has; nil where they cannot be counted, which must go for an empty tensor's other axes too.
  private static func count(of shape: [Int]) -> Int? {
    var count = 1
    for extent in shape where extent != 0 {
      let (product, isTooMany) = count.multipliedReportingOverflow(by: extent)
      if isTooMany || extent < 0 { return nil }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The shape before rows were cut.
  private func restored(_ shape: [Int], _ name: String, count: Int) throws(GGUFFault) -> [Int] {
    guard let original = values[GGUFHeader.shapePrefix + name] else { return shape }
    let extents = original.array.map { $0.count <= GGUFHeader.mostAxes ? $0.integers : [] } ?? []
    guard !extents.isEmpty, GGUFHeader.count(of: extents) == count else {
      throw GGUFFault(problem: "\(name.quoted) is \(shape), and by its `comfy.gguf.orig_shape` \(extents)")
    }
    return extents
  }
}

extension Int {
  fileprivate func roundedUp(toMultipleOf unit: Int) -> Int { (self + unit - 1) / unit * unit }
}

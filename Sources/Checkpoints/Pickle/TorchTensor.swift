import Tensors

/// The types of number that PyTorch stores.
enum TorchType: String {
  case float32 = "Float"
  case float64 = "Double"
  case float16 = "Half"
  case bfloat16 = "BFloat16"
  case int64 = "Long"
  case int32 = "Int"
  case int16 = "Short"
  case int8 = "Char"
  case uint8 = "Byte"
  case bool = "Bool"
  case complex64 = "ComplexFloat"
  case complex128 = "ComplexDouble"
  case float8e4m3 = "float8_e4m3fn"
  case float8e5m2 = "float8_e5m2"
  /// Bytes whose type each tensor says.
  case untyped = "Untyped"

  /// From the name of a storage's class, `torch.HalfStorage`, or of a type, `torch.float8_e4m3fn`.
  init?(global name: String) {
    guard let last = name.split(separator: ".").last, name.hasPrefix("torch.") else { return nil }
    if let named = TorchType.dtypes[String(last)] {
      self = named
      return
    }
    self.init(rawValue: last.hasSuffix("Storage") ? String(last.dropLast("Storage".count)) : String(last))
  }

  private static let dtypes: [String: TorchType] = [
    "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
    "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8, "bool": .bool, "complex64": .complex64,
    "complex128": .complex128,
  ]

  /// Bytes an element.
  var width: Int {
    switch self {
    case .bool, .uint8, .int8, .float8e4m3, .float8e5m2, .untyped: 1
    case .float16, .bfloat16, .int16: 2
    case .float32, .int32: 4
    case .float64, .int64, .complex64: 8
    case .complex128: 16
    }
  }
}

/// A block of numbers that tensors look into.
struct TorchStorage {
  let type: TorchType
  /// Names its bytes within the file.
  let key: String
  /// Elements of `type`.
  let count: Int
  /// Where it begins within the bytes of that name, in elements: files before PyTorch 1.6 may share one block so.
  var start = 0
}

/// A view of a storage: where it begins and how far apart neighbours along each axis are, in elements.
struct TorchTensor {
  let storage: TorchStorage
  let type: TorchType
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  /// More axes than any network has.
  static let mostAxes = 16

  /// - Throws: `PickleFault` where the view does not lie within its storage, or shows more elements than that holds.
  init(storage: TorchStorage, type: TorchType, offset: Int, shape: [Int], strides: [Int]) throws(PickleFault) {
    guard shape.count == strides.count, shape.count <= TorchTensor.mostAxes else {
      throw PickleFault("a tensor has \(shape.count) axes and \(strides.count) strides")
    }
    let (bytes, isTooLarge) = storage.count.multipliedReportingOverflow(by: storage.type.width)
    guard !isTooLarge, storage.count >= 0, storage.start >= 0 else {
      throw PickleFault("a storage would hold \(storage.count) numbers")
    }
    let held = bytes / type.width
    var last = offset
    var elements = 1
    for (extent, stride) in zip(shape, strides) {
      guard extent >= 0, stride >= 0 else { throw PickleFault("a tensor of shape \(shape) has strides \(strides)") }
      // An empty tensor's other axes must be countable too.
      let (product, isWide) = elements.multipliedReportingOverflow(by: max(1, extent))
      let (reach, isFar) = stride.multipliedReportingOverflow(by: max(0, extent - 1))
      let (next, isBeyond) = last.addingReportingOverflow(reach)
      guard !isWide, !isFar, !isBeyond else { throw PickleFault("a tensor of shape \(shape) is larger than its file") }
      (elements, last) = (product, next)
    }
    let isEmpty = shape.contains(0)
    guard offset >= 0, isEmpty || last < held else {
      throw PickleFault("a tensor of shape \(shape) reaches beyond its storage of \(held) numbers")
    }
    guard isEmpty || elements <= max(held, 1 << 16) else {
      throw PickleFault("a tensor of shape \(shape) repeats the \(held) numbers of its storage")
    }
    self.storage = storage
    self.type = type
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// Whether the elements lie one behind the other in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}

extension TorchTensor {
  /// The tensor in the bytes of its storage.
  ///
  /// - Parameter bytes: Those that the storage's key names.
  /// - Returns: Nil where limn does not compute with its type.
  func stored(in bytes: SharedBytes) -> StoredTensor? {
    let first = storage.start * storage.type.width + offset * type.width
    let element: ElementType? =
      switch type {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      default: nil
      }
    if let element, isContiguous {
      let part = shape.product == 0 ? 0..<0 : first..<first + shape.product * type.width
      return StoredTensor(shape: shape, elementType: element, bytes: bytes.part(part))
    }
    guard element != nil || type == .float64 else { return nil }
    return StoredTensor(shape: shape, computing: { gathered(from: bytes, at: first) })
  }

  /// The elements in row-major order.
  private func gathered(from bytes: SharedBytes, at first: Int) -> Tensor {
    unsafe bytes.withBytes { raw in
      unsafe Tensor(shape: shape) { target in
        var indices = [Int](repeating: 0, count: shape.count)
        var position = first
        for place in 0..<target.count {
          unsafe target.initializeElement(at: place, to: value(raw, at: position))
          for axis in shape.indices.reversed() {
            indices[axis] += 1
            position += strides[axis] * type.width
            if indices[axis] < shape[axis] { break }
            position -= indices[axis] * strides[axis] * type.width
            indices[axis] = 0
          }
        }
      }
    }
  }

  private func value(_ raw: UnsafeRawBufferPointer, at position: Int) -> Float {
    switch type {
    case .float64: unsafe Float(raw.loadUnaligned(fromByteOffset: position, as: Double.self))
    case .float16: unsafe Float(raw.loadUnaligned(fromByteOffset: position, as: Float16.self))
    case .bfloat16:
      unsafe Float(bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: position, as: UInt16.self)) << 16)
    default: unsafe raw.loadUnaligned(fromByteOffset: position, as: Float.self)
    }
  }

  /// The value of a whole number or float32 of one element.
  func scalar(in bytes: SharedBytes) -> Double? {
    guard shape.product == 1 else { return nil }
    let position = storage.start * storage.type.width + offset * type.width
    return unsafe bytes.withBytes { raw in
      switch type {
      case .int64: unsafe Double(raw.loadUnaligned(fromByteOffset: position, as: Int64.self))
      case .int32: unsafe Double(raw.loadUnaligned(fromByteOffset: position, as: Int32.self))
      case .float32: unsafe Double(raw.loadUnaligned(fromByteOffset: position, as: Float.self))
      default: nil
      }
    }
  }
}

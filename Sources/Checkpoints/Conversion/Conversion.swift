import System
import Tensors

/// Writes a checkpoint's tensors anew, under the names that they have, one after the other.
package struct Conversion {
  private let source: any TensorSource
  private let target: ConversionTarget
  private let metadata: [String: String]
  private let tensors: [PlannedTensor]

  /// - Parameters:
  ///   - metadata: What the file says about itself.
  ///   - cutsWindows: Whether convolutions are quantised too, in the way of ComfyUI-GGUF.
  /// - Throws: `CheckpointError` where the source holds tensors that nobody can compute with.
  package init(
    _ source: any TensorSource, to target: ConversionTarget, metadata: [String: String] = [:], cutsWindows: Bool = false
  )
    throws
  {
    self.source = source
    self.target = target
    self.metadata = metadata
    var tensors: [PlannedTensor] = []
    for name in source.names.sorted() {
      guard let shape = try Conversion.shape(of: name, in: source) else { continue }
      let type = target.type(of: name, shape, cutsWindows: cutsWindows)
      tensors.append(PlannedTensor(name, shape, type))
      if let scale = Conversion.scaleName(name, type) { tensors.append(PlannedTensor(scale, [], .float32)) }
    }
    if tensors.contains(where: { $0.type.isFloat8 }), let type = ElementType(named: "F8_E4M3") {
      // ComfyUI tells by it that scales lie beside the weights.
      tensors.append(PlannedTensor(Conversion.marker, [0], type))
    }
    self.tensors = tensors
  }

  /// Bytes of the file that ``write(to:)`` makes.
  package var fileSize: Int {
    header.count + tensors.reduce(0) { $0 + $1.bytes + (target.isGGUF ? TensorOutput.padding(behind: $1.bytes) : 0) }
  }

  /// Writes the file, which must not be there yet.
  ///
  /// - Throws: `AtomicFileError`, and `CheckpointError` where a tensor cannot be read.
  package func write(to path: String) throws {
    try AtomicFile.stream(to: path, ifTaken: .refuse, bytes: fileSize) { write in
      try write(header)
      var scale: Float?
      for tensor in tensors {
        if let known = scale {
          try write(Tensor([known]).encoded(as: .float32))
          scale = nil
          continue
        }
        guard let stored = tensor.name == Conversion.marker ? nil : try source.stored(tensor.name) else { continue }
        var values = stored.widened()
        stored.bytes.discard()
        if tensor.type.isFloat8 {
          scale = Conversion.scale(of: values)
          values = values / scale!
        }
        let bytes = values.encoded(as: tensor.type)
        try write(bytes)
        if target.isGGUF { try write(Array(repeating: 0, count: TensorOutput.padding(behind: bytes.count))) }
      }
    }
  }

  private var header: [UInt8] {
    target.isGGUF
      ? TensorOutput.ggufHeader(tensors, metadata: metadata)
      : TensorOutput.safetensorsHeader(tensors, metadata: metadata)
  }

  private static let marker = "scaled_fp8"

  private static func scaleName(_ name: String, _ type: ElementType) -> String? {
    type.isFloat8 && name.hasSuffix(".weight") ? name.dropLast("weight".count) + "scale_weight" : nil
  }

  /// The largest value becomes the largest 8-bit float.
  private static func scale(of values: Tensor) -> Float {
    let largest = values.values.reduce(0) { $1.magnitude > $0 ? $1.magnitude : $0 }
    return largest > 0 && largest.isFinite ? largest / 448 : 1
  }

  /// Nil for what no network reads and nobody can compute with, such as positions as integers.
  private static func shape(of name: String, in source: any TensorSource) throws -> [Int]? {
    do {
      return try source.stored(name)?.shape
    } catch let error as CheckpointError {
      if HarmlessNames.contains(name) { return nil }
      throw error
    }
  }
}

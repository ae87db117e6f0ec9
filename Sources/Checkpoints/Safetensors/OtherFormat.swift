/// Files that people hand over where safetensors is meant, told by their first bytes.
struct OtherFormat {
  /// What the file is and what to do about it: the end of a sentence.
  let advice: String

  /// Nil where the bytes are of no known other format.
  init?(of beginning: [UInt8]) {
    guard let known = OtherFormat.table.first(where: { beginning.starts(with: $0.signature) }) else { return nil }
    advice = known.advice
  }

  /// The advice where a text file is but Git LFS's pointer to it; nil otherwise.
  static func pointerAdvice(_ beginning: [UInt8]) -> String? {
    beginning.starts(with: table[0].signature) ? table[0].advice : nil
  }

  private static let pickleAdvice =
    "is a Python pickle that `torch.save` did not write; limn reads weights from safetensors and PyTorch's own files"

  private static let table: [(signature: [UInt8], advice: String)] = [
    (Array("version https://git-lfs".utf8), "is a Git LFS pointer, not the weights; fetch them with `git lfs pull`"),
    ([0x80, 0x02], pickleAdvice),
    ([0x80, 0x03], pickleAdvice),
    ([0x80, 0x04], pickleAdvice),
    (Array("GGUF".utf8), "is a GGUF file; safetensors was expected here"),
    (Array("ggml".utf8), "is a GGML file, which limn does not read; it reads safetensors"),
    ([0x89] + Array("HDF".utf8), "is an HDF5 file (Keras); limn reads safetensors"),
    (Array("<!".utf8), "is a web page, not the weights; the download went wrong"),
    (Array("<html".utf8), "is a web page, not the weights; the download went wrong"),
    (Array("{\"".utf8), "is JSON without the length that begins a safetensors file"),
  ]
}

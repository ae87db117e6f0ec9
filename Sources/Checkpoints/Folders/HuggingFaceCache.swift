import System

/// Models that `huggingface_hub` downloaded: `models--org--name/{refs/main,snapshots/<commit>}` under the cache's root.
package struct HuggingFaceCache: Sendable {
  /// The folder that holds `models--...`; nil where the environment names not even a home.
  package let root: String?

  /// Finds the cache as huggingface_hub does (`constants.py`): `HF_HUB_CACHE`, its older name `HUGGINGFACE_HUB_CACHE`,
  /// `HF_HOME/hub`, `XDG_CACHE_HOME/huggingface/hub`, `~/.cache/huggingface/hub`.
  package init(environment: [String: String]) {
    let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
    func folder(_ variable: String) -> String? {
      guard let value = environment[variable], !value.isEmpty else { return nil }
      guard value == "~" || value.hasPrefix("~/") else { return value }
      return home.map { $0 + value.dropFirst() }
    }
    let caches = folder("XDG_CACHE_HOME") ?? home?.appending(pathComponent: ".cache")
    let hub = folder("HF_HOME") ?? caches?.appending(pathComponent: "huggingface")
    root = folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? hub?.appending(pathComponent: "hub")
  }

  /// Whether `text` has the form of a repository's name, `org/name`, so that looking it up makes sense.
  package static func isRepositoryName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy(isPlain) && !text.contains("--")
  }

  /// The models that lie there, as `org/name`, sorted.
  package var repositories: [String] {
    guard let root else { return [] }
    return FileTree.names(in: root).compactMap { folder -> String? in
      guard folder.hasPrefix("models--") else { return nil }
      let name = String(folder.dropFirst("models--".count)).replacing("--", with: "/")
      return HuggingFaceCache.isRepositoryName(name) ? name : nil
    }
  }

  /// The folder of a downloaded model.
  ///
  /// - Parameters:
  ///   - repository: `org/name`.
  ///   - revision: a branch or tag whose commit `refs` names, or a commit.
  /// - Throws: `CheckpointError` where it is not in the cache.
  package func snapshot(of repository: String, revision: String = "main") throws(CheckpointError) -> String {
    guard HuggingFaceCache.isRepositoryName(repository), HuggingFaceCache.isPlain(revision[...]) else {
      throw CheckpointError(
        repository, "is not the name of a model (`organisation/name`) at a revision without slashes")
    }
    guard let root else {
      throw CheckpointError(repository, "the Hugging Face cache was not found: neither `HF_HOME` nor `HOME` is set")
    }
    let entry = root.appending(pathComponent: "models--" + repository.split(separator: "/").joined(separator: "--"))
    guard PathKind(entry) == .folder else {
      throw CheckpointError(
        repository,
        "is not in the Hugging Face cache (\(root.harmlessName)); fetch it with `limn models pull \(repository)`"
      )
    }
    let snapshots = entry.appending(pathComponent: "snapshots")
    let commit = try commit(entry, revision) ?? revision
    if HuggingFaceCache.isPlain(commit[...]), PathKind(snapshots.appending(pathComponent: commit)) == .folder {
      return snapshots.appending(pathComponent: commit)
    }
    // Copied caches often lack `refs`; with one snapshot there is nothing to choose.
    let all = FileTree.names(in: snapshots)
    if all.count == 1, revision == "main" { return snapshots.appending(pathComponent: all[0]) }
    let found = all.isEmpty ? "none is there" : "there are \(all.quotedList)"
    throw CheckpointError(repository, "the Hugging Face cache has no snapshot of it for \(revision.quoted): \(found)")
  }

  /// A file of a downloaded model: `org/name/folder/file.safetensors`, or `org/name` where the model is one file of weights.
  ///
  /// - Returns: nil where nothing of that name is in the cache.
  package func file(_ name: String) -> String? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2, !parts.contains(where: { ["", ".", ".."].contains($0) }),
      let folder = try? snapshot(of: parts[..<2].joined(separator: "/"))
    else { return nil }
    guard parts.count == 2 else {
      let place = parts[2...].reduce(folder) { $0.appending(pathComponent: $1) }
      return PathKind(place) == .file ? place : nil
    }
    return HuggingFaceCache.onlyWeights(in: folder)
  }

  /// The file of a folder that holds no model but one file of weights; nil for others.
  package static func onlyWeights(in folder: String) -> String? {
    let names = FileTree.names(in: folder)
    guard !names.contains("model_index.json"), !names.contains("config.json") else { return nil }
    let weights = names.filter { CheckpointFiles.stem(of: $0) != nil }
    return weights.count == 1 ? folder.appending(pathComponent: weights[0]) : nil
  }

  /// The commit that a branch or tag stands for; nil where `refs` does not name it.
  private func commit(_ entry: String, _ revision: String) throws(CheckpointError) -> String? {
    let reference = entry.appending(pathComponent: "refs").appending(pathComponent: revision)
    guard PathKind(reference) == .file else { return nil }
    let file = try MappedFile(path: reference)
    let text = String(decoding: file.copy(0..<min(file.count, 256)), as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }

  /// Whether a name is one path component of the characters that the Hub allows.
  private static func isPlain(_ name: Substring) -> Bool {
    guard let first = name.first, first != ".", first != "-" else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}

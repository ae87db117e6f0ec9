import Testing

@testable import Checkpoints

@Suite struct HuggingFaceCacheTests {
  /// huggingface_hub's `constants.py`.
  @Test(
    arguments: [
      (["HOME": "/h"], "/h/.cache/huggingface/hub"), (["HOME": "/h", "XDG_CACHE_HOME": "/x"], "/x/huggingface/hub"),
      (["HOME": "/h", "XDG_CACHE_HOME": "/x", "HF_HOME": "/f"], "/f/hub"),
      (["HOME": "/h", "HF_HOME": "~/f"], "/h/f/hub"),
      (["HF_HOME": "/f", "HF_HUB_CACHE": "/c"], "/c"), (["HF_HOME": "/f", "HUGGINGFACE_HUB_CACHE": "/o"], "/o"),
      (["HOME": "/h", "HF_HOME": ""], "/h/.cache/huggingface/hub"), ([:], nil),
    ] as [([String: String], String?)])
  func findsTheRoot(environment: [String: String], root: String?) {
    #expect(HuggingFaceCache(environment: environment).root == root)
  }

  @Test func findsTheSnapshot() throws {
    let folder = try TemporaryFolder()
    let cache = HuggingFaceCache(environment: ["HF_HUB_CACHE": folder.path])
    #expect(sentence { _ = try cache.snapshot(of: "org/name") }.contains("fetch it with `limn models pull org/name`"))
    try folder.write("models--org--name/snapshots/abc/model_index.json", "{}")
    let only = "\(folder.path)/models--org--name/snapshots/abc"
    #expect(try cache.snapshot(of: "org/name") == only)
    try folder.write("models--org--name/snapshots/def/model_index.json", "{}")
    #expect(sentence { _ = try cache.snapshot(of: "org/name") }.hasSuffix("for `main`: there are `abc`, `def`."))
    try folder.write("models--org--name/refs/main", "abc\n")
    #expect(try cache.snapshot(of: "org/name") == only)
    #expect(try cache.snapshot(of: "org/name", revision: "def").hasSuffix("/def"))
    try folder.write("models--org--name/refs/main", "../../etc")
    #expect(sentence { _ = try cache.snapshot(of: "org/name") }.contains("has no snapshot"))
    #expect(sentence { _ = try cache.snapshot(of: "org/name", revision: "..") }.contains("is not the name"))
  }

  @Test(arguments: [
    ("org/name", true), ("gpt2", true), ("stabilityai/sd-turbo.v1_0", true), ("a/b/c", false), ("../x", false),
    ("/abs", false),
    ("a/", false), ("a b/c", false), ("", false), ("a--b/c", false), ("org/.hidden", false),
  ])
  func knowsRepositoryNames(text: String, isName: Bool) {
    #expect(HuggingFaceCache.isRepositoryName(text) == isName)
  }
}

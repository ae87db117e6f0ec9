import Foundation
import Store
import System
import Testing

/// What the environment says of the hub, names of models, proxies.
@Suite struct SettingsTests {
  @Test func variablesAreThoseOfHuggingFaceHub() throws {
    let plain = try HubSettings(environment: [:])
    #expect(plain.endpoint.absoluteString == "https://huggingface.co" && plain.token == nil && !plain.isOffline)
    let all = try HubSettings(environment: [
      "HF_ENDPOINT": "https://mirror.example/hub/", "HF_TOKEN": " hf_a\n", "HF_HUB_OFFLINE": "yes",
      "HF_HUB_DOWNLOAD_TIMEOUT": "7",
    ])
    #expect(all.endpoint.absoluteString == "https://mirror.example/hub" && all.token == "hf_a")
    #expect(all.isOffline && all.idleSeconds == 7)
    #expect(throws: UserError.self) { try HubSettings(environment: ["HF_ENDPOINT": "nonsense"]) }
    #expect(throws: UserError.self) { try HubSettings(environment: ["HF_TOKEN": "a b\r\nX: y"]) }
  }

  @Test func theTokenMayLieInAFile() throws {
    let cache = try TestCache()
    try FileManager.default.createDirectory(
      atPath: "\(cache.root)/.cache/huggingface", withIntermediateDirectories: true)
    try Data("hf_file\n".utf8).write(to: URL(filePath: "\(cache.root)/.cache/huggingface/token"))
    let home = ["HOME": cache.root]
    #expect(try HubSettings(environment: home).token == "hf_file")
    #expect(try HubSettings(environment: home.merging(["HF_TOKEN": "hf_own"]) { $1 }).token == "hf_own")
    #expect(try HubSettings(environment: home.merging(["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]) { $1 }).token == nil)
    #expect(try HubSettings(environment: home.merging(["HF_HOME": "/nowhere"]) { $1 }).token == nil)
    let place = "\(cache.root)/.cache/huggingface/token"
    #expect(try HubSettings(environment: ["HF_TOKEN_PATH": place]).token == "hf_file")
  }

  @Test func proxiesAreTakenOrNot() throws {
    let proxies = try ProxySettings(environment: [
      "https_proxy": "http://ada:secret@proxy.example:3128", "no_proxy": "localhost, .inner.example,other.example:8443",
    ])
    func host(_ address: String) -> String? { proxies.proxy(for: URL(string: address)!)?.host }
    #expect(host("https://huggingface.co/x") == "proxy.example" && host("http://huggingface.co") == nil)
    for address in [
      "https://localhost:99/", "https://a.inner.example", "https://inner.example", "https://other.example:8443",
    ] {
      #expect(host(address) == nil, "\(address)")
    }
    for address in ["https://notinner.example", "https://other.example"] { #expect(host(address) != nil, "\(address)") }
    let proxy = try #require(proxies.proxy(for: URL(string: "https://x.example")!))
    #expect(proxy.port == 3128 && proxy.user == "ada" && proxy.password == "secret")
    let everything = try ProxySettings(environment: ["ALL_PROXY": "proxy.example:80", "NO_PROXY": "*"])
    #expect(everything.proxy(for: URL(string: "https://x.example")!) == nil)
    #expect(throws: UserError.self) { try ProxySettings(environment: ["https_proxy": "socks5://x:1"]) }
  }

  @Test func namesOfModels() throws {
    #expect(try ModelReference("org/name").revision == "main")
    #expect(try ModelReference("org/name@refs/pr/1").revision == "refs/pr/1")
    for name in ["name", "a/b/c", "../x/y", "org/na me", "org/name@", "org/name@../..", "org/name@a\u{0}b", "-x/y", ""]
    {
      #expect(throws: UserError.self, "\(name)") { try ModelReference(name) }
    }
  }
}

// swift-tools-version: 6.2
// The targets are the architecture: SwiftPM refuses circles, so this list stays a true diagram.

import PackageDescription

let ours: [SwiftSetting] = [.strictMemorySafety(), .enableUpcomingFeature("ExistentialAny")]

/// One set of kernel sources, compiled once for each instruction set; `Tensors` picks one when it starts.
/// (Swift has no function multiversioning; the folders are symbolic links to `Sources/Kernels`.)
///
/// - Parameter parents: Other sets whose instructions it has too.
func kernels(_ instructionSet: String, _ flags: [String], also parents: [String] = []) -> Target {
  .target(
    name: "Kernels" + instructionSet,
    dependencies: ["KernelInterface", "CIntrinsics"],
    swiftSettings: ours + ([instructionSet] + parents).map { .define($0.uppercased()) } + [
      .unsafeFlags(["-O"] + flags.flatMap { ["-Xcc", $0] })
    ])
}

#if arch(x86_64)
  let avx2 = ["-mavx2", "-mfma", "-mf16c", "-mbmi2"]
  let avx512 = avx2 + ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"]
  let kernelTargets = [
    kernels("Baseline", []),
    kernels("AVX2", avx2),
    kernels("AVX2VNNI", avx2 + ["-mavxvnni"], also: ["AVX2"]),
    kernels("AVX512", avx512),
    kernels("AVX512VNNI", avx512 + ["-mavx512vnni"], also: ["AVX512"]),
    kernels("AVX512BF16", avx512 + ["-mavx512vnni", "-mavx512bf16"], also: ["AVX512", "AVX512VNNI"]),
  ]
#else
  let kernelTargets = [kernels("Baseline", [])]
#endif

let package = Package(
  name: "limn",
  products: [.executable(name: "limn", targets: ["limn"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
  ],
  targets: kernelTargets + [
    // System libraries, and the processor's instructions.
    .systemLibrary(name: "CIntrinsics"),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),

    // Numbers.
    .target(name: "KernelInterface", swiftSettings: ours),
    .target(
      name: "Tensors",
      dependencies: ["COpenBLAS", "KernelInterface", "System"] + kernelTargets.map { .byName(name: $0.name) },
      swiftSettings: ours),
    .target(name: "System", swiftSettings: ours),
    .target(name: "Checkpoints", dependencies: ["System", "JSON", "Tensors"], swiftSettings: ours),
    .target(name: "Networks", dependencies: ["JSON", "KernelInterface", "System", "Tensors"], swiftSettings: ours),
    .target(name: "Sampling", dependencies: ["JSON", "System", "Tensors"], swiftSettings: ours),

    // Words and pictures.
    .target(name: "JSON", swiftSettings: ours),
    .target(name: "Tokenizers", dependencies: ["System", "JSON"], swiftSettings: ours),
    .target(name: "Guardrail", dependencies: ["System"], swiftSettings: ours),
    .target(name: "Images", dependencies: ["JSON", "System", "CPNG", "CJPEG", "CWebP"], swiftSettings: ours),

    // Records.
    .target(
      name: "History",
      dependencies: [
        "System", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: ours),
    .target(
      name: "Reports", dependencies: ["History", "System", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: ours),
    // Models and painting.
    .target(
      name: "Store",
      dependencies: [
        "Checkpoints", "JSON", "System", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: ours),
    .target(
      name: "Families",
      dependencies: [
        "Checkpoints", "Guardrail", "Images", "JSON", "Networks", "Sampling", "System", "Tensors", "Tokenizers",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: ours),
    .target(
      name: "Painting",
      dependencies: [
        "Families", "Guardrail", "Images", "JSON", "Networks", "Sampling", "System", "Tensors", "Tokenizers",
      ],
      swiftSettings: ours),
    .target(
      name: "Engine",
      dependencies: [
        "Checkpoints", "Families", "Guardrail", "History", "Images", "JSON", "Networks", "Painting", "Sampling",
        "System", "Tensors", "Tokenizers", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: ours),
    .target(
      name: "Batch",
      dependencies: [
        "Engine", "Guardrail", "Images", "Painting", "System", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: ours),
    .target(
      name: "Health",
      dependencies: [
        "Engine", "Families", "Guardrail", "History", "Images", "Painting", "Remote", "Reports", "System", "Tensors",
        "Terminal", "Tokenizers",
      ],
      swiftSettings: ours),
    .target(
      name: "Remote",
      dependencies: [
        "Batch", "Engine", "Images", "JSON", "Painting", "Store", "System",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: ours),
    .target(
      name: "Server",
      dependencies: [
        "Batch", "Engine", "Families", "Guardrail", "Health", "History", "Images", "JSON", "Painting", "Reports",
        "System",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      exclude: ["Studio"],
      swiftSettings: ours),
    .target(name: "Terminal", dependencies: ["Images", "System"], swiftSettings: ours),
    .target(
      name: "Options",
      dependencies: [
        "Batch", "Engine", "Families", "Guardrail", "History", "Images", "Painting", "System", "Tensors", "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: ours),
    .target(
      name: "Views",
      dependencies: [
        "Batch", "Engine", "History", "Images", "Options", "Painting", "Remote", "Reports", "System", "Terminal",
      ],
      swiftSettings: ours),
    .target(name: "ManualPages", dependencies: ["Engine", "System"], swiftSettings: ours),
    .executableTarget(
      name: "limn",
      dependencies: [
        "Batch", "Engine", "Families", "Guardrail", "Health", "History", "Images", "JSON", "ManualPages", "Options",
        "Painting", "Remote", "Reports", "Sampling", "Server", "Store", "System", "Tensors", "Terminal", "Views",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: ours),

    // Tests mirror the sources.
    .target(name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport", swiftSettings: ours),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "JSON", "Tensors", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "SystemTests", dependencies: ["System", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "TerminalTests", dependencies: ["System", "Terminal"], swiftSettings: ours),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "TokenizersTests", dependencies: ["JSON", "TestSupport", "Tokenizers"], swiftSettings: ours),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "JSON", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "SamplingTests", dependencies: ["JSON", "Sampling", "Tensors", "TestSupport"], swiftSettings: ours),
    .testTarget(name: "GuardrailTests", dependencies: ["Guardrail", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors", "KernelInterface", "TestSupport"], swiftSettings: ours),
    .testTarget(
      name: "FamiliesTests", dependencies: ["Families", "Guardrail", "Images", "Tensors", "Tokenizers"],
      swiftSettings: ours),
    .target(name: "SettingSamples", path: "Tests/SettingSamples", swiftSettings: ours),
    .testTarget(
      name: "PaintingTests",
      dependencies: [
        "Checkpoints", "Families", "Guardrail", "Images", "JSON", "Networks", "Painting", "Sampling", "SettingSamples",
        "System", "Tensors", "Tokenizers",
      ],
      swiftSettings: ours),
    .target(
      name: "HubSamples",
      dependencies: [
        "System", .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/HubSamples", swiftSettings: ours),
    .testTarget(name: "StoreTests", dependencies: ["HubSamples", "Store", "System"], swiftSettings: ours),
    .target(name: "HistorySamples", dependencies: ["History"], path: "Tests/HistorySamples", swiftSettings: ours),
    .testTarget(
      name: "HistoryTests",
      dependencies: ["History", "HistorySamples", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: ours),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "History", "HistorySamples"], swiftSettings: ours),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Engine", "Families", "Guardrail", "History", "Images", "JSON", "Painting", "SettingSamples", "System",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: ours),
    .testTarget(
      name: "BatchTests",
      dependencies: [
        "Batch", "Engine", "History", "Images", "JSON", "Painting", "SettingSamples", "System",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: ours),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Batch", "Engine", "History", "Images", "JSON", "Painting", "Remote", "Server", "System",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: ours),
    .testTarget(
      name: "limnTests",
      dependencies: [
        "History", "HistorySamples", "HubSamples", "Images", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: ours),
    .testTarget(
      name: "NetworksTests", dependencies: ["JSON", "Networks", "Tensors", "TestSupport"], swiftSettings: ours),
  ],
  swiftLanguageModes: [.v6]
)

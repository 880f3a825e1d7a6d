// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ library: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(library)Tests",
        dependencies: [.target(name: library), "TestSupport", "TestTraits"] + dependencies,
        exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "CryptoStream",
    products: [
        .executable(name: "producer", targets: ["producer"]),
        .executable(name: "processor", targets: ["processor"]),
        .executable(name: "sink", targets: ["sink"]),
        .executable(name: "trainer", targets: ["trainer"]),
        .executable(name: "inference", targets: ["inference"]),
        .executable(name: "alerter", targets: ["alerter"]),
        .executable(name: "dashboard", targets: ["dashboard"]),
        .executable(name: "pipeline", targets: ["pipeline"]),
        .executable(name: "bench", targets: ["bench"]),
    ],
    targets: [
        // Floor 0: Debian's C libraries, a module map each.
        system("CRdkafka", "rdkafka", "librdkafka-dev"),
        system("CMongoC", "libmongoc-1.0", "libmongoc-dev"),
        system("CCurl", "libcurl", "libcurl4-openssl-dev"),
        system("CWebSockets", "libwebsockets", "libwebsockets-dev"),
        system("CMicroHTTPD", "libmicrohttpd", "libmicrohttpd-dev"),
        system("CSQLite", "sqlite3", "libsqlite3-dev"),
        system("CZlib", "zlib", "zlib1g-dev"),
        system("CZip", "libzip", "libzip-dev"),
        system("CJemalloc", "jemalloc", "libjemalloc-dev"),
        system("CCrypto", "libcrypto", "libssl-dev"),

        // Floor 1: what is pure, the operating system, and compressed files over it.
        // The compiler calls libm's sqrt, trunc and round on machines without the instruction.
        .target(name: "CryptoCore", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
        library("System", ["CCrypto"]),
        library("Compression", ["System", "CZlib", "CZip"]),

        // Floor 2: the outside world.
        library("KafkaClient", ["CryptoCore", "System", "CRdkafka", "CJemalloc"]),
        library("NetClient", ["CryptoCore", "System", "CCurl", "CWebSockets"]),
        library("Feeds", ["CryptoCore", "System", "Compression", "NetClient"]),
        library("Storage", ["CryptoCore", "System", "CMongoC", "CSQLite"]),
        library("HTTPServer", ["CryptoCore", "System", "CMicroHTTPD", "CZlib"]),
        library("ServiceKit", ["CryptoCore", "System"]),

        // Floor 3: the services, and what all of them wire the same way.
        library("ServiceRuntime", ["CryptoCore", "System", "KafkaClient", "HTTPServer", "ServiceKit"]),
        library(
            "ProducerService",
            ["CryptoCore", "System", "KafkaClient", "NetClient", "Feeds", "ServiceKit", "ServiceRuntime"]),
        library(
            "ProcessorService", ["CryptoCore", "System", "HTTPServer", "KafkaClient", "ServiceKit", "ServiceRuntime"]),
        library("SinkService", ["CryptoCore", "System", "KafkaClient", "Storage", "ServiceKit", "ServiceRuntime"]),
        library("TrainerService", ["CryptoCore", "System", "KafkaClient", "Storage", "ServiceKit", "ServiceRuntime"]),
        library(
            "InferenceService", ["CryptoCore", "System", "HTTPServer", "KafkaClient", "ServiceKit", "ServiceRuntime"]),
        library(
            "AlerterService",
            [
                "CryptoCore", "System", "Compression", "NetClient", "HTTPServer", "KafkaClient", "ServiceKit",
                "ServiceRuntime",
            ]),

        // `Page` is what browsers get: no Swift.
        .target(
            name: "DashboardService",
            dependencies: [
                "CryptoCore", "System", "NetClient", "HTTPServer", "KafkaClient", "Storage", "ServiceKit",
                "ServiceRuntime",
            ],
            exclude: ["Page"], swiftSettings: strict),

        library(
            "PipelineService",
            [
                "CryptoCore", "System", "NetClient", "Feeds", "HTTPServer", "KafkaClient", "ServiceKit",
                "ServiceRuntime", "ProducerService", "ProcessorService", "InferenceService", "AlerterService",
                "DashboardService", "SinkService",
            ]),

        // Floor 4: the programs.
        executable("producer", ["ProducerService", "ServiceKit", "ServiceRuntime"]),
        executable("alerter", ["AlerterService", "ServiceKit", "ServiceRuntime"]),
        executable("processor", ["ProcessorService", "ServiceKit", "ServiceRuntime"]),
        executable("sink", ["SinkService", "ServiceKit", "ServiceRuntime"]),
        executable("trainer", ["TrainerService", "ServiceKit", "ServiceRuntime"]),
        executable("inference", ["InferenceService", "ServiceKit", "ServiceRuntime"]),
        executable("dashboard", ["DashboardService", "ServiceKit", "ServiceRuntime"]),
        executable("pipeline", ["PipelineService", "ServiceKit"]),
        executable(
            "bench",
            [
                "CryptoCore", "System", "Compression", "Feeds", "HTTPServer", "KafkaClient", "Storage",
                "ProducerService", "ProcessorService", "SinkService", "AlerterService", "ServiceKit", "ServiceRuntime",
            ]),

        // Tests.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .target(
            name: "TestSupport", dependencies: ["CryptoCore", "System", "CAllocationCount"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: strict),
        .executableTarget(name: "plain-http", dependencies: ["CMicroHTTPD"], path: "Tests/PlainHTTP"),
        .executableTarget(
            name: "pair-processor",
            dependencies: ["CryptoCore", "KafkaClient", "ServiceKit", "ServiceRuntime", "TestSupport"],
            path: "Tests/PairProcessor", swiftSettings: strict),
        .executableTarget(
            name: "kill-test", dependencies: ["CryptoCore", "System", "KafkaClient", "ServiceKit", "TestSupport"],
            path: "Tests/KillTest", swiftSettings: strict),
        .executableTarget(
            name: "allocation-test", dependencies: ["CryptoCore", "Feeds", "Storage", "TestSupport"],
            path: "Tests/AllocationTest", swiftSettings: strict),
        .executableTarget(
            name: "feed-soak", dependencies: ["CryptoCore", "KafkaClient", "ServiceKit", "TestSupport"],
            path: "Tests/FeedSoak", swiftSettings: strict),
        .testTarget(
            name: "TestSupportTests", dependencies: ["CryptoCore", "TestSupport", "TestTraits"], swiftSettings: strict),
        tests("CryptoCore", exclude: ["Fixtures", "Reference"]),
        tests("System"),
        tests("Compression", ["System"]),
        tests("KafkaClient", ["System", "CRdkafka"]),
        tests("NetClient", ["System"]),
        tests("Feeds", ["System", "NetClient"]),
        tests("Storage", ["System", "CMongoC", "CSQLite"]),
        tests("HTTPServer", ["System"]),
        tests("ServiceKit", ["System"], exclude: ["Fixtures"]),
        tests("ProducerService", ["System", "KafkaClient", "NetClient", "Feeds"]),
        tests("ServiceRuntime", ["CryptoCore", "System", "KafkaClient", "ServiceKit"]),
        tests("ProcessorService", ["CryptoCore", "System", "KafkaClient", "ServiceKit", "ServiceRuntime"]),
        tests(
            "PipelineService",
            [
                "CryptoCore", "System", "KafkaClient", "ServiceKit", "ServiceRuntime", "ProducerService",
                "InferenceService", "SinkService",
            ]),
        tests(
            "SinkService",
            ["CryptoCore", "System", "CSQLite", "KafkaClient", "ServiceKit", "ServiceRuntime", "Storage"]),
        tests(
            "TrainerService",
            ["CryptoCore", "System", "CSQLite", "KafkaClient", "ServiceKit", "ServiceRuntime", "Storage"],
            exclude: ["Reference"]),
        tests(
            "InferenceService",
            ["CryptoCore", "System", "HTTPServer", "KafkaClient", "ServiceKit", "ServiceRuntime"], exclude: ["Clients"]),
        tests(
            "AlerterService", ["CryptoCore", "System", "KafkaClient", "NetClient", "ServiceKit", "ServiceRuntime"],
            exclude: ["Reference"]),
        tests(
            "DashboardService",
            [
                "CryptoCore", "System", "HTTPServer", "KafkaClient", "NetClient", "Storage", "ServiceKit",
                "ServiceRuntime",
            ], exclude: ["schemathesis.toml"]),
        .testTarget(
            name: "ContractTests", dependencies: ["CryptoCore", "TestSupport", "TestTraits"],
            exclude: ["Fixtures", "validate.py"], swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["CryptoCore", "KafkaClient", "Storage", "TestSupport", "TestTraits"],
            exclude: ["read_broker.py"], swiftSettings: strict),
    ]
)

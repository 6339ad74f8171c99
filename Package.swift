// swift-tools-version: 6.2
import PackageDescription

/// One strictness for every target; a warning is a failure.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// A C library's module map and typed doors; no Swift in it.
func cell(_ name: String, pkgConfig: String, packages: [String]) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt(packages)])
}

let package = Package(
    name: "wayside",
    products: [.executable(name: "wayside", targets: ["wayside"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C cells
        cell("CLibSSL", pkgConfig: "libssl libcrypto", packages: ["libssl-dev"]),
        cell("CLibPQ", pkgConfig: "libpq", packages: ["libpq-dev"]),
        cell("CLibCurl", pkgConfig: "libcurl", packages: ["libcurl4-openssl-dev"]),
        cell("CZlib", pkgConfig: "zlib", packages: ["zlib1g-dev"]),
        // Without pkg-config, which would link what is to be loaded when it is wanted.
        .systemLibrary(
            name: "CLibAV",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev"])]
        ),
        cell("CXLSXWriter", pkgConfig: "xlsxwriter", packages: ["libxlsxwriter-dev"]),
        cell("CPangoCairo", pkgConfig: "pangocairo", packages: ["libpango1.0-dev"]),
        .target(name: "CBatchUDP"),

        // Wrappers: know a library or a protocol, never heard of roads
        .target(name: "Cryptography", dependencies: ["CLibSSL"], swiftSettings: strict),
        .target(name: "SNMP", dependencies: ["CBatchUDP", "Cryptography"], swiftSettings: strict),
        .target(name: "MediaProbe", dependencies: ["CLibAV", "Cryptography"], swiftSettings: strict),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: strict),
        .target(name: "Transfer", dependencies: ["CLibCurl"], swiftSettings: strict),
        .target(name: "Packing", dependencies: ["CZlib"], swiftSettings: strict),
        .target(name: "Documents", dependencies: ["CXLSXWriter", "CPangoCairo"], swiftSettings: strict),

        // The domain
        .target(name: "WaysideCore", swiftSettings: strict),
        .target(name: "WaysideSimulation", dependencies: ["WaysideCore"], swiftSettings: strict),

        // Adapters: know roads and one outside thing
        .target(
            name: "WaysideFiles",
            dependencies: [
                "WaysideCore", "Packing", "Cryptography", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .target(name: "WaysideReports", dependencies: ["WaysideCore"], swiftSettings: strict),
        .target(
            name: "WaysideDevices",
            dependencies: ["WaysideCore", "WaysideFiles", "SNMP", "Cryptography"],
            swiftSettings: strict
        ),
        .target(
            name: "WaysideProbes",
            dependencies: ["WaysideCore", "WaysideDevices", "SNMP", "MediaProbe", logging],
            swiftSettings: strict
        ),
        .target(
            name: "WaysideStore",
            dependencies: ["WaysideCore", "Postgres", "Packing", "Cryptography", logging],
            resources: [.embedInCode("Migrations")],
            swiftSettings: strict
        ),
        .target(
            name: "WaysideNotices",
            dependencies: ["WaysideCore", "Transfer", "Cryptography"],
            swiftSettings: strict
        ),
        .target(
            name: "WaysideService",
            dependencies: ["WaysideCore", logging, lifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "WaysideWeb",
            dependencies: [
                "WaysideCore", "WaysideReports", logging, lifecycle,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "wayside",
            dependencies: [
                "WaysideCore", "WaysideFiles", "WaysideDevices", "WaysideReports", "WaysideProbes",
                "WaysideStore",
                "WaysideNotices", "WaysideService", "WaysideSimulation", "WaysideWeb", "SNMP", "MediaProbe",
                "Cryptography", "Documents",
                "Postgres",
                "Transfer",
                logging, lifecycle, .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["WaysideCore"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "StoreTestSupport",
            dependencies: ["WaysideStore", "Postgres", logging],
            path: "Tests/StoreTestSupport",
            swiftSettings: strict
        ),
        .testTarget(name: "HouseTests", swiftSettings: strict),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: strict),
        // net-snmp as an oracle: seen by tests only, never on the request path.
        .target(name: "CNetSNMP", path: "Tests/CNetSNMP", linkerSettings: [.linkedLibrary("netsnmp")]),
        .testTarget(
            name: "SNMPTests",
            dependencies: ["SNMP", "Cryptography", "CNetSNMP"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MediaProbeTests",
            dependencies: ["MediaProbe", "Cryptography"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "StoreTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "TransferTests", dependencies: ["Transfer"], swiftSettings: strict),
        .testTarget(name: "PackingTests", dependencies: ["Packing"], swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Packing"], swiftSettings: strict),
        .testTarget(
            name: "WaysideCoreTests",
            dependencies: ["WaysideCore", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["WaysideSimulation", "WaysideFiles", "WaysideCore"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideFilesTests",
            dependencies: ["WaysideFiles", "WaysideCore", "Packing"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideDevicesTests",
            dependencies: ["WaysideDevices", "WaysideFiles", "WaysideCore", "SNMP"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideNoticesTests",
            dependencies: ["WaysideNotices", "WaysideCore", "Transfer"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideReportsTests",
            dependencies: ["WaysideCore", "WaysideReports"],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideProbesTests",
            dependencies: [
                "WaysideProbes", "WaysideDevices", "WaysideService", "WaysideCore", "SNMP", "MediaProbe",
                logging,
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideServiceTests",
            dependencies: ["WaysideService", "TestSupport", "WaysideCore", logging, lifecycle],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideWebTests",
            dependencies: [
                "WaysideWeb", "WaysideCore", "WaysideReports", logging, lifecycle,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "wayside", "WaysideStore", "StoreTestSupport", "Postgres", "WaysideCore", "WaysideFiles",
            ],
            exclude: ["Independent"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WaysideStoreTests",
            dependencies: [
                "WaysideStore", "StoreTestSupport", "TestSupport", "Postgres", "Packing", "WaysideCore",
                logging,
            ],
            swiftSettings: strict
        ),
    ]
)

import Foundation
import Testing

/// The house rules a machine can keep. A rule that no test keeps is a wish.
@Suite struct HouseTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let sources = root.appending(path: "Sources")

    /// What each target may import, besides Swift's own library and `Synchronization`.
    static let allowed: [String: Set<String>] = [
        "Cryptography": ["CLibSSL", "Glibc"],
        "SNMP": ["CBatchUDP", "Cryptography", "Glibc"],
        "MediaProbe": ["CLibAV", "Cryptography", "Glibc"],
        "Postgres": ["CLibPQ", "Glibc"],
        "Transfer": ["CLibCurl", "Glibc"],
        "Packing": ["CZlib", "Glibc"],
        "Documents": ["CXLSXWriter", "CPangoCairo", "Glibc"],
        "WaysideCore": [],
        "WaysideSimulation": ["WaysideCore"],
        "WaysideFiles": ["WaysideCore", "Packing", "Cryptography", "Yams", "Glibc"],
        "WaysideReports": ["WaysideCore"],
        "WaysideDevices": ["WaysideCore", "WaysideFiles", "SNMP", "Cryptography"],
        "WaysideProbes": ["WaysideCore", "WaysideDevices", "SNMP", "MediaProbe", "Logging", "Glibc"],
        "WaysideStore": ["WaysideCore", "Postgres", "Packing", "Cryptography", "Glibc", "Logging"],
        "WaysideNotices": ["WaysideCore", "Transfer", "Cryptography"],
        "WaysideService": ["WaysideCore", "ServiceLifecycle", "Logging", "Foundation", "Glibc"],
        "WaysideWeb": [
            "WaysideCore", "WaysideReports", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore",
            "NIOPosix",
            "Logging", "ServiceLifecycle",
        ],
    ]

    @Test("every target of ours has its row in the table of imports")
    func everyTargetIsKnown() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
        let swiftTargets = try folders.filter { try !Self.swiftFiles(of: $0).isEmpty && $0 != "wayside" }
        #expect(Set(swiftTargets) == Set(Self.allowed.keys))
    }

    @Test("imports point down", arguments: allowed.keys.sorted())
    func imports(target: String) throws {
        let allowed = try #require(Self.allowed[target]).union(["Synchronization"])
        for file in try Self.swiftFiles(of: target) {
            for module in try Self.imports(of: file) {
                #expect(
                    allowed.contains(module),
                    "\(target)/\(file.lastPathComponent) may not import \(module)"
                )
            }
        }
    }

    @Test("a C library is seen by one target, and never in public")
    func cells() throws {
        for target in Self.allowed.keys {
            for file in try Self.swiftFiles(of: target) {
                for line in try Self.lines(of: file) where line.contains("import C") && !line.hasPrefix("//")
                {
                    let name = line.split(separator: " ").last.map(String.init) ?? ""
                    guard name.hasPrefix("C"), name.dropFirst().first?.isUppercase ?? false else { continue }
                    #expect(line.hasPrefix("internal import"), "\(file.lastPathComponent): \(line)")
                }
            }
        }
    }

    @Test(
        "the core asks nobody for the time, waits for nothing and prints nothing",
        arguments: [
            "Date()", "ContinuousClock", "SuspendingClock", "Task." + "sleep", "print(", "Task {",
            "Task.detached",
        ]
    )
    func purity(banned: String) throws {
        for file in try Self.swiftFiles(of: "WaysideCore") {
            #expect(
                try !Self.lines(of: file).contains { $0.contains(banned) && !$0.hasPrefix("//") },
                "\(banned) in \(file.lastPathComponent)"
            )
        }
    }

    /// Names that other trades use for things for which the glossary has one word.
    static let banned = [
        "Highway", "Segment", "PileNumber", "PileNo", "Mileage", "Endpoint", "Host", "Ping", "WorkOrder",
        "Alarm",
        "MaintenanceWindow", "Downtime", "Uptime", "Availability", "Incident", "Inhibition", "Mute", "Vendor",
    ]

    /// Names of types that say nothing.
    static let empty = ["Manager", "Helper", "Util", "Utils", "Utilities", "Model", "Base", "Common"]

    @Test("no type has a name that says nothing")
    func emptyNames() throws {
        let declaration = try Regex(#"\b(?:struct|enum|class|actor|protocol)\s+`?([A-Z][A-Za-z0-9]*)"#)
        for file in try Self.swiftFiles(in: Self.sources) {
            for line in try Self.lines(of: file) where !line.hasPrefix("//") {
                for match in line.matches(of: declaration) {
                    guard let last = Self.words(of: String(match.output[1].substring ?? "")).last else {
                        continue
                    }
                    #expect(!Self.empty.contains(last), "\(file.lastPathComponent): \(line)")
                }
            }
        }
    }

    @Test("the core calls things by the glossary's words")
    func glossaryWords() throws {
        let declaration = try Regex(
            #"\b(?:struct|enum|class|actor|protocol|case|var|let|func)\s+`?([A-Za-z]+)"#
        )
        for file in try Self.swiftFiles(of: "WaysideCore") {
            for line in try Self.lines(of: file) where !line.hasPrefix("//") {
                for match in line.matches(of: declaration) {
                    guard let name = match.output[1].substring else { continue }
                    let words = Self.words(of: String(name))
                    for word in words {
                        #expect(!Self.banned.contains(word), "\(file.lastPathComponent): \(name)")
                    }
                }
            }
        }
    }

    @Test("the glossary's types exist")
    func glossaryTypes() throws {
        let page = Self.sources.appending(path: "WaysideCore/Documentation.docc/Glossary.md")
        let types = try Set(
            Self.swiftFiles(of: "WaysideCore").flatMap { file in
                let declaration = try Regex(#"\b(?:struct|enum|protocol)\s+`?([A-Za-z]+)"#)
                return try Self.lines(of: file).flatMap { line in
                    line.matches(of: declaration).compactMap { $0.output[1].substring.map(String.init) }
                }
            }
        )
        let rows = try Self.lines(of: page).filter { $0.hasPrefix("| ") && $0.contains("``") }
        #expect(rows.count > 20, "the glossary is a table with a row a term")
        for row in rows {
            for term in row.split(separator: "``").enumerated().filter({ $0.offset % 2 == 1 }).map(\.element)
            {
                let name = term.split(separator: "/").first.map(String.init) ?? ""
                #expect(types.contains(name), "\(name) in the glossary is no type of the core")
            }
        }
    }

    @Test("migrations are numbered without a gap and named in snake case")
    func migrations() throws {
        let folder = Self.sources.appending(path: "WaysideStore/Migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(!names.isEmpty)
        for (index, name) in names.enumerated() {
            let number = String(format: "m%04d_", index + 1)
            #expect(name.hasPrefix(number) && name.hasSuffix(".sql"), "\(name) should begin with \(number)")
            #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || "_.".contains($0) }, "\(name)")
        }
    }

    @Test("the database makes no date, and nothing is selected without its name")
    func statements() throws {
        for file in try Self.swiftFiles(of: "WaysideStore") {
            for line in try Self.lines(of: file) where !line.hasPrefix("//") {
                #expect(
                    !line.contains("now()") && !line.contains("SELECT *"),
                    "\(file.lastPathComponent): \(line)"
                )
            }
        }
    }

    @Test(
        "tests wait for events, never for a time",
        arguments: ["Task." + "sleep", "usleep" + "(", "Thread." + "sleep"]
    )
    func noSleep(banned: String) throws {
        for file in try Self.swiftFiles(in: Self.root.appending(path: "Tests")) {
            #expect(
                try !String(contentsOf: file, encoding: .utf8).contains(banned),
                "\(file.lastPathComponent)"
            )
        }
    }

    @Test("the top level holds six names and dot-files")
    func topLevel() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.path).filter {
            !$0.hasPrefix(".")
        }
        let expected: Set = ["Package.swift", "Sources", "Dashboards", "Tests", "Deploy", "README.md"]
        #expect(Set(names).subtracting(["Package.resolved"]) == expected)
    }

    private static func words(of name: String) -> [String] {
        var words: [String] = []
        for character in name {
            if character.isUppercase || words.isEmpty { words.append("") }
            words[words.count - 1] += words.last == "" ? character.uppercased() : String(character)
        }
        return words
    }

    private static func imports(of file: URL) throws -> [String] {
        try self.lines(of: file).compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, words.count > index + 1 else {
                return nil
            }
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "func", "protocol", "var", "let", "typealias",
            ]
            let place = kinds.contains(words[index + 1]) ? index + 2 : index + 1
            return words[place].split(separator: ".").first.map(String.init)
        }
    }

    private static func lines(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    private static func swiftFiles(of target: String) throws -> [URL] {
        try self.swiftFiles(in: self.sources.appending(path: target))
    }

    private static func swiftFiles(in folder: URL) throws -> [URL] {
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }
}

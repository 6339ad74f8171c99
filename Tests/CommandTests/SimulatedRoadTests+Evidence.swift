import Foundation
import Testing
import WaysideCore

// What a report stands on, and whether it can be made again from it.
extension SimulatedRoadTests {
    @Test(
        "what was published of any period, of all or of one organization, is made again on another machine",
        arguments: ["daily", "weekly", "monthly", "quarterly", "yearly"]
    )
    func verified(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for (rule, organization) in [("contractor", String?.none), ("hourly-sampled", "C1")] {
            let text = try self.evidence(road, kind, rule, organization)
            let folder = try Folder()
            let file = try folder.write(text, to: "evidence.ndjson")
            // Its hash is that of everything below the first line, by anybody's means.
            let sum = try self.tool("/bin/sh", "-c", #"tail -n +2 "$1" | sha256sum"#, "sh", file).output
                .prefix(64)
            #expect(text.split(separator: "\n").first?.contains("\"inputs_sha256\":\"\(sum)\"") == true)
            // Nothing of this machine: no data folder, no environment, another working folder.
            let ending = try self.tool(
                "/usr/bin/env",
                "-i",
                "-C",
                "/",
                Program.path,
                "report",
                "verify",
                file,
                "--format",
                "json"
            )
            #expect(ending.code == 0, "\(kind) \(rule): \(ending.output)")
            #expect(ending.output.contains(#""same": true"#) && !ending.output.contains("false"))
        }
    }

    @Test("a byte that was changed in the evidence, anywhere below its heading, is noticed")
    func changedByte() async throws {
        let road = try await SimulatedRoad.shared.value
        let text = try self.evidence(road, "daily", "contractor", "C2")
        let folder = try Folder()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
        var seen: [String: Int] = [:]
        for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            // The first two lines of each kind; of each, a letter or digit near the beginning, in the middle, at the end.
            let kind = String(decoding: line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            seen[kind, default: 0] += 1
            guard seen[kind] ?? 0 <= 2 else { continue }
            let places = line.indices.filter {
                (0x30...0x39).contains(line[$0]) || (0x61...0x79).contains(line[$0])
            }
            for place in [places[places.count / 3], places[places.count / 2], places[places.count - 2]] {
                var changed = lines
                changed[number][place] = line[place] == 0x39 ? 0x38 : line[place] + 1
                let bytes = Array(changed.joined(separator: [0x0A]))
                let file = try folder.write(String(decoding: bytes, as: UTF8.self), to: "changed.ndjson")
                let ending = try Program.run(["report", "verify", file])
                let isNamed = ending.code == 2 && ending.errors.contains("changed.ndjson")
                #expect(
                    ending.code == 1 || isNamed,
                    "\(kind), line \(number + 1), byte \(place): \(ending.code) \(ending.errors)"
                )
            }
        }
        #expect(Set(seen.keys) == ["rule", "organization", "device", "exemption", "day", "track", "seen"])
    }

    @Test("evidence that was cut short does not hold, wherever it was cut")
    func cut() async throws {
        let road = try await SimulatedRoad.shared.value
        let text = try self.evidence(road, "daily", "contractor", "C2")
        let folder = try Folder()
        let lines = text.split(separator: "\n")
        func first(_ count: Int) -> String { lines.prefix(count).map { $0 + "\n" }.joined() }
        let rests: [(name: String, text: String)] = [
            ("the last line", first(lines.count - 1)), ("half the lines", first(lines.count / 2)),
            ("all but the heading", first(1)), ("all but the rule", first(2)),
            ("half a line", String(text.dropLast(30))), ("everything", ""),
        ]
        for (name, rest) in rests {
            let file = try folder.write(rest, to: "cut.ndjson")
            let ending = try Program.run(["report", "verify", file])
            #expect([1, 2].contains(ending.code), "\(name): \(ending.code)")
            #expect(ending.code == 1 || ending.errors.contains("cut.ndjson"), "\(name): \(ending.errors)")
        }
        let missing = try Program.run(["report", "verify", folder.path + "/nothing.ndjson"])
        #expect(missing.code == 2 && missing.errors.contains("nothing.ndjson"))
    }

    /// Publishes, if that was not done yet, and gives what the report stands on.
    private func evidence(_ road: SimulatedRoad, _ kind: String, _ rule: String, _ organization: String?)
        throws
        -> String
    {
        let scope = organization.map { ["--organization", $0] } ?? []
        let words = [
            "report", kind, "--day", "\(road.day)", "--rule", rule, "--publish",
        ]
        let published = try road.figures(words + scope)
        #expect(published.code == 0, "\(published.errors)")
        let rows = try road.figures("report", "list", "--format", "json").rows()
        let period = ServicePeriod(try #require(Self.kinds[kind]), containing: road.day)
        let id = "\(period).\(rule).\(organization ?? "all")"
        #expect(rows.contains { $0["id"] as? String == id }, "\(id)")
        let folder = try Folder()
        let ending = try road.run("report", "evidence", id, "--out", folder.path + "/evidence.ndjson")
        #expect(ending.code == 0, "\(ending.errors)")
        return folder.text("evidence.ndjson")
    }

    private static let kinds: [String: ServicePeriod.Kind] = [
        "daily": .day, "weekly": .week, "monthly": .month, "quarterly": .quarter, "yearly": .year,
    ]

    /// Runs another program to its end.
    func tool(_ path: String, _ arguments: String...) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}

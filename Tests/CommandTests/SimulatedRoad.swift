import Foundation
import Postgres
import StoreTestSupport
import Testing
import WaysideCore
import WaysideFiles
import WaysideStore

/// A service with a private PostgreSQL over a simulated road, as a person would set it up: two days of a made-up
/// province are simulated, its inventory imported, its observations put into the journal, and the service runs.
///
/// The days are those before yesterday, whatever day it is, so that their rows are soon kept; what happens on them follows
/// from the seed. The second has an access switch out for three hours and a camera for eleven, and two exemptions.
struct SimulatedRoad: Sendable {
    static let rules = ["province-time-weighted", "contractor", "hourly-sampled"]
    /// The camera that is offline from 00:09 to 11:09 of the second day.
    static let outOfOrder = "CAM-S002-0201"

    /// Of the whole suite; started when first asked for.
    static let shared = Task {
        do {
            return try await SimulatedRoad()
        } catch {
            // A failed requirement would be told once, and every other test would pass without having run.
            throw NotStarted(why: "\(error)")
        }
    }

    struct NotStarted: Error {
        let why: String
    }

    /// The simulated days.
    let days: [ServiceDay]
    /// Up to when everything is known, at the beginning of the tests.
    let knownUntil: String
    let service: RunningService
    private let folder: String

    var day: ServiceDay { self.days[1] }
    var inventory: String { self.folder + "/inventory" }
    var observations: String { self.folder + "/simulated/observations.ndjson" }
    var rulesFolder: String { self.folder + "/simulated/rules" }
    func rule(_ id: String) -> String { "\(self.rulesFolder)/\(id).yaml" }

    private init() async throws {
        let folder = try TemporaryFolder.make()
        self.folder = folder
        let today = ServiceDay(
            containing: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        )
        let days = [ServiceDay(number: today.number - 3), ServiceDay(number: today.number - 2)]
        self.days = days
        try Self.expectGood(
            Program.run(
                [
                    "simulate", "--seed", "7", "--days", "2", "--cameras", "24", "--from", "\(days[0])",
                    "--once",
                    "--reach-interval", "120", "--stream-interval", "600", "--step", "120", "--rules-dir",
                    Program.shippedRules, "--out", folder + "/simulated",
                ] + Self.rules.flatMap { ["--rule", $0] }
            )
        )
        try Self.addAddresses(from: folder + "/simulated", to: folder + "/inventory")
        let data = ["--data-dir", folder + "/data"]
        try Self.expectGood(Program.run(["import", folder + "/inventory", "--accept-good-rows"] + data))
        let port = try SilentListener(isOpen: false).port
        try Data("web: {listen: \"127.0.0.1:\(port)\"}\n".utf8).write(
            to: URL(filePath: folder + "/wayside.yaml")
        )
        let arguments =
            data + [
                "--settings", folder + "/wayside.yaml", "--rules-dir", folder + "/simulated/rules",
                "--dashboards", Program.root + "/Dashboards/web",
            ]
        // Once so that the journal knows the devices, and once more to take up what was put into it.
        let first = try RunningService(arguments, port: port)
        try await until("ready for the first time") { first.knownUntil != nil }
        first.end()
        try Self.expectGood(
            Program.run(["journal", "import", folder + "/simulated/observations.ndjson"] + data)
        )
        let started = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)).text
        self.service = try RunningService(arguments, port: port)
        let service = self.service
        try await until("everything imported is known") {
            service.knownUntil.map { $0 > started } ?? false
        }
        try Self.expectGood(
            Program.run(["exemptions", "import", folder + "/simulated/exemptions.ndjson"] + data)
        )
        self.knownUntil = try #require(service.knownUntil)
        try await self.untilKept()
    }

    /// Waits until every day that is over has rows, and nothing waits to be made again.
    func untilKept() async throws {
        let note = try String(contentsOfFile: self.folder + "/data/database.address", encoding: .utf8)
        let store = try Store.open(
            try DatabaseAddress(note.trimmingCharacters(in: .whitespacesAndNewlines)),
            now: self.day.start
        )
        let rules = try Self.rules.map { try RuleFile.readRule(self.rule($0)) }
        try await until("rows of every day") {
            _ = try self.run("exemptions", "list", "--format", "json")
            guard try await DirtyDays(store).all().isEmpty else { return false }
            for rule in rules {
                let kept = try await RollupQueries(store).keptDays(
                    rule,
                    from: self.days[0],
                    to: self.day.next
                )
                guard kept.count == 3, try await RollupQueries(store).due(rule).isEmpty else { return false }
            }
            return true
        }
        await store.close()
    }

    /// Runs a command beside the service.
    func run(_ arguments: String...) throws -> Program.Ending { try self.run(arguments) }

    /// The same, for figures: with the rules of the service.
    func figures(_ arguments: String...) throws -> Program.Ending { try self.figures(arguments) }

    /// The same, for figures: with the rules of the service.
    func figures(_ arguments: [String]) throws -> Program.Ending {
        try self.run(arguments + ["--rules-dir", self.rulesFolder])
    }

    /// Runs a command beside the service.
    func run(_ arguments: [String]) throws -> Program.Ending {
        try Program.run(arguments + ["--data-dir", self.folder + "/data"])
    }

    /// A day's sheet, without its outages: what `replay` gives too.
    func daily(_ day: ServiceDay, _ rule: String, _ more: String...) throws -> [String: Any] {
        let ending = try self.run(
            ["report", "daily", "--day", "\(day)", "--rule", rule, "--format", "json"] + more + [
                "--rules-dir", self.rulesFolder,
            ]
        )
        try Self.expectGood(ending)
        var sheet = try ending.object()
        sheet["outages"] = nil
        return sheet
    }

    static func expectGood(_ ending: Program.Ending) throws {
        try #require(ending.code == 0, "\(ending.errors)")
    }

    /// The simulated inventory has nobody to ask; here everybody is on this machine, and cameras refuse.
    private static func addAddresses(from source: String, to target: String) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in ["organizations.csv", "assignments.csv"] {
            try FileManager.default.copyItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
        }
        let text = try String(contentsOfFile: source + "/devices.csv", encoding: .utf8)
        let lines = text.trimmingPrefix("\u{FEFF}").split(whereSeparator: \.isNewline)
        let place = try #require(lines[0].split(separator: ",").firstIndex(of: "checks"))
        var table = [lines[0] + ",address,stream_url"]
        for line in lines.dropFirst() {
            var cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let checks = cells[place].split(separator: ";").filter { $0 != "snmp" }
            cells[place] = checks.joined(separator: ";")
            cells.append(checks.contains("reach") ? "127.0.0.1" : "")
            cells.append(checks.contains("stream") ? "rtsp://127.0.0.1:9/\(cells[0])" : "")
            table.append(Substring(cells.joined(separator: ",")))
        }
        try Data((table.joined(separator: "\n") + "\n").utf8).write(
            to: URL(filePath: target + "/devices.csv")
        )
    }
}

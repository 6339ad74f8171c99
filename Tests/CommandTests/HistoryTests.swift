import Foundation
import Postgres
import StoreTestSupport
import Testing
import WaysideCore
import WaysideStore

/// `wayside history` as a person asks it.
@Suite struct HistoryTests {
    private static let load = Metric(name: "cpu.load", unit: "%", kind: .gauge)
    private static let octets = Metric(
        name: "interface.in_octets",
        instance: "GE0/0/1",
        unit: "octets",
        kind: .counter
    )
    private static let minute: Int64 = 60_000
    /// 2026-03-01T00:00+08:00, where the local day begins.
    private static let midnight = ServiceDay("2026-03-01")?.start ?? .distantPast

    private let folder: Folder
    private let database: String

    init() async throws {
        self.folder = try Folder()
        let address = try TemporaryPostgres.newDatabase()
        self.database = "\(address)"
        let inventory = try self.folder.writeInventory()
        let imported = try Program.run(["import", inventory] + self.data)
        try #require(imported.code == 0, "\(imported.errors)")
        let store = try Store.open(address, now: Self.midnight)
        try await self.fill(store)
        await store.close()
    }

    private var data: [String] { ["--data-dir", self.folder.path + "/data", "--database", self.database] }

    /// A day of polls every five minutes from local midnight, none from 08:00 to 10:00; each poll counts 3,000 octets more,
    /// ten a second, but for the restart at 15:00. The counter passes 2⁶⁴ at 04:10.
    private func fill(_ store: Store) async throws {
        let device = try #require(try await InventoryStore(store).load().device(key: "SW-1")?.id)
        let history = HealthHistory(store)
        var octets = UInt64.max - 150_000
        var polls: [HealthPoll] = []
        for step in 0..<288 {
            octets = step == 180 ? 500 : octets &+ 3_000
            guard !(96..<120).contains(step) else { continue }
            polls.append(
                HealthPoll(
                    device: device,
                    at: Self.midnight + Int64(step) * 5 * Self.minute,
                    readings: [
                        .init(Self.load, .level(Double(20 + step % 12 * 5) + 0.5)),
                        .init(Self.octets, .count(octets)),
                    ]
                )
            )
        }
        let now = Self.midnight + 30 * 60 * Self.minute
        _ = try await history.append(polls, now: now)
        _ = try await history.closeDue(now: now)
    }

    private func ask(_ words: String...) throws -> Program.Ending {
        try Program.run(["history"] + words + self.data)
    }

    private let day = ["--from", "2026-03-01", "--to", "2026-03-02"]

    @Test("days begin and end at midnight of the road's own time, wherever the machine stands")
    func borders() throws {
        for zone in ["America/New_York", "UTC", "Asia/Shanghai"] {
            let ending = try Program.run(
                ["history", "SW-1", "cpu.load", "--format", "csv"] + self.day + self.data,
                environment: ["TZ": zone]
            )
            #expect(ending.code == 0, "\(ending.errors)")
            let rows = ending.csv
            #expect(rows.first == ["at", "value"], "\(zone)")
            #expect(rows.dropFirst().first == ["2026-03-01T00:00:00.000+08:00", "20.5"], "\(zone)")
            #expect(rows.last == ["2026-03-01T23:55:00.000+08:00", "75.5"], "\(zone)")
            #expect(rows.count == 1 + 288 - 24, "\(zone)")
        }
    }

    @Test("where nobody answered there is no row, in single values and in sums, and never a 0")
    func gaps() throws {
        let raw = try Program.run(
            ["history", "SW-1", "cpu.load", "--format", "json"] + self.day + self.data
        ).rows()
        let hours = try Program.run(
            ["history", "SW-1", "cpu.load", "--every", "1h", "--format", "json"] + self.day + self.data
        ).rows()
        #expect(raw.count == 264 && hours.count == 22)
        for row in raw + hours {
            let at = try #require(row["at"] as? String)
            #expect(!at.contains("T08:") && !at.contains("T09:"), "\(at)")
            #expect((row["value"] ?? row["min"]) as? Double ?? 0 >= 20.5, "numbers are numbers: \(row)")
        }
    }

    @Test(
        "a counter is listed with all its digits beside its rate, which no restart and no wrap makes negative"
    )
    func counter() throws {
        let ending = try Program.run(
            ["history", "SW-1", "interface.in_octets[GE0/0/1]", "--format", "csv"] + self.day + self.data
        )
        let rows = ending.csv
        #expect(rows[0] == ["at", "value", "per_second"])
        #expect(rows[1] == ["2026-03-01T00:00:00.000+08:00", "18446744073709404615", ""])
        #expect(rows[2] == ["2026-03-01T00:05:00.000+08:00", "18446744073709407615", "10"])
        let restart = try #require(rows.first { $0[0] == "2026-03-01T15:00:00.000+08:00" })
        #expect(restart[1] == "500" && restart[2] == "")
        let rates = rows.dropFirst().compactMap { Double($0[2]) }
        // None at the first, after the gap and at the restart.
        #expect(rates.count == 264 - 3 && rates.allSatisfy { $0 == 10 })
    }

    @Test(
        "a chart of 80 columns has its unit, its hours, its gap and its figures, also where there is no terminal"
    )
    func chart() throws {
        let ending = try Program.run(
            ["history", "SW-1", "cpu.load", "--format", "chart"] + self.day + self.data
        )
        #expect(ending.code == 0, "\(ending.errors)")
        let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "cpu.load  [%]" && lines[1] == "2026-03-01 00:00 … 2026-03-02 00:00  UTC+8")
        #expect(lines.dropLast(2).allSatisfy { $0.count <= 80 }, "\(ending.output)")
        let axis = try #require(lines.first { $0.contains("└") })
        #expect(axis.contains("╌") && axis.contains("┴") && axis.hasSuffix("─"))
        let names = try #require(lines.first { $0.contains("06:00") })
        for name in ["03-01", "12:00", "18:00"] { #expect(names.contains(name), "\(name) in \(names)") }
        // The gap from 08:00 to 10:00 is dashed, and nothing is drawn above it.
        let place = try #require(axis.firstIndex(of: "╌"))
        let column = axis.distance(from: axis.startIndex, to: place)
        let width =
            axis.count - (axis.firstIndex(of: "└").map { axis.distance(from: axis.startIndex, to: $0) } ?? 0)
        #expect((axis.filter { $0 == "╌" }.count - width * 2 / 24).magnitude <= 2, "\(axis)")
        for line in lines.dropFirst(2).prefix(12) {
            let letters = Array(line)
            #expect(letters.count <= column + 1 || letters[column + 1] == " ", "\(line)")
        }
        #expect(lines[2].contains("75.5┤") && lines[13].contains("20.5┤"), "\(ending.output)")
        let figures = try #require(lines.last { !$0.isEmpty })
        for words in ["最小 min 20.5", "平均 avg", "最大 max 75.5", "最新 last 75.5", "╌ 无数据 no values"] {
            #expect(figures.contains(words), "\(words) in \(figures)")
        }
        let narrow = try Program.run(
            ["history", "SW-1", "interface.in_octets[GE0/0/1]", "--format", "chart", "--width", "40"]
                + self.day
                + self.data
        )
        let narrowLines = narrow.output.split(separator: "\n")
        #expect(narrowLines[0] == "interface.in_octets[GE0/0/1]  [octets/s]")
        #expect(narrowLines.dropFirst(2).dropLast().allSatisfy { $0.count <= 40 }, "\(narrow.output)")
    }

    @Test("a stretch without any value is said to be so, and is not drawn as a line at 0")
    func emptyChart() throws {
        let ending = try Program.run(
            ["history", "SW-1", "cpu.load", "--format", "chart", "--from", "2026-03-01T08:00:00+08:00"]
                + ["--to", "2026-03-01T10:00:00+08:00"] + self.data
        )
        #expect(ending.code == 0 && ending.output.contains("没有数据 no values"), "\(ending.output)")
        #expect(!ending.output.contains("┤"))
    }

    @Test("without a metric the series are listed; without a terminal the answer is a table")
    func list() throws {
        let series = try self.ask("SW-1", "--format", "csv")
        #expect(series.csv.dropFirst().map { $0[0] } == ["cpu.load", "interface.in_octets"])
        let table = try self.ask(
            "SW-1",
            "cpu.load",
            "--from",
            "2026-03-01",
            "--to",
            "2026-03-01T00:07:00+08:00"
        )
        #expect(table.code == 0 && table.output.contains("时间") && table.output.contains("25.5"))
        #expect(!table.output.contains("┤"))
    }

    @Test(
        "what is not there is named with what is near, and a wrong question with its mend",
        arguments: [
            (["SW-1", "cpu.lod"], ["no metric cpu.lod", "nearest is cpu.load"]),
            (["SW-1", "interface.in_octets[GE0/0/2]"], ["nearest is interface.in_octets[GE0/0/1]"]),
            (["CAM-1", "cpu.load"], ["CAM-1 has no health history yet", "SNMP"]),
            (["SW-9", "cpu.load"], ["there is no device SW-9"]),
            (["SW-1", "cpu.load", "--from", "2026-03-02", "--to", "2026-03-01"], ["not before", "swap"]),
            (["SW-1", "*", "--from", "2026-01-01", "--to", "2026-03-01"], ["a week at most"]),
            (["SW-1", "cpu.load", "--from", "yesterday"], ["yesterday"]),
        ]
    )
    func wrongly(words: [String], said: [String]) throws {
        let ending = try Program.run(["history"] + words + self.data)
        #expect(ending.code == 2, "\(ending.output) \(ending.errors)")
        for part in said { #expect(ending.errors.contains(part), "\(part) in \(ending.errors)") }
    }
}

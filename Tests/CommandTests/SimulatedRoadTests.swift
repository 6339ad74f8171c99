import Foundation
import Testing
import WaysideCore

/// Figures, exemptions and reports of a service that runs; one after the other, because a decision of one is seen by all.
@Suite(.serialized, .timeLimit(.minutes(3))) struct SimulatedRoadTests {
    func rates(_ sheet: [String: Any], _ name: String = "assessed") throws -> [String: [String: Any]] {
        let groups = try #require(sheet["groups"] as? [[String: Any]])
        return try Dictionary(
            groups.map { group in
                ("\(group["kind"] ?? "") \(group["key"] ?? "")", try #require(group[name] as? [String: Any]))
            }
        ) { first, _ in first }
    }

    func texts(_ sheet: [String: Any]) throws -> [String: String] {
        try self.rates(sheet).compactMapValues { $0["text"] as? String }
    }

    func expectSame(_ one: Any?, _ other: Any?, _ what: String) {
        #expect(
            (one as? NSObject).map { $0.isEqual(other) } ?? (other == nil),
            "\(what): \(String(describing: one).prefix(400)) and \(String(describing: other).prefix(400))"
        )
    }

    /// Every field of two sheets; of devices and groups that differ only the first is shown.
    func expectSame(sheet one: [String: Any], _ other: [String: Any], _ what: String) {
        for name in Set(one.keys).union(other.keys).subtracting(["devices", "groups"]) {
            self.expectSame(one[name], other[name], "\(what) \(name)")
        }
        for name in ["devices", "groups"] {
            let (rows, others) = (one[name] as? [NSDictionary], other[name] as? [NSDictionary])
            #expect(rows?.count == others?.count && rows?.isEmpty == false, "\(what) \(name)")
            for (row, another) in zip(rows ?? [], others ?? []) where row != another {
                Issue.record("\(what) \(name): \(row) and \(another)")
                break
            }
        }
    }

    func at(_ day: ServiceDay, _ clock: String) -> String { "\(day)T\(clock):00+08:00" }

    // MARK: - Figures

    @Test(
        "what the service says of a day is what replay says of the files, now and as it was known",
        arguments: SimulatedRoad.rules
    )
    func replayed(rule: String) async throws {
        let road = try await SimulatedRoad.shared.value
        let folder = try Folder()
        let exemptions = try folder.write(try road.run("exemptions", "export").output, to: "e.ndjson")
        for day in road.days {
            let replay = try Program.run([
                "replay", "--inventory", road.inventory, "--observations", road.observations, "--exemptions",
                exemptions, "--rule", road.rule(rule), "--day", "\(day)", "--format", "json",
            ])
            #expect(replay.code == 0, "\(replay.errors)")
            let wanted = try replay.object()
            for found in [
                try road.daily(day, rule), try road.daily(day, rule, "--as-known-at", road.knownUntil),
            ] {
                self.expectSame(sheet: found, wanted, "\(day)")
            }
        }
    }

    @Test(
        "the simulated days hold offline, upstream, abnormal and exempt time, and a camera that is not yet there"
    )
    func notTrivial() async throws {
        let road = try await SimulatedRoad.shared.value
        var sums: [String: Int] = [:]
        for day in road.days {
            let devices = try #require(
                try road.daily(day, "province-time-weighted")["devices"] as? [[String: Any]]
            )
            for device in devices {
                for (name, value) in try #require(device["ms"] as? [String: Int]) {
                    sums[name, default: 0] += value
                }
            }
        }
        for name in ["online", "abnormal", "offline", "upstream", "exempt_online", "uncommissioned"] {
            #expect(sums[name] ?? 0 > 60_000, "\(name)")
        }
    }

    @Test(
        "a week, month, quarter and year are the sums of their days in every group",
        arguments: ["weekly", "monthly", "quarterly", "yearly"]
    )
    func periods(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for rule in ["province-time-weighted", "hourly-sampled"] {
            let ending = try road.figures(
                "report",
                kind,
                "--day",
                "\(road.day)",
                "--rule",
                rule,
                "--as-known-at",
                road.knownUntil,
                "--format",
                "json"
            )
            #expect(ending.code == 0, "\(ending.errors)")
            let sheet = try ending.object()
            let days = try #require(sheet["days"] as? [String])
            #expect(days.contains("\(road.day)"))
            var sums: [String: [Int]] = [:]
            for (place, text) in days.enumerated() {
                let day = try #require(ServiceDay(text))
                let daily = try road.daily(day, rule, "--as-known-at", road.knownUntil)
                for (part, name) in ["raw", "assessed", "coverage"].enumerated() {
                    for (group, rate) in try self.rates(daily, name) {
                        var sum = sums[group] ?? [0, 0, 0, 0, 0, 0]
                        sum[2 * part] += rate["num"] as? Int ?? 0
                        sum[2 * part + 1] += rate["den"] as? Int ?? 0
                        sums[group] = sum
                    }
                }
                let point = try #require((sheet["by_day"] as? [[String: Any]])?[place])
                self.expectSame(point["assessed"], try self.rates(daily)["all all"], text)
            }
            for (part, name) in ["raw", "assessed", "coverage"].enumerated() {
                let groups = try self.rates(sheet, name)
                #expect(Set(groups.keys) == Set(sums.keys))
                for (group, rate) in groups {
                    let sum = try #require(sums[group])
                    #expect(
                        rate["num"] as? Int == sum[2 * part] && rate["den"] as? Int == sum[2 * part + 1],
                        "\(rule) \(name) of \(group)"
                    )
                }
            }
        }
    }

    @Test(
        "a period put together from rows that are kept is the one that is worked out anew",
        arguments: ["weekly", "monthly", "yearly"]
    )
    func kept(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        try await road.untilKept()
        for rule in SimulatedRoad.rules {
            let words = ["report", kind, "--day", "\(road.day)", "--rule", rule, "--format", "json"]
            let kept = try road.figures(words).object()
            // A period that is over has no end of its own; then what is known now is as good.
            let until = kept["until"] as? String ?? road.knownUntil
            let anew = try road.figures(words + ["--as-known-at", until]).object()
            self.expectSame(sheet: kept, anew, rule)
        }
    }

    @Test("an organization's report is its part of the whole one")
    func scoped() async throws {
        let road = try await SimulatedRoad.shared.value
        for (kind, rule) in [("daily", "contractor"), ("monthly", "province-time-weighted")] {
            func report(_ more: String...) throws -> [String: Any] {
                let words =
                    [
                        "report", kind, "--day", "\(road.day)", "--rule", rule, "--as-known-at",
                        road.knownUntil,
                        "--format", "json",
                    ] + more
                return try road.figures(words).object()
            }
            let whole = try report()
            let part = try report("--organization", "C2")
            let (all, own) = (try self.rates(whole), try self.rates(part))
            #expect(own["organization C2"] != nil, "\(kind)")
            #expect(Set(own.keys).isSubset(of: ["organization C2", "organization S002"]), "\(kind)")
            for (group, rate) in own { self.expectSame(rate, all[group], "\(kind) \(group)") }
            let devices = try #require(part["devices"] as? [NSDictionary])
            #expect(devices.count == 12)
            let known = try #require(whole["devices"] as? [NSDictionary])
            for device in devices { #expect(known.contains(device)) }
        }
        let unknown = try road.figures(
            "report",
            "daily",
            "--day",
            "\(road.day)",
            "--organization",
            "S999"
        )
        #expect(unknown.code == 2 && unknown.errors.contains("S002"), "\(unknown.errors)")
    }

}

import Foundation
import Postgres
import StoreTestSupport
import Testing
import WaysideCore
import WaysideFiles
import WaysideStore

/// A database with two days of a small road, for commands that print, publish and prove figures.
///
/// Five devices: a switch with CAM-1 and CAM-2 behind it, and CAM-3 and CAM-4 on their own. On the second day CAM-1 is
/// offline from 10:00 to 12:00, CAM-2 answers wrongly from 06:00 to 07:00, and the switch is down, with both its cameras,
/// from 14:00 to 15:00; all else is online.
struct FigureLedger {
    /// 2026-03-01.
    static let first = ServiceDay(number: 20_513)
    static let day = FigureLedger.first.next

    let url: String
    private let folder: Folder

    static func make() async throws -> FigureLedger {
        let address = try TemporaryPostgres.newDatabase()
        let store = try Store.open(address, now: Self.first.start)
        _ = try await InventoryStore(store).apply(Self.inventory, at: Self.first.start)
        let numbered = try await InventoryStore(store).load()
        var page = LedgerPage(position: JournalPosition(index: 0), writtenAt: Self.now)
        for name in ["province-time-weighted", "contractor", "hourly-sampled"] {
            let rule = try RuleFile.readRule("\(Program.shippedRules)/\(name).yaml")
            for (key, track) in Self.tracks(numbered) {
                page.changes += track.map {
                    TrackChange(profile: rule.status, key: key, change: $0, knownAt: $0.at + 1)
                }
            }
        }
        var seen: Set<TrackChange> = []
        page.changes = page.changes.filter { seen.insert($0).inserted }
        try await PostgresLedger(store).commit(page)
        await store.close()
        return FigureLedger(url: "\(address)", folder: try Folder())
    }

    /// Lets the ledger know up to now: what was decided before is known to it.
    func advance() async throws {
        let store = try Store.open(try DatabaseAddress(self.url), now: Self.first.start)
        let ledger = PostgresLedger(store)
        let next = try #require(try await ledger.position()).next
        try await ledger.commit(LedgerPage(position: next, writtenAt: Self.now))
        await store.close()
    }

    private static var now: Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }

    /// Runs a command on the database, in a data folder that holds nothing.
    func run(_ arguments: String...) throws -> Program.Ending {
        try Program.run(arguments + ["--database", self.url, "--data-dir", self.folder.path + "/data"])
    }

    /// The same with the rules that come with the program.
    func figures(_ arguments: String...) throws -> Program.Ending {
        try Program.run(
            arguments + [
                "--database", self.url, "--data-dir", self.folder.path + "/data", "--rules-dir",
                Program.shippedRules,
            ]
        )
    }

    private static var inventory: Inventory {
        func device(_ number: Int64, _ key: String, _ section: String, _ maintainer: String) -> Device {
            var device = Device(
                id: DeviceID(number),
                key: key,
                kind: key == "SW-1" ? .switch : .camera,
                name: "<\(key)>",
                assignment: Assignment(
                    organization: section,
                    maintainer: maintainer,
                    roads: ["G99"],
                    upstreams: key == "CAM-1" || key == "CAM-2" ? ["SW-1"] : []
                )
            )
            device.checks = key == "SW-1" ? [.reach] : [.stream]
            return device
        }
        return Inventory(
            organizations: [
                Organization(key: "P", name: "省厅", kind: .province, parent: nil),
                Organization(key: "S1", name: "一路段", kind: .section, parent: "P"),
                Organization(key: "S2", name: "二路段", kind: .section, parent: "P"),
                Organization(key: "M1", name: "一公司", kind: .maintainer, parent: nil),
                Organization(key: "M2", name: "二公司", kind: .maintainer, parent: nil),
            ],
            devices: [
                device(1, "SW-1", "S1", "M1"), device(2, "CAM-1", "S1", "M1"), device(3, "CAM-2", "S1", "M2"),
                device(4, "CAM-3", "S2", "M1"), device(5, "CAM-4", "S2", "M2"),
            ]
        )
    }

    private static func tracks(_ inventory: Inventory) -> [(TrackKey, [StatusChange])] {
        func hour(_ hour: Int64) -> Timestamp { Self.day.start + hour * 3_600_000 }
        return inventory.devices.map { device in
            var changes = [StatusChange(at: Self.first.start, status: .online)]
            func fail(_ status: Status, _ from: Int64, _ to: Int64) {
                changes.append(
                    StatusChange(at: hour(from), status: status, precedingAt: hour(from) - 300_000)
                )
                changes.append(
                    StatusChange(
                        at: hour(to),
                        status: .online,
                        precedingAt: hour(to) - 300_000,
                        lastMissAt: status == .offline ? hour(to) - 300_000 : nil
                    )
                )
            }
            if device.key == "CAM-2" { fail(.abnormal, 6, 7) }
            if device.key == "CAM-1" { fail(.offline, 10, 12) }
            if ["SW-1", "CAM-1", "CAM-2"].contains(device.key) { fail(.offline, 14, 15) }
            changes.append(
                StatusChange(at: Self.day.end, status: .unknown, precedingAt: Self.day.end - 300_000)
            )
            let check: Check = device.key == "SW-1" ? .reach : .stream
            return (TrackKey(device: device.id, check: check, hop: .direct), changes)
        }
    }
}

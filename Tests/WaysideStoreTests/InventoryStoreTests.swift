import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("The inventory in the database")
struct InventoryStoreTests {
    private static let now = StoreFixture.now

    /// Every column filled.
    private static var full: Device {
        var device = Device(
            id: DeviceID(77),
            key: "CAM-1",
            kind: .camera,
            name: "隧道入口 \"1\"",
            assignment: Assignment(
                organization: "S1",
                maintainer: "M1",
                roads: ["G42", "S38"],
                upstreams: ["SW-2", "SW-1"]
            )
        )
        device.moves = [
            Move(from: ServiceDay(number: 20_000), organization: "S2", upstreams: []),
            Move(from: ServiceDay(number: 20_100), maintainer: "M1", roads: ["G40"]),
        ]
        device.stakeMark = StakeMark(metres: 12_300)
        device.direction = .ascending
        device.positionClass = 3
        device.longitude = 117.123_456_789
        device.latitude = 31.5
        device.area = "340100"
        device.cameraType = .dome
        device.gatewayNumber = "GW-7"
        device.gbID = "34010000001310000001"
        device.address = "10.1.2.3"
        device.checks = [.reach, .stream]
        device.snmpCredential = "road"
        device.streamURL = "rtsp://10.1.2.3/1"
        device.subStreamURL = "rtsp://10.1.2.3/2"
        device.platformURL = "http://p/1.flv"
        device.commissionedOn = ServiceDay(number: 19_000)
        device.retiredOn = ServiceDay(number: 22_000)
        device.others = "x"
        return device
    }

    private static func inventory(_ devices: [Device]) -> Inventory {
        Inventory(
            organizations: [
                Organization(key: "S1", name: "一路段", kind: .section, parent: "P"),
                Organization(key: "S2", name: "二路段", kind: .section, parent: "P"),
                Organization(key: "P", name: "省", kind: .province, parent: nil),
                Organization(key: "M1", name: "维护", kind: .maintainer, parent: nil),
            ],
            devices: devices
        )
    }

    private static func `switch`(_ number: Int) -> Device {
        Device(
            id: DeviceID(Int64(number)),
            key: "SW-\(number)",
            kind: .switch,
            name: "s",
            assignment: Assignment()
        )
    }

    @Test("what was imported is loaded again, every column")
    func roundTrip() async throws {
        let store = try StoreFixture.store()
        let inventory = InventoryStore(store)
        let read = Self.inventory([Self.full, Self.switch(1), Self.switch(2)])
        let difference = try await inventory.apply(read, at: Self.now)
        #expect(difference.addedDevices == ["CAM-1", "SW-1", "SW-2"])
        #expect(difference.addedOrganizations == ["M1", "P", "S1", "S2"])
        let loaded = try await inventory.load()
        #expect(loaded.organizations == read.organizations)
        #expect(try await inventory.difference(to: read).isEmpty)
        #expect(try await inventory.difference(to: read).unchangedDeviceCount == 3)
        #expect(loaded.device(key: "CAM-1")?.assignment == Self.full.assignment)
        #expect(loaded.device(key: "CAM-1")?.moves == Self.full.moves)
        await store.close()
    }

    @Test("numbers are given once, what is not in the files is kept, and the difference names what changes")
    func again() async throws {
        let store = try StoreFixture.store()
        let inventory = InventoryStore(store)
        _ = try await inventory.apply(
            Self.inventory([Self.full, Self.switch(1), Self.switch(2)]),
            at: Self.now
        )
        let before = try await inventory.load()
        var changed = Self.full
        changed.name = "改名"
        changed.retiredOn = ServiceDay(number: 21_000)
        changed.assignment.upstreams = ["SW-2"]
        changed.moves = []
        let read = Self.inventory([changed, Self.switch(2), Self.switch(3)])
        let shown = try await inventory.difference(to: read)
        let written = try await inventory.apply(read, at: Self.now)
        #expect(shown == written)
        #expect(written.addedDevices == ["SW-3"])
        #expect(written.absentDevices == ["SW-1"])
        #expect(written.changedDevices.map(\.key) == ["CAM-1"])
        #expect(written.changedDevices.first?.fields.map(\.column) == ["name", "upstream"])
        let retirement = try #require(written.retiredDevices.first?.fields.first)
        #expect(retirement.column == "retired_on")
        #expect(retirement.before == ServiceDay(number: 22_000).description)
        #expect(retirement.after == ServiceDay(number: 21_000).description)
        #expect(written.movedDevices.map(\.key) == ["CAM-1"])
        let after = try await inventory.load()
        for key in ["CAM-1", "SW-1", "SW-2"] {
            #expect(after.device(key: key)?.id == before.device(key: key)?.id)
        }
        #expect(after.devices.count == 4)
        #expect(after.device(key: "CAM-1")?.moves.isEmpty == true)
        #expect(try await inventory.apply(read, at: Self.now).isEmpty)
        await store.close()
    }

    @Test("kept days are marked when something changed that a figure may depend on, and only then")
    func marks() async throws {
        var road = try await RollupFixture(seed: 31)
        let marks = DirtyDays(road.store)
        func take() async throws -> [DirtyDay] {
            let dirty = try await marks.all()
            for day in dirty { try await marks.clear(day) }
            return dirty
        }
        let days = Array(RollupFixture.days.reversed())
        let camera = try #require(road.inventory.device(key: "CAM-5")?.id)
        let harmless: [(inout Device) -> Void] = [
            { $0.name = "改名" }, { $0.address = "10.9.9.9" }, { $0.longitude = 117.5 },
        ]
        for change in harmless {
            try await road.correct("CAM-5", change)
            #expect(try await take().isEmpty)
        }
        let bearing: [(inout Device) -> Void] = [
            { $0.assignment.organization = "S1" }, { $0.assignment.maintainer = "M2" },
            { $0.assignment.roads = ["G40"] }, { $0.assignment.upstreams = ["CAM-1"] },
            { $0.positionClass = 7 }, { $0.checks = [.reach, .snmp] },
            { $0.commissionedOn = days[2] }, { $0.retiredOn = days[1] },
            { $0.moves = [Move(from: days[2], organization: "S2")] },
        ]
        for (number, change) in bearing.enumerated() {
            try await road.correct("CAM-5", change)
            let dirty = try await take()
            #expect(dirty.map(\.day) == days, "change \(number)")
            #expect(dirty.allSatisfy { $0.devices?.contains(camera) ?? true }, "change \(number)")
        }
        let moved = road.inventory.organizations.map {
            Organization(
                key: $0.key,
                name: $0.name,
                kind: $0.kind,
                parent: $0.key == "S2" ? nil : $0.parent
            )
        }
        let inventory = Inventory(organizations: moved, devices: road.inventory.devices)
        _ = try await InventoryStore(road.store).apply(inventory, at: Self.now)
        let dirty = try await take()
        #expect(dirty.map(\.day) == days)
        #expect(dirty.allSatisfy { $0.devices == nil })
        await road.store.close()
    }

    @Test("a dangling upstream leaves everything as it was")
    func dangling() async throws {
        let store = try StoreFixture.store()
        let inventory = InventoryStore(store)
        await #expect(throws: LedgerError.self) {
            try await inventory.apply(Self.inventory([Self.full, Self.switch(1)]), at: Self.now)
        }
        #expect(try await inventory.load().devices.isEmpty)
        #expect(try await inventory.load().organizations.isEmpty)
        await store.close()
    }
}

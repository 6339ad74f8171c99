import Testing
import WaysideCore

@Suite struct PatrolTargetsTests {
    private let day = ServiceDay(containing: Timestamp(milliseconds: 1_700_000_000_000))

    private func device(_ number: Int64, _ key: String, under upstreams: [String] = []) -> Device {
        var device = Device(
            id: DeviceID(number),
            key: key,
            kind: .camera,
            name: key,
            assignment: Assignment(organization: "S1", upstreams: upstreams)
        )
        device.checks = [.reach, .stream]
        device.streamURL = "rtsp://192.0.2.1/live"
        return device
    }

    private func inventory(_ devices: [Device]) -> Inventory {
        Inventory(
            organizations: [
                Organization(key: "P", name: "P", kind: .province, parent: nil),
                Organization(key: "S1", name: "S1", kind: .section, parent: "P"),
            ],
            devices: devices
        )
    }

    @Test("a device is asked where it has addresses, and devices know their topmost upstream")
    func lines() {
        var camera = self.device(3, "CAM", under: ["SW"])
        camera.platformURL = "rtsp://198.51.100.1/live"
        let targets = PatrolTargets(
            self.inventory([self.device(1, "GW"), self.device(2, "SW", under: ["GW"]), camera]),
            on: self.day
        )
        let mine = targets.lines.filter { $0.track.device == DeviceID(3) }
        #expect(mine.map(\.track.check) == [.reach, .stream, .stream])
        #expect(mine.map(\.track.hop) == [.direct, .direct, .platform])
        #expect(
            targets.lines.filter { $0.track.hop == .direct }.allSatisfy { $0.root == .device(DeviceID(1)) }
        )
    }

    @Test("at the platform the server that is asked is what cameras share, whatever they hang on")
    func platformRoots() throws {
        let urls = [
            "https://Cloud.example/1.flv", "https://cloud.example:8443/2.flv", "rtsp://198.51.100.1/3",
            "rtsp://[2001:DB8::1]:554/4",
        ]
        var cameras = urls.enumerated().map { index, url in
            var camera = self.device(Int64(index) + 1, "CAM-\(index)")
            (camera.checks, camera.streamURL, camera.platformURL) = ([.stream], nil, url)
            return camera
        }
        var platform = Device(
            id: DeviceID(9),
            key: "PLATFORM",
            kind: .platform,
            name: "PLATFORM",
            assignment: Assignment(upstreams: ["LINK"])
        )
        (platform.address, platform.checks) = ("198.51.100.1:443", [.reach])
        let link = Device(id: DeviceID(8), key: "LINK", kind: .link, name: "LINK", assignment: Assignment())
        cameras += [platform, link]
        let targets = PatrolTargets(self.inventory(cameras), on: self.day)
        func root(_ device: Int64) -> SelfDoubt.Root? {
            targets.lines.first { $0.track.device == DeviceID(device) && $0.track.hop == .platform }?.root
        }
        let cloud = try #require(ServerName(url: "rtmp://cloud.example:1935/live/x"))
        #expect(root(1) == .server(cloud) && root(2) == .server(cloud))
        #expect(
            root(3) == .device(DeviceID(8)),
            "the platform that the inventory knows, and what it hangs on"
        )
        #expect(root(4) == .server(ServerName(address: "[2001:db8::1]:80")))
    }

    @Test("who is out of service is not asked")
    func service() {
        var retired = self.device(1, "A")
        retired.retiredOn = self.day
        let targets = PatrolTargets(self.inventory([retired, self.device(2, "B")]), on: self.day)
        #expect(Set(targets.lines.map(\.track.device)) == [DeviceID(2)])
    }

    @Test("the nearest cadence holds: device, organization, kind, check")
    func cadences() throws {
        func cadence(_ seconds: Int64) throws -> CheckCadence {
            try #require(
                CheckCadence(
                    intervalMilliseconds: seconds * 1_000,
                    recheckMilliseconds: 1_000,
                    deadlineMilliseconds: 1_000
                )
            )
        }
        var table = CadenceTable(byCheck: [.reach: try cadence(1)])
        let device = self.device(1, "A")
        func interval() -> Int64 {
            table.cadence(of: .reach, for: device, ancestry: ["S1", "P"]).intervalMilliseconds / 1_000
        }
        #expect(interval() == 1)
        table.byKind = [.camera: [.reach: try cadence(2)]]
        #expect(interval() == 2)
        table.byOrganization = ["P": [.reach: try cadence(3)]]
        #expect(interval() == 3)
        table.byDevice = ["A": [.reach: try cadence(4)]]
        #expect(interval() == 4)
        #expect(table.cadence(of: .snmp, for: device, ancestry: []) == .usual(.snmp))
    }
}

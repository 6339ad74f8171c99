import Testing
import WaysideCore

@Suite struct StreamServerTests {
    private let day = ServiceDay(containing: Timestamp(milliseconds: 1_700_000_000_000))

    private func device(_ key: String, _ kind: Device.Kind, address: String?, under: [String] = []) -> Device
    {
        var device = Device(
            id: DeviceID(Int64(key.utf8.reduce(0) { $0 * 31 + Int($1) })),
            key: key,
            kind: kind,
            name: key,
            assignment: Assignment(upstreams: under)
        )
        device.address = address
        return device
    }

    @Test(
        "a camera's own stream at the address of a recorder or gateway above it is that one's word",
        arguments: [
            ("rtsp://10.0.0.9:554/ch/3", "NVR"), ("rtsp://view@10.0.0.9/ch/3", "NVR"),
            ("http://GATEWAY.example:8080/3.flv", "GW"), ("rtsp://10.0.0.3/live", nil),
            ("rtsp://10.0.0.2/live", nil), ("rtsp://10.0.0.77/live", nil), (nil, nil),
        ] as [(String?, String?)]
    )
    func served(url: String?, key: String?) {
        var camera = self.device("CAM", .camera, address: "10.0.0.3", under: ["SW"])
        camera.streamURL = url
        let inventory = Inventory(
            organizations: [],
            devices: [
                camera, self.device("SW", .switch, address: "10.0.0.2", under: ["NVR"]),
                self.device("NVR", .recorder, address: "10.0.0.9:8000", under: ["GW"]),
                self.device("GW", .gateway, address: "gateway.example"),
                // Another road's recorder: behind a router an address may be used twice.
                self.device("FAR", .recorder, address: "10.0.0.77"),
            ]
        )
        #expect(inventory.streamServer(of: camera, on: self.day)?.key == key)
    }

    @Test("a recorder's own stream is its own word, and an upstream loop ends")
    func own() {
        var recorder = self.device("NVR", .recorder, address: "10.0.0.9", under: ["GW"])
        recorder.streamURL = "rtsp://10.0.0.9/ch/1"
        var camera = self.device("CAM", .camera, address: nil, under: ["GW"])
        camera.subStreamURL = "rtsp://10.0.0.1/3"
        let gateway = self.device("GW", .gateway, address: "10.0.0.2", under: ["NVR"])
        let inventory = Inventory(organizations: [], devices: [recorder, camera, gateway])
        #expect(inventory.streamServer(of: recorder, on: self.day) == nil)
        #expect(inventory.streamServer(of: camera, on: self.day) == nil)
    }

    @Test("the place stays direct, and the table says whose word it is")
    func inTable() {
        var camera = self.device("CAM", .camera, address: nil)
        camera.streamURL = "rtsp://10.0.0.9/ch/3"
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let seen = Observation(device: camera.id, check: .stream, at: now - 1_000, outcome: .up)
        let server = StreamServer(key: "NVR", kind: .recorder)
        let table = HopTable(camera, observations: [seen], server: server, now: now) { _ in
            ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: 610_000)
        }
        #expect(table.rows.filter(\.isAsked).map(\.hop) == [.direct])
        #expect(table.rows.map(\.server) == [server, nil, nil, nil])
    }
}

import Testing
import WaysideCore

@Suite struct StreamPassagesTests {
    private let day = ServiceDay(containing: Timestamp(milliseconds: 1_700_000_000_000))

    private func device(_ number: Int64, _ key: String, _ kind: Device.Kind, under upstreams: [String] = [])
        -> Device
    {
        Device(
            id: DeviceID(number),
            key: key,
            kind: kind,
            name: key,
            assignment: Assignment(upstreams: upstreams)
        )
    }

    @Test(
        "a stream passes the recorders, gateways and links above it, each once, and nothing that is out of service"
    )
    func passages() {
        var old = self.device(6, "GW-OLD", .gateway, under: ["LINK"])
        old.retiredOn = self.day
        let inventory = Inventory(
            organizations: [],
            devices: [
                self.device(1, "LINK", .link), self.device(2, "GW", .gateway, under: ["LINK"]),
                self.device(3, "SW", .switch, under: ["GW", "NVR", "GW-OLD"]),
                self.device(4, "NVR", .recorder, under: ["GW"]),
                self.device(5, "CAM", .camera, under: ["SW"]), old, self.device(7, "ALONE", .camera),
            ]
        )
        let passages = StreamPassages(inventory, on: self.day)
        #expect(passages.passages(of: DeviceID(5)).map(\.key) == ["GW", "LINK", "NVR"])
        #expect(passages.passages(of: DeviceID(4)).map(\.key) == ["GW", "LINK"])
        #expect(passages.passages(of: DeviceID(7)).isEmpty)
    }
}

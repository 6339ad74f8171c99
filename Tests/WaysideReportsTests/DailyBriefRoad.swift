import WaysideCore
import WaysideReports

/// A small made-up province over two days: two companies, three sections, six cameras and a switch.
struct DailyBriefRoad {
    static let day = ServiceDay(number: 20_513)
    static let newCamera = "11d3b1a4-6f0e-4c35-9a53-0c9d1c0b7e21"

    let inventory = Self.makeInventory()
    let today: DailyBriefDay
    let yesterday: DailyBriefDay

    /// One letter is an hour: online, abnormal, offline, nothing known.
    private static let films: [String: (yesterday: String, today: String)] = [
        "5b0d7f5e-54d4-4d6c-8a35-3b1f4c6f1a01": ("uuuuuuuuuuuuuuuuuuuuuuuu", "uuuuuuuuuuuuuuuuuuuuuuuu"),
        "7c1e8a6f-65e5-4e7d-9b46-4c2a5d7a2b02": ("uuuuuuuuuuuuudduuuuuuuuu", "uuuudduuuuuuuuuuuuuuuuuu"),
        "8d2f9b7a-76f6-4f8e-ac57-5d3b6e8b3c03": ("uuuuuuuuuuuuuuuuuuuuuuuu", "uuuuuuuuuuuuuuuudddddddd"),
        "9e3aac8b-87a7-4a9f-bd68-6e4c7f9c4d04": ("uuuuaaaauuuuuuuuuuuuuuuu", "uuuuaaaauuuuuuuuaauuuuaa"),
        "CAM-C1": ("uuuuuuuuuuuu..uuuuuuuuuu", "uuuuuuuuuuuu..uuuuuuuuuu"),
        Self.newCamera: ("........................", "uuuuuuuuuuuuuuuuuuuuuuuu"),
    ]

    /// Assesses both days; of the later one only what was known by then counts.
    init(knownAt: Timestamp = .distantFuture) throws(Assessor.NotBegun) {
        self.today = try Self.assessed(Self.day, self.inventory, knownAt: knownAt)
        self.yesterday = try Self.assessed(Self.day.previous, self.inventory, knownAt: .distantFuture)
    }

    /// What the live view shows at the end.
    var statuses: [LiveStatus] {
        self.inventory.devices.enumerated().flatMap { index, device -> [LiveStatus] in
            guard device.kind == .camera, device.key != "CAM-C1" else { return [] }
            let isOut = index == 2
            let since = Self.day.start + 57_600_000
            let stream = LiveStatus(
                device: device.id,
                facet: .stream,
                status: isOut ? .offline : .online,
                since: since,
                cause: isOut ? .noMedia : nil,
                isFaltering: false,
                knownAt: since + 70_000
            )
            var reach = stream
            (reach.facet, reach.status, reach.cause) = (.reachability, .online, nil)
            return [reach, stream]
        }
    }

    private static let rule = RateRule(
        id: "province-time-weighted",
        version: 1,
        titleZH: "省级考核在线率(时长)",
        titleEN: "Provincial online rate, time-weighted",
        citation: "our own",
        facet: .stream,
        population: RateRule.Population(kinds: [.camera]),
        method: .timeWeighted,
        status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
        unknown: .excluded,
        minimumCoverage: 950,
        upstream: .counted,
        aggregate: .pooled,
        sha256: String(repeating: "0", count: 64)
    )

    private static func assessed(
        _ day: ServiceDay,
        _ inventory: Inventory,
        knownAt: Timestamp
    ) throws(Assessor.NotBegun) -> DailyBriefDay {
        let replay = Replay(
            rule: self.rule,
            inventory: inventory,
            exemptions: [],
            fold: self.fold(inventory, knownAt: knownAt),
            knownAt: knownAt
        )
        var assessor = try replay.assessor(of: day)
        let sheet = assessor.sheet()
        var lines: [String: ClassLine] = [:]
        for (index, device) in inventory.devices.enumerated() {
            lines[device.key] = assessor.classLine(of: index)
        }
        return DailyBriefDay(sheet, inventory: inventory, lines: lines)
    }

    /// Twelve observations an hour.
    private static func fold(_ inventory: Inventory, knownAt: Timestamp) -> ObservationFold {
        var fold = ObservationFold(knownAt: knownAt)
        for device in inventory.devices {
            guard let (before, after) = self.films[device.key] else { continue }
            for (hour, letter) in (before + after).enumerated() where letter != "." {
                for part in 0..<12 {
                    let at = self.day.previous.start + Int64(hour * 3_600_000 + part * 300_000)
                    let outcome: Outcome = letter == "u" ? .up : letter == "a" ? .abnormal : .down
                    fold.receive(Observation(device: device.id, check: .stream, at: at, outcome: outcome))
                }
            }
        }
        return fold
    }

    private static func makeInventory() -> Inventory {
        let organizations = [
            Organization(key: "P", name: "远山省交通运输厅", kind: .province, parent: nil),
            Organization(key: "EAST", name: "东部高速公司", kind: .company, parent: "P"),
            Organization(key: "WEST", name: "西部高速公司", kind: .company, parent: "P"),
            Organization(key: "QX", name: "青溪路段", kind: .section, parent: "EAST"),
            Organization(key: "TY", name: "桃源路段", kind: .section, parent: "EAST"),
            Organization(key: "BS", name: "白石路段", kind: .section, parent: "WEST"),
        ]
        let places = ["QX", "QX", "TY", "TY", "BS", "BS"]
        let keys = self.films.keys.sorted { $0.isBefore($1) }.filter {
            $0 != self.newCamera && $0 != "CAM-C1"
        }
        var devices = (keys + ["CAM-C1", self.newCamera]).enumerated().map { index, key in
            var device = Device(
                id: DeviceID(Int64(index + 1)),
                key: key,
                kind: .camera,
                name: "摄像机\(index + 1)号",
                assignment: Assignment(
                    organization: places[index],
                    roads: index == 0 ? ["G42", "S38"] : ["G99"]
                )
            )
            device.stakeMark = StakeMark(metres: 10_100 + index * 1_000)
            device.direction = Direction.allCases[index % 3]
            device.positionClass = index == 2 ? 3 : 1
            (device.longitude, device.latitude) = (105.287932 + Double(index) / 100, 30.5)
            device.area = "990101"
            device.cameraType = .dome
            device.checks = [.stream]
            return device
        }
        // Nothing of what the ministry asks for beside the name.
        devices[4].stakeMark = nil
        devices[4].direction = nil
        devices[4].area = "99010"
        devices[4].cameraType = nil
        devices[4].longitude = nil
        devices[5].commissionedOn = self.day
        devices[5].others = "192.0.2.6, \"rack 2\""
        devices[5].gatewayNumber = "GW-1"
        var retired = devices[0]
        retired = Device(
            id: DeviceID(8),
            key: "OLD",
            kind: .camera,
            name: "旧",
            assignment: retired.assignment
        )
        retired.retiredOn = self.day.previous
        let cabinet = Device(
            id: DeviceID(7),
            key: "SW-1",
            kind: .switch,
            name: "交换机",
            assignment: Assignment(organization: "QX")
        )
        return Inventory(organizations: organizations, devices: devices + [cabinet, retired])
    }
}

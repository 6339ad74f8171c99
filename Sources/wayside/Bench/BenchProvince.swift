internal import WaysideCore
internal import WaysideSimulation

/// A made-up province of any size with its changes of status (基准省), the same for the same seed: 2 % of the cameras
/// flap 120 times a day, the others fail about twice in three days.
struct BenchProvince {
    let inventory: Inventory
    let cameras: Int
    private let profile: StatusProfile
    private let seed: UInt64

    /// Cameras behind one switch.
    private static let fan = 20

    init(cameras: Int, profile: StatusProfile, seed: UInt64) {
        (self.cameras, self.profile, self.seed) = (cameras, profile, seed)
        var organizations = [Organization(key: "P", name: "基准省", kind: .province, parent: nil)]
        for company in 0..<10 {
            organizations.append(
                Organization(key: "C\(company)", name: "路公司\(company)", kind: .company, parent: "P")
            )
        }
        for section in 0..<60 {
            organizations.append(
                Organization(
                    key: "S\(section)",
                    name: "路段\(section)",
                    kind: .section,
                    parent: "C\(section % 10)"
                )
            )
        }
        for maintainer in 0..<20 {
            organizations.append(
                Organization(key: "M\(maintainer)", name: "运维单位\(maintainer)", kind: .maintainer, parent: "P")
            )
        }
        var devices: [Device] = []
        for number in 0..<cameras {
            let place = number / Self.fan
            if number % Self.fan == 0 {
                var device = Self.device("SW-\(Self.digits(place))", .switch, place, [])
                device.checks = [.reach]
                devices.append(device)
            }
            var device = Self.device(
                "CAM-\(Self.digits(number))",
                .camera,
                place,
                ["SW-\(Self.digits(place))"]
            )
            device.checks = [.stream]
            device.positionClass = number % 9
            devices.append(device)
        }
        self.inventory = Inventory(organizations: organizations, devices: devices)
    }

    private static func device(
        _ key: String,
        _ kind: Device.Kind,
        _ place: Int,
        _ upstreams: [String]
    ) -> Device {
        Device(
            id: DeviceID(0),
            key: key,
            kind: kind,
            name: key,
            assignment: Assignment(
                organization: "S\(place % 60)",
                maintainer: "M\(place % 20)",
                roads: ["G\(place % 30 + 1)"],
                upstreams: upstreams
            )
        )
    }

    private static func digits(_ number: Int) -> String { String(String(1_000_000 + number).dropFirst()) }

    /// A day's changes of all tracks, by the inventory that the database numbered. On the first day everything comes
    /// online at 00:00.
    func changes(on day: ServiceDay, isFirst: Bool, numbered inventory: Inventory) -> [TrackChange] {
        var changes: [TrackChange] = []
        var random = SplitMix(seed: self.seed ^ UInt64(bitPattern: Int64(day.number)) &* 0x9E37_79B9)
        for (number, device) in inventory.devices.enumerated() {
            guard let check = device.checks.first else { continue }
            let key = TrackKey(device: device.id, check: check, hop: .direct)
            var before: Timestamp?
            func append(_ at: Timestamp, _ status: Status, lastMissAt: Timestamp? = nil) {
                changes.append(
                    TrackChange(
                        profile: self.profile,
                        key: key,
                        change: StatusChange(
                            at: at,
                            status: status,
                            precedingAt: before.map { max($0, at - 30_000) },
                            lastMissAt: lastMissAt
                        )
                    )
                )
                before = at
            }
            if isFirst { append(day.start, .online) }
            before = day.start
            let isFlapping = device.kind == .camera && number % 50 == 0
            let outages = isFlapping ? 60 : device.kind == .camera && random.below(100) < 66 ? 1 : 0
            let share = (ServiceDay.lengthMilliseconds - 120_000) / Int64(max(outages, 1))
            for outage in 0..<outages {
                let from = day.start + 60_000 + Int64(outage) * share + random.below(share / 4)
                let to = from + 90_000 + random.below(share / 2)
                append(from, .offline)
                append(to, .online, lastMissAt: to - 30_000)
            }
        }
        return changes
    }
}

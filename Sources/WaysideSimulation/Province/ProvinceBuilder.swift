internal import WaysideCore

/// Puts a province together (建省): camera → access switch → fibre ring → aggregation switch → gateway → carrier link.
struct ProvinceBuilder {
    private struct Draft {
        var device: Device
        var place: Wiring.Place
    }

    private let settings: SimulationSettings
    private var random: SplitMix
    private var organizations: [Organization] = []
    private var drafts: [Draft] = []
    private var wiring = Wiring()
    private var camerasLeft: Int

    init(_ settings: SimulationSettings, random: SplitMix) {
        (self.settings, self.random, self.camerasLeft) = (settings, random, settings.cameras)
    }

    /// What was put together, numbered in byte order of the keys.
    var finished: (inventory: Inventory, wiring: Wiring) {
        var wiring = self.wiring
        let sorted = self.drafts.sorted { $0.device.key.isBefore($1.device.key) }
        wiring.places = sorted.map(\.place)
        let devices = sorted.enumerated().map { index, draft in
            let old = draft.device
            var device = Device(
                id: DeviceID(Int64(index) + 1),
                key: old.key,
                kind: old.kind,
                name: old.name,
                assignment: old.assignment
            )
            (device.moves, device.stakeMark, device.direction) = (old.moves, old.stakeMark, old.direction)
            (device.positionClass, device.checks) = (old.positionClass, old.checks)
            (device.streamURL, device.platformURL) = (old.streamURL, old.platformURL)
            (device.commissionedOn, device.retiredOn) = (old.commissionedOn, old.retiredOn)
            device.address = old.address
            return device
        }
        return (Inventory(organizations: self.organizations, devices: devices), wiring)
    }

    mutating func build() {
        self.wiring.collectors = [Observation.centre, "east"]
        self.organize("P", "模拟省交通", .province, nil)
        for number in 1...3 { self.organize("M\(number)", "第\(number)运维公司", .maintainer, nil) }
        let sections = max(2, (self.settings.cameras + 59) / 60)
        let companies = sections > 5 ? 3 : 2
        for company in 1...companies { self.organize("C\(company)", "第\(company)路公司", .company, "P") }
        for section in 1...sections {
            let company = (section - 1) % companies + 1
            let key = "S" + Self.padded(section, 3)
            self.organize(key, "第\(section)路段", .section, "C\(company)")
            let quota =
                section == sections ? self.camerasLeft : min(60, self.camerasLeft / (sections - section + 1))
            self.addSection(key, number: section, company: company, cameras: quota)
            self.camerasLeft -= quota
        }
        self.letThingsChange()
    }

    private mutating func organize(
        _ key: String,
        _ name: String,
        _ kind: Organization.Kind,
        _ parent: String?
    ) {
        self.organizations.append(Organization(key: key, name: name, kind: kind, parent: parent))
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // MARK: - A section

    private mutating func addSection(_ section: String, number: Int, company: Int, cameras: Int) {
        let maintainer = "M\(Int(self.random.below(3)) + 1)"
        let road = ["G42", "S38", "G15", "S86"][number % 4]
        let collector = company == 2 ? 1 : 0
        func assignment(_ upstreams: [String], organization: String? = nil) -> Assignment {
            Assignment(
                organization: organization ?? section,
                maintainer: maintainer,
                roads: [road],
                upstreams: upstreams
            )
        }
        let domain = self.newDomain()
        let house = Wiring.Place(powerDomain: domain, isBacked: true, collector: collector)
        // The carrier's link is watched by half; of the others nobody asks anything.
        let isLinkWatched = self.random.percent(50)
        self.add(
            "LNK-\(section)",
            .link,
            assignment([], organization: "C\(company)"),
            checks: isLinkWatched ? [.reach] : [],
            place: house
        )
        self.add("GW-\(section)", .gateway, assignment(["LNK-\(section)"]), checks: [.reach], place: house)
        self.add("UPS-\(section)", .ups, assignment(["AGG-\(section)-1"]), checks: [.reach], place: house)
        let isRing = self.random.percent(60)
        for ring in 1...(isRing ? 2 : 1) {
            self.add(
                "AGG-\(section)-\(ring)",
                .switch,
                assignment(["GW-\(section)"]),
                checks: self.random.percent(20) ? [.reach, .snmp] : [.reach],
                place: house
            )
        }
        self.addAccess(section, cameras: cameras, isRing: isRing, collector: collector, assignment)
    }

    private mutating func addAccess(
        _ section: String,
        cameras: Int,
        isRing: Bool,
        collector: Int,
        _ assignment: ([String], String?) -> Assignment
    ) {
        var (left, number, metres, domain) = (cameras, 0, 1_000 * Int(self.random.below(400)), 0)
        while left > 0 {
            number += 1
            if number % 3 == 1 { domain = self.newDomain() }
            let key = "ACC-\(section)-" + Self.padded(number, 2)
            let isRedundant = isRing && self.random.percent(50)
            let fibres = (0..<(isRedundant ? 2 : 1)).map { _ in self.newFibre() }
            let upstreams =
                isRedundant
                ? ["AGG-\(section)-1", "AGG-\(section)-2"]
                : ["AGG-\(section)-\(isRing ? Int(self.random.below(2)) + 1 : 1)"]
            metres += 500 + Int(self.random.below(3_000))
            self.add(
                key,
                .switch,
                assignment(upstreams, nil),
                checks: self.random.percent(5) ? [] : [.reach],
                metres: metres,
                place: Wiring.Place(powerDomain: domain, fibres: fibres, collector: collector)
            )
            let share = min(left, Int(self.random.within(4...24)))
            for camera in 1...share {
                self.addCamera(
                    "CAM-\(section)-" + Self.padded(number, 2) + Self.padded(camera, 2),
                    assignment([key], nil),
                    metres: metres + camera * 40,
                    place: Wiring.Place(
                        powerDomain: domain,
                        collector: collector,
                        isFlapping: self.random.percent(2),
                        hasChangingPassword: self.random.percent(2),
                        isLossy: self.random.percent(8)
                    )
                )
            }
            left -= share
        }
    }

    private mutating func addCamera(_ key: String, _ assignment: Assignment, metres: Int, place: Wiring.Place)
    {
        var own = assignment
        if self.random.percent(5) { own.roads.append("G50") }
        self.add(
            key,
            .camera,
            own,
            checks: self.random.percent(15) ? [.reach, .stream] : [.stream],
            metres: metres,
            place: place
        )
        let last = self.drafts.count - 1
        self.drafts[last].device.streamURL = "rtsp://camera.example/\(key)"
        // Some are looked at from the platform too.
        if self.random.percent(5) {
            self.drafts[last].device.platformURL = "https://platform.example/\(key).flv"
        }
        self.drafts[last].device.positionClass = Int(self.random.below(8))
        self.drafts[last].device.direction = self.random.pick([.ascending, .descending, .both])
    }

    private mutating func add(
        _ key: String,
        _ kind: Device.Kind,
        _ assignment: Assignment,
        checks: Set<Check>,
        metres: Int? = nil,
        place: Wiring.Place
    ) {
        var device = Device(id: DeviceID(1), key: key, kind: kind, name: key, assignment: assignment)
        device.checks = checks
        device.stakeMark = metres.flatMap { StakeMark(metres: $0) }
        if checks.contains(.reach) { device.address = "192.0.2.1" }
        self.drafts.append(Draft(device: device, place: place))
    }

    private mutating func newDomain() -> Int {
        self.wiring.domainCount += 1
        return self.wiring.domainCount - 1
    }

    private mutating func newFibre() -> Int {
        self.wiring.fibreCount += 1
        return self.wiring.fibreCount - 1
    }

    // MARK: - What changes

    /// Commissioning, retirement, and moves between organizations, maintainers and upstreams.
    private mutating func letThingsChange() {
        let sections = self.organizations.filter { $0.kind == .section }.map(\.key)
        let access = self.drafts.map(\.device).filter { $0.key.hasPrefix("ACC-") }.map(\.key)
        for index in self.drafts.indices where self.drafts[index].device.kind == .camera {
            if self.random.percent(4) { self.drafts[index].device.commissionedOn = self.someDay() }
            if self.random.percent(3) { self.drafts[index].device.retiredOn = self.someDay() }
            guard self.random.percent(5) else { continue }
            let moves = (0..<Int(self.random.within(1...2))).map { _ in
                Move(
                    from: self.someDay(),
                    organization: self.random.percent(40) ? self.random.pick(sections) : nil,
                    maintainer: self.random.percent(50) ? "M\(Int(self.random.below(3)) + 1)" : nil,
                    roads: self.random.percent(20) ? ["G42", "S38"] : nil,
                    upstreams: self.random.percent(60) ? [self.random.pick(access)] : nil
                )
            }
            let rising = moves.sorted { $0.from < $1.from }
            self.drafts[index].device.moves = rising.indices.filter {
                $0 == 0 || rising[$0].from != rising[$0 - 1].from
            }
            .map { rising[$0] }
        }
        for index in self.drafts.indices where self.drafts[index].device.key.hasPrefix("ACC-") {
            if self.random.percent(3) { self.drafts[index].device.retiredOn = self.someDay() }
            // One that hangs on two gives one of them up.
            let upstreams = self.drafts[index].device.assignment.upstreams
            guard upstreams.count == 2, self.random.percent(20) else { continue }
            self.drafts[index].device.moves = [
                Move(from: self.someDay(), upstreams: [self.random.pick(upstreams)])
            ]
        }
    }

    private mutating func someDay() -> ServiceDay {
        ServiceDay(
            number: self.settings.from.number + Int32(self.random.below(Int64(self.settings.days) + 1))
        )
    }
}

public import WaysideCore

/// What an import would change (台账差异), to be shown before anything is written. Keys in the order of their
/// bytes.
public struct InventoryDifference: Hashable, Sendable {
    /// One device or organization that reads otherwise now.
    public struct Change: Hashable, Sendable {
        /// Whose key.
        public var key: String
        /// What differs, by the columns' names in files, with the old and the new text; empty text for
        /// nothing.
        public var fields: [Field]
    }

    /// One column that reads otherwise now.
    public struct Field: Hashable, Sendable {
        /// Its name in files.
        public var column: String
        /// What it was; empty for nothing.
        public var before: String
        /// What it will be; empty for nothing.
        public var after: String
    }

    /// Devices that are new.
    public var addedDevices: [String] = []
    /// Devices of which something differs, without those below.
    public var changedDevices: [Change] = []
    /// Devices that get a first day out of service, or another one.
    public var retiredDevices: [Change] = []
    /// Devices whose changes of assignment differ.
    public var movedDevices: [Change] = []
    /// Devices that are as they were.
    public var unchangedDeviceCount = 0
    /// Devices that are known and not in the files: they are kept as they are.
    public var absentDevices: [String] = []
    /// Organizations that are new.
    public var addedOrganizations: [String] = []
    /// Organizations of which something differs.
    public var changedOrganizations: [Change] = []
    /// Organizations that are known and not in the files: they are kept as they are.
    public var absentOrganizations: [String] = []

    /// Whether nothing would be written.
    public var isEmpty: Bool {
        self.addedDevices.isEmpty && self.changedDevices.isEmpty && self.retiredDevices.isEmpty
            && self.movedDevices.isEmpty && self.addedOrganizations.isEmpty
            && self.changedOrganizations.isEmpty
    }

    /// Whether a known device is put into other groups than before on some day.
    var changesMembership: Bool {
        let bearing: Set = ["organization", "maintainer", "road", "position_class", "assignments"]
        return (self.changedDevices + self.movedDevices).contains { change in
            change.fields.contains { bearing.contains($0.column) }
        }
    }

    /// Known devices of which something differs that a figure may depend on, by key.
    var devicesWhoseFiguresMayChange: [String] {
        let bearing: Set = [
            "kind", "organization", "maintainer", "road", "position_class", "upstream", "checks",
            "commissioned_on", "retired_on", "assignments",
        ]
        let changes = self.changedDevices + self.retiredDevices + self.movedDevices
        return Set(changes.filter { $0.fields.contains { bearing.contains($0.column) } }.map(\.key)).sorted()
    }

    /// From what is known to what the files say.
    public init(from known: Inventory, to read: Inventory) {
        for device in read.devices {
            guard let before = known.device(key: device.key) else {
                self.addedDevices.append(device.key)
                continue
            }
            self.compare(before, device)
        }
        self.absentDevices = known.devices.map(\.key).filter { read.device(key: $0) == nil }
        for organization in read.organizations {
            guard let before = known.organization(key: organization.key) else {
                self.addedOrganizations.append(organization.key)
                continue
            }
            let fields = Self.fields(Self.columns(before), Self.columns(organization))
            if !fields.isEmpty {
                self.changedOrganizations.append(Change(key: organization.key, fields: fields))
            }
        }
        self.absentOrganizations = known.organizations.map(\.key).filter { read.organization(key: $0) == nil }
    }

    private mutating func compare(_ before: Device, _ after: Device) {
        let fields = Self.fields(Self.columns(before), Self.columns(after))
        let retirement = fields.filter { $0.column == "retired_on" }
        let others = fields.filter { $0.column != "retired_on" }
        let moves =
            before.moves == after.moves
            ? []
            : [Field(column: "assignments", before: Self.text(before.moves), after: Self.text(after.moves))]
        if !retirement.isEmpty { self.retiredDevices.append(Change(key: after.key, fields: retirement)) }
        if !others.isEmpty { self.changedDevices.append(Change(key: after.key, fields: others)) }
        if !moves.isEmpty { self.movedDevices.append(Change(key: after.key, fields: moves)) }
        if fields.isEmpty && moves.isEmpty { self.unchangedDeviceCount += 1 }
    }

    private static func fields(_ before: [(String, String?)], _ after: [(String, String?)]) -> [Field] {
        zip(before, after).filter { $0.1 != $1.1 }.map { old, new in
            Field(column: old.0, before: old.1 ?? "", after: new.1 ?? "")
        }
    }

    private static func columns(_ organization: Organization) -> [(String, String?)] {
        [
            ("name", organization.name), ("kind", organization.kind.rawValue),
            ("parent", organization.parent),
        ]
    }

    private static func columns(_ device: Device) -> [(String, String?)] {
        [
            ("kind", device.kind.rawValue),
            ("name", device.name),
            ("organization", device.assignment.organization),
            ("maintainer", device.assignment.maintainer),
            ("road", Self.road(device.assignment.roads)),
            ("stake_mark", device.stakeMark?.description),
            ("direction", device.direction?.rawValue),
            ("position_class", String(device.positionClass)),
            ("longitude", device.longitude.map { "\($0)" }),
            ("latitude", device.latitude.map { "\($0)" }),
            ("area", device.area),
            ("camera_type", device.cameraType.map { String($0.rawValue) }),
            ("gateway_num", device.gatewayNumber),
            ("gb_id", device.gbID),
            ("upstream", device.assignment.upstreams.joined(separator: ";")),
            ("address", device.address),
            ("checks", device.checks.sorted().map(\.rawValue).joined(separator: ";")),
            ("snmp", device.snmpCredential),
            ("stream_url", device.streamURL),
            ("sub_stream_url", device.subStreamURL),
            ("platform_url", device.platformURL),
            ("commissioned_on", device.commissionedOn?.description),
            ("retired_on", device.retiredOn?.description),
            ("others", device.others),
        ]
    }

    private static func road(_ roads: [String]) -> String { roads.joined(separator: "&") }

    private static func text(_ moves: [Move]) -> String {
        moves.map { move in
            var words = ["from \(move.from)"]
            if let organization = move.organization { words.append("organization \(organization)") }
            if let maintainer = move.maintainer { words.append("maintainer \(maintainer)") }
            if let roads = move.roads { words.append("road \(Self.road(roads))") }
            if let upstreams = move.upstreams {
                words.append("upstream \(upstreams.isEmpty ? "none" : upstreams.joined(separator: ";"))")
            }
            return words.joined(separator: ", ")
        }
        .joined(separator: " | ")
    }
}

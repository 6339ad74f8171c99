internal import WaysideCore

/// A row of `organizations` as it was read.
struct OrganizationRow {
    var row: InventoryRow
    /// What it says; `nil` when it has no key.
    let organization: Organization?

    init(_ source: InventoryRow) {
        var row = source
        let key = row.key(.key)
        let kind: Organization.Kind? = row.word(.kind)
        if row.filled(.kind) == nil {
            row.complain(
                .kind,
                "it is empty",
                "write \(Spelling.list(Organization.Kind.allCases.map(\.rawValue)))"
            )
        }
        self.organization = key.map { key in
            Organization(
                key: key,
                name: row.filled(.name) ?? key,
                kind: kind ?? .section,
                parent: row.filled(.parent)
            )
        }
        self.row = row
    }
}

/// A row of `assignments` as it was read.
struct AssignmentRow {
    var row: InventoryRow
    /// Whom it moves; `nil` when it does not say.
    let device: String?
    /// What changes; `nil` when it does not say from when.
    let move: Move?

    init(_ source: InventoryRow) {
        var row = source
        self.device = row.filled(.device)
        if self.device == nil {
            row.complain(.device, "it is empty", "write the key of the device that moves")
        }
        let day = row.day(.fromDay)
        if row.filled(.fromDay) == nil {
            row.complain(.fromDay, "it is empty", "write the first day of the change, such as 2026-03-01")
        }
        var upstreams: [String]? = row.keys(.upstream)
        if row.filled(.upstream) == nil { upstreams = nil }
        if upstreams == ["none"] {
            upstreams = []
        } else if upstreams?.contains("none") ?? false {
            row.complain(.upstream, "none stands among keys", "write none alone, or the keys alone")
        }
        let roads = row.filled(.road) == nil ? nil : row.roads()
        self.move = day.map { day in
            Move(
                from: day,
                organization: row.filled(.organization),
                maintainer: row.filled(.maintainer),
                roads: roads,
                upstreams: upstreams
            )
        }
        self.row = row
    }
}

/// A row of `devices` as it was read.
struct DeviceRow {
    var row: InventoryRow
    /// What it says, as far as it can be read; `nil` when it has no key.
    let device: Device?

    init(_ source: InventoryRow, settings: InventoryFiles, number: (String) -> DeviceID) {
        var row = source
        guard let key = row.key(.key) else {
            (self.row, self.device) = (row, nil)
            return
        }
        let kind: Device.Kind? = row.word(.kind)
        if row.filled(.kind) == nil {
            row.complain(.kind, "it is empty", "write \(Spelling.list(Device.Kind.allCases.map(\.rawValue)))")
        }
        let upstreams = row.keys(.upstream)
        let assignment = Assignment(
            organization: row.filled(.organization),
            maintainer: row.filled(.maintainer),
            roads: row.roads(),
            upstreams: upstreams == ["none"] ? [] : upstreams
        )
        let name = row.filled(.name) ?? key
        var device = Device(
            id: number(key),
            key: key,
            kind: kind ?? .camera,
            name: name,
            assignment: assignment
        )
        device.positionClass = row.wholeNumber(.positionClass, in: 0...8) ?? 0
        device.commissionedOn = row.day(.commissionedOn)
        device.retiredOn = row.day(.retiredOn)
        if let first = device.commissionedOn, let last = device.retiredOn, last < first {
            row.complain(
                .retiredOn,
                "it is before commissioned_on (\(first))",
                "write the first day out of service"
            )
        }
        device.checks = Self.checks(&row)
        // No figure depends on the rest.
        let count = row.problemCount
        Self.readPlace(of: &device, from: &row)
        Self.readNetwork(of: &device, from: &row, settings: settings)
        if settings.purpose == .replay { row.forgetProblems(after: count) }
        (self.row, self.device) = (row, device)
    }

    private static func checks(_ row: inout InventoryRow) -> Set<Check> {
        guard let text = row.filled(.checks) else { return self.defaultChecks(row) }
        if text == "none" { return [] }
        var checks: Set<Check> = []
        for part in text.split(whereSeparator: InventoryWords.isSeparator) {
            let word = trimmedText(String(part))
            if let check = Check(rawValue: word) {
                if !checks.insert(check).inserted {
                    row.complain(.checks, "\(word) stands twice", "write each once")
                }
                continue
            }
            let known = Check.allCases.map(\.rawValue)
            let nearest =
                InventoryWords.english[word] ?? Spelling.nearest(to: word, among: known + ["none"]) ?? ""
            row.complain(
                .checks,
                word == "none" ? "none stands among checks" : "unknown check \(quoted(word))",
                word == "none"
                    ? "write none alone, or the checks alone"
                    : "the nearest known one is \(nearest) (of \(Spelling.list(known)); apart by ;)"
            )
        }
        return checks
    }

    /// What is asked of a device whose row does not say.
    private static func defaultChecks(_ row: InventoryRow) -> Set<Check> {
        var checks: Set<Check> = []
        if row.filled(.address) != nil { checks.insert(.reach) }
        if row.filled(.address) != nil, row.filled(.snmp) != nil { checks.insert(.snmp) }
        if row.filled(.streamURL) != nil || row.filled(.platformURL) != nil { checks.insert(.stream) }
        return checks
    }

    private static func readPlace(of device: inout Device, from row: inout InventoryRow) {
        device.stakeMark = row.stakeMark()
        device.direction = row.word(.direction)
        device.longitude = row.degrees(.longitude, within: 180)
        device.latitude = row.degrees(.latitude, within: 90)
        if (row.filled(.longitude) == nil) != (row.filled(.latitude) == nil) {
            let missing: InventoryColumn = row.filled(.longitude) == nil ? .longitude : .latitude
            row.complain(missing, "it is empty where the other coordinate is not", "write both or neither")
        }
        device.area = row.digits(.area, count: 6, example: "340123")
        device.cameraType = row.wholeNumber(.cameraType, in: 1...4).flatMap(Device.CameraType.init(rawValue:))
        device.gatewayNumber = row.filled(.gatewayNumber)
        device.gbID = row.digits(.gbID, count: 20, example: "34012300001320000001")
        device.others = row.filled(.others)
    }

    private static func readNetwork(
        of device: inout Device,
        from row: inout InventoryRow,
        settings: InventoryFiles
    ) {
        device.address = row.address()
        device.streamURL = row.url(.streamURL)
        device.subStreamURL = row.url(.subStreamURL)
        device.platformURL = row.url(.platformURL)
        device.snmpCredential = row.filled(.snmp)
        if let name = device.snmpCredential, let names = settings.credentialNames, !names.contains(name) {
            let nearest = Spelling.nearest(to: name, among: names.sorted())
            row.complain(
                .snmp,
                "there is no credential \(quoted(name))",
                nearest.map { "the nearest known one is \($0)" } ?? "add it to credentials.yaml"
            )
        }
        let needs: [(Check, Bool, String)] = [
            (.reach, row.filled(.address) != nil, "fill address"),
            (.snmp, row.filled(.address) != nil && row.filled(.snmp) != nil, "fill address and snmp"),
            (.stream, row.hasStream, "fill stream_url or platform_url"),
            (.picture, row.hasStream, "fill stream_url or platform_url"),
        ]
        for (check, isPossible, mend) in needs where device.checks.contains(check) && !isPossible {
            row.complain(
                .checks,
                "\(check.rawValue) cannot be asked of it",
                "\(mend), or leave \(check.rawValue) out"
            )
        }
    }
}

extension InventoryRow {
    fileprivate var hasStream: Bool { self.filled(.streamURL) != nil || self.filled(.platformURL) != nil }

    fileprivate mutating func digits(_ column: InventoryColumn, count: Int, example: String) -> String? {
        guard let text = self.filled(column) else { return nil }
        if text.utf8.count == count, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return text }
        self.complain(
            column,
            "\(quoted(text)) is not \(count) digits",
            "write \(count) digits such as \(example)" + (count > 15 ? ", in a spreadsheet as text" : "")
        )
        return nil
    }

    fileprivate mutating func address() -> String? {
        guard let text = self.filled(.address) else { return nil }
        if NetworkAddress.isHost(text) { return text }
        self.complain(
            .address,
            "\(quoted(text)) is no host name or address",
            "write it as 10.1.2.3, 10.1.2.3:8000, [2001:db8::1]:8000 or a host name"
        )
        return nil
    }

    /// A URL of a stream. What is wrong with it is told without showing it, because it may hold a password.
    fileprivate mutating func url(_ column: InventoryColumn) -> String? {
        guard let text = self.filled(column) else { return nil }
        switch NetworkAddress.fault(ofURL: text, schemes: Self.streamSchemes) {
        case nil: return text
        case .password:
            self.complain(
                column,
                "the URL holds a user or a password",
                "take it out (@ in a path is %40) and put it into credentials.yaml under a name"
            )
        case .scheme:
            self.complain(
                column,
                "the URL begins with no known scheme",
                "begin it with \(Spelling.list(Self.streamSchemes.map { $0 + "://" }))"
            )
        case .host:
            self.complain(column, "the URL names no valid host", "write it as rtsp://10.1.2.3:554/path")
        }
        return nil
    }

    private static let streamSchemes = ["rtsp", "rtsps", "rtmp", "rtmps", "http", "https"]
}

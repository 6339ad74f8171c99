internal import WaysideCore

/// Makes an inventory of its tables: reads the rows, checks what they refer to, and keeps those that hold.
struct InventoryReader {
    let settings: InventoryFiles
    let tables: [InventoryTable: InventorySheet]
    var warnings: [FileProblem]
    var organizations: [OrganizationRow] = []
    var devices: [DeviceRow] = []
    var assignments: [AssignmentRow] = []
    /// The first row of each key.
    var organizationRows: [String: Int] = [:]
    var deviceRows: [String: Int] = [:]

    init(settings: InventoryFiles, tables: [InventoryTable: InventorySheet], warnings: [FileProblem]) {
        (self.settings, self.tables, self.warnings) = (settings, tables, warnings)
    }

    mutating func read(number: (String) -> DeviceID?) -> InventoryReading {
        self.organizations = self.rows(.organizations).map { OrganizationRow($0) }
        let deviceRows = self.rows(.devices)
        let numbers = Self.numbers(of: deviceRows.compactMap { $0.filled(.key) }, given: number)
        self.devices = deviceRows.map { row in
            DeviceRow(row, settings: self.settings) { numbers[$0] ?? DeviceID(0) }
        }
        self.assignments = self.rows(.assignments).map { AssignmentRow($0) }
        self.findDuplicates()
        self.findDanglingReferences()
        self.findOrganizationLoops()
        self.findUpstreamLoops()
        let headingProblems = InventoryTable.allCases.flatMap { self.tables[$0]?.problems ?? [] }
        if headingProblems.isEmpty { self.spreadBadness() }
        return self.reading(headingProblems: headingProblems)
    }

    private func rows(_ table: InventoryTable) -> [InventoryRow] {
        guard let sheet = self.tables[table], sheet.hasRequiredColumns else { return [] }
        return sheet.table.rows.map { InventoryRow($0, of: sheet) }
    }

    /// The given numbers, and for the rest those above the greatest, in byte order of keys.
    private static func numbers(of keys: [String], given: (String) -> DeviceID?) -> [String: DeviceID] {
        var (numbers, unnumbered): ([String: DeviceID], Set<String>) = ([:], [])
        for key in keys {
            if let number = given(key) { numbers[key] = number } else { unnumbered.insert(key) }
        }
        var next = (numbers.values.max()?.number ?? 0) + 1
        for key in unnumbered.sorted(by: { $0.isBefore($1) }) {
            numbers[key] = DeviceID(next)
            next += 1
        }
        return numbers
    }

    // MARK: - What is good in the end

    private func reading(headingProblems: [FileProblem]) -> InventoryReading {
        let rows = self.organizations.map(\.row) + self.devices.map(\.row) + self.assignments.map(\.row)
        let problems = headingProblems + rows.flatMap(\.problems)
        guard headingProblems.isEmpty else {
            return InventoryReading(
                organizations: [],
                devices: [],
                problems: problems,
                consequences: [],
                warnings: self.warnings
            )
        }
        let organizations = self.organizations.filter(\.isGood).compactMap(\.organization)
        let devices = self.goodDevices()
        var warnings = self.warnings
        if self.settings.purpose == .service {
            warnings += InventoryDoubts(
                organizations: organizations,
                devices: devices,
                file: self.fileOfDevices
            )
            .found { key in self.deviceRows[key].map { self.devices[$0].row.row.number } }
        }
        return InventoryReading(
            organizations: organizations.sorted { $0.key.isBefore($1.key) },
            devices: devices.sorted { $0.key.isBefore($1.key) },
            problems: problems,
            consequences: rows.flatMap(\.consequences),
            warnings: warnings
        )
    }

    private var fileOfDevices: String { self.tables[.devices]?.table.file ?? "devices" }

    /// The good devices with their moves. What was known of earlier moves stays; a known device that has no row
    /// here but is moved here comes along.
    private func goodDevices() -> [Device] {
        var moves: [String: [Move]] = [:]
        for row in self.assignments where row.isGood {
            if let device = row.device, let move = row.move { moves[device, default: []].append(move) }
        }
        var devices = self.devices.filter(\.isGood).compactMap(\.device)
        for key in moves.keys where self.deviceRows[key] == nil {
            if let known = self.settings.known?.device(key: key) { devices.append(known) }
        }
        return devices.map { source in
            var device = source
            let fresh = moves[device.key] ?? []
            let earlier = self.settings.known?.device(key: device.key)?.moves ?? []
            device.moves = (earlier.filter { old in !fresh.contains { $0.from == old.from } } + fresh)
                .sorted { $0.from < $1.from }
            return device
        }
    }
}

extension OrganizationRow {
    var isGood: Bool { self.row.isGood }
}

extension DeviceRow {
    var isGood: Bool { self.row.isGood }
}

extension AssignmentRow {
    var isGood: Bool { self.row.isGood }
}

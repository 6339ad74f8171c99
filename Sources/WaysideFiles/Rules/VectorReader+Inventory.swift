internal import WaysideCore
internal import Yams

/// The rows of a vector and what must come out of them.
extension VectorReader {
    mutating func inventory(_ mapping: YAMLMapping, checks: [String: Set<Check>]) -> Inventory? {
        guard let devicesNode = self.file.required(mapping, "devices") else { return nil }
        let count = self.file.problems.count
        let devices = self.rows(devicesNode, of: .devices) { row in
            if row[.kind] == nil { row[.kind] = Device.Kind.camera.rawValue }
            if row[.organization] == nil { row[.organization] = Self.defaultOrganization }
            if row[.checks] == nil {
                let known = row[.key].flatMap { checks[$0] } ?? []
                row[.checks] = known.isEmpty ? "none" : known.sorted().map(\.rawValue).joined(separator: ";")
            }
        }
        let assignments = mapping["assignments"].map { self.rows($0, of: .assignments) { _ in } } ?? []
        var organizations =
            mapping["organizations"].map { node in
                self.rows(node, of: .organizations) { row in
                    if row[.kind] == nil { row[.kind] = Organization.Kind.section.rawValue }
                }
            } ?? []
        self.addImplied(to: &organizations, devices + assignments, areListed: mapping["organizations"] != nil)
        guard self.file.problems.count == count else { return nil }
        var tables: [InventoryTable: InventorySheet] = [:]
        for (table, rows) in [
            (InventoryTable.organizations, organizations), (.devices, devices), (.assignments, assignments),
        ] {
            tables[table] = self.sheet(table, rows)
        }
        var reader = InventoryReader(settings: InventoryFiles(.replay), tables: tables, warnings: [])
        let reading = reader.read { _ in nil }
        guard reading.problems.isEmpty else {
            self.file.take(reading.problems)
            return nil
        }
        return reading.inventory
    }

    private typealias Row = (line: Int, fields: [InventoryColumn: String])

    /// Adds the organizations that a vector need not write down: the default one, and where none is listed all that
    /// are named.
    private func addImplied(to organizations: inout [Row], _ referring: [Row], areListed: Bool) {
        var known = Set(organizations.compactMap { $0.fields[.key] })
        for row in referring {
            for (column, kind) in [(InventoryColumn.organization, "section"), (.maintainer, "maintainer")] {
                guard let key = row.fields[column], !areListed || key == Self.defaultOrganization,
                    known.insert(key).inserted
                else { continue }
                organizations.append((row.line, [.key: key, .kind: kind]))
            }
        }
    }

    /// Rows as mappings of columns; of a device or organization that has but a key, the key alone will do.
    private mutating func rows(
        _ node: YAMLNode,
        of table: InventoryTable,
        complete: (inout [InventoryColumn: String]) -> Void
    ) -> [Row] {
        var rows: [Row] = []
        for entry in self.file.list(node) ?? [] {
            var fields: [InventoryColumn: String] = [:]
            if let key = entry.scalar, table != .assignments {
                fields[.key] = key
            } else {
                guard let mapping = self.file.mapping(entry, keys: table.columns.map(\.rawValue)) else {
                    continue
                }
                for (name, value) in mapping.members where !value.isNull {
                    guard let column = InventoryColumn(rawValue: name) else { continue }
                    fields[column] = self.field(value, column)
                }
            }
            complete(&fields)
            rows.append((entry.line ?? 1, fields))
        }
        return rows
    }

    /// A field as a table would hold it; lists are joined as tables join them.
    private mutating func field(_ node: YAMLNode, _ column: InventoryColumn) -> String? {
        if let text = node.scalar { return trimmedText(text) }
        guard let list = self.file.list(node) else { return nil }
        let parts = list.compactMap { self.file.text($0) }
        let isNothing = parts.isEmpty && (column == .upstream || column == .checks)
        return isNothing ? "none" : parts.joined(separator: column == .road ? "&" : ";")
    }

    private func sheet(_ table: InventoryTable, _ rows: [Row]) -> InventorySheet? {
        let columns = table.columns
        let heading = SheetTable.Row(number: 1, fields: columns.map { SheetTable.Field(text: $0.rawValue) })
        let body = rows.map { row in
            SheetTable.Row(
                number: row.line,
                fields: columns.map { SheetTable.Field(text: row.fields[$0] ?? "") }
            )
        }
        return SheetTable(file: self.file.name, rows: [heading] + body).map { InventorySheet($0, as: table) }
    }

    mutating func expectations(_ node: YAMLNode, inventory: Inventory) -> [RateVector.Expectation] {
        var expectations: [RateVector.Expectation] = []
        for (name, value) in self.file.openMapping(node)?.members ?? [] {
            let keys = ["ms", "assessed", "raw", "coverage", "assessable"]
            guard let mapping = self.file.mapping(value, keys: keys) else { continue }
            if name != "all", inventory.device(key: name) == nil {
                let known = inventory.devices.map(\.key) + ["all"]
                self.file.complain(
                    value.atKey,
                    "there is no device \(quoted(name)) in the vector",
                    "the nearest known one is \(Spelling.nearest(to: name, among: known) ?? "all")"
                )
                continue
            }
            expectations.append(
                RateVector.Expectation(
                    subject: name == "all" ? .all : .device(name),
                    milliseconds: mapping["ms"].flatMap { self.milliseconds($0) },
                    assessed: mapping["assessed"].flatMap { self.file.text($0) },
                    raw: mapping["raw"].flatMap { self.file.text($0) },
                    coverage: mapping["coverage"].flatMap { self.file.text($0) },
                    isAssessable: mapping["assessable"].flatMap { self.file.bool($0) },
                    line: value.line ?? 1
                )
            )
        }
        return expectations
    }

    private mutating func milliseconds(_ node: YAMLNode) -> [TimeClass: Int64]? {
        guard let mapping = self.file.mapping(node, keys: TimeClass.allCases.map(\.name)) else { return nil }
        var milliseconds: [TimeClass: Int64] = [:]
        for (name, value) in mapping.members {
            guard let timeClass = TimeClass(name: name) else { continue }
            milliseconds[timeClass] = self.file.wholeNumber(
                value,
                in: 0...1_000_000_000_000,
                "whole milliseconds, 0 or more"
            )
        }
        return milliseconds
    }
}

internal import WaysideCore

/// What rows say of each other: keys that stand twice, references that lead nowhere or to a bad row.
extension InventoryReader {
    mutating func findDuplicates() {
        for index in self.organizations.indices {
            guard let key = self.organizations[index].organization?.key else { continue }
            if let first = self.organizationRows[key] {
                self.organizations[index].row.complain(
                    .key,
                    "\(quoted(key)) stands in row \(self.organizations[first].row.row.number) already",
                    "give each organization a key of its own"
                )
            } else {
                self.organizationRows[key] = index
            }
        }
        for index in self.devices.indices {
            guard let key = self.devices[index].device?.key else { continue }
            if let first = self.deviceRows[key] {
                self.devices[index].row.complain(
                    .key,
                    "\(quoted(key)) stands in row \(self.devices[first].row.row.number) already",
                    "give each device a key of its own"
                )
            } else {
                self.deviceRows[key] = index
            }
        }
        var seen: [String: Int] = [:]
        for index in self.assignments.indices {
            guard let device = self.assignments[index].device, let move = self.assignments[index].move else {
                continue
            }
            let row = self.assignments[index].row.row.number
            if let first = seen.updateValue(row, forKey: device + ";" + move.from.description) {
                self.assignments[index].row.complain(
                    .fromDay,
                    "row \(first) moves \(quoted(device)) on the same day",
                    "put both changes into one row"
                )
            }
        }
    }

    mutating func findDanglingReferences() {
        let known = (
            organizations: Set(self.organizationRows.keys).union(
                self.settings.known?.organizations.map(\.key) ?? []
            ),
            devices: Set(self.deviceRows.keys).union(self.settings.known?.devices.map(\.key) ?? [])
        )
        var searches = 0
        self.forEachReference { key, column, isDevice, row in
            let keys = isDevice ? known.devices : known.organizations
            guard !keys.contains(key) else { return }
            // In a great estate each search takes a while: whoever has lost a whole file needs no guesses.
            searches += 1
            let near =
                searches > Self.mostSearches
                ? []
                : keys.lazy.filter { abs($0.utf8.count - key.utf8.count) <= 3 }.prefix(20_000).sorted {
                    $0.isBefore($1)
                }
            let guess = Spelling.likely(key, among: near)
            row.complain(
                column,
                "there is no \(isDevice ? "device" : "organization") \(quoted(key))",
                guess.map { "the nearest known one is \($0)" }
                    ?? "add a row for it to \(isDevice ? "devices" : "organizations"), or mend the key"
            )
        }
    }

    private static let mostSearches = 50

    /// Sets aside what refers to a bad row, until nothing more does.
    mutating func spreadBadness() {
        var isSpreading = true
        while isSpreading {
            isSpreading = false
            let organizations = Set(
                self.organizationRows.filter { !self.organizations[$0.value].isGood }.keys
            )
            let devices = Set(self.deviceRows.filter { !self.devices[$0.value].isGood }.keys)
            self.forEachReference { key, column, isDevice, row in
                guard row.isGood, (isDevice ? devices : organizations).contains(key) else { return }
                row.setAside(column, "it refers to \(quoted(key)), whose row is bad", "mend that row first")
                isSpreading = true
            }
        }
    }

    /// Hands out every key by which a row refers to another row, with the row.
    private mutating func forEachReference(
        _ body: (String, InventoryColumn, Bool, inout InventoryRow) -> Void
    ) {
        for index in self.organizations.indices {
            if let parent = self.organizations[index].organization?.parent {
                body(parent, .parent, false, &self.organizations[index].row)
            }
        }
        for index in self.devices.indices {
            guard let assignment = self.devices[index].device?.assignment else { continue }
            if let key = assignment.organization { body(key, .organization, false, &self.devices[index].row) }
            if let key = assignment.maintainer { body(key, .maintainer, false, &self.devices[index].row) }
            for key in assignment.upstreams { body(key, .upstream, true, &self.devices[index].row) }
        }
        for index in self.assignments.indices {
            if let key = self.assignments[index].device {
                body(key, .device, true, &self.assignments[index].row)
            }
            guard let move = self.assignments[index].move else { continue }
            if let key = move.organization { body(key, .organization, false, &self.assignments[index].row) }
            if let key = move.maintainer { body(key, .maintainer, false, &self.assignments[index].row) }
            for key in move.upstreams ?? [] { body(key, .upstream, true, &self.assignments[index].row) }
        }
    }
}

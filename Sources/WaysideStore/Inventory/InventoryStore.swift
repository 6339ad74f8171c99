internal import Postgres
public import WaysideCore

/// The inventory (一机一档) in the database.
///
/// Keys are identity; a device's number is given once, here, and never again. What is not in the files is
/// kept: devices are retired, never deleted. A device's base assignment is written as the files give it, and
/// its changes of assignment are replaced by those of the files.
public struct InventoryStore: Sendable {
    let database: Store

    /// The inventory of that database.
    public init(_ store: Store) { self.database = store }

    /// The whole inventory, as it is now.
    public func load() async throws -> Inventory {
        try await self.database.pool.transaction(isolation: .repeatableRead, isReadOnly: true) {
            transaction in
            try InventoryReader.read(in: transaction)
        }
    }

    /// What an import would change; writes nothing.
    public func difference(to read: Inventory) async throws -> InventoryDifference {
        InventoryDifference(from: try await self.load(), to: read)
    }

    /// Writes what the files say, all of it or none, and answers what changed. The numbers in what was read
    /// do not count. Days that were tallied are marked dirty when anything changed that a figure may depend
    /// on.
    ///
    /// - Throws: `PostgresError`; a dangling reference, an upstream loop and the like were refused by
    ///   whoever read the files.
    public func apply(_ read: Inventory, at now: Timestamp) async throws -> InventoryDifference {
        try await self.database.pool.transaction { transaction in
            // Two imports at once would give two numbers to one key.
            try transaction.run(TakeInventoryLock())
            let known = try InventoryReader.read(in: transaction)
            let difference = InventoryDifference(from: known, to: read)
            guard !difference.isEmpty else { return difference }
            for organization in read.organizations
            where known.organization(key: organization.key) != organization {
                try transaction.run(UpsertOrganization(organization: organization))
            }
            let differing = Set(
                (difference.changedDevices + difference.retiredDevices + difference.movedDevices).map(\.key)
            )
            let devices = read.devices.filter {
                known.device(key: $0.key) == nil || differing.contains($0.key)
            }
            try Self.write(devices, known: known, at: now, in: transaction)
            try Self.markDirty(difference, at: now, in: transaction)
            return difference
        }
    }

    /// Marks what a figure may depend on: single devices, or every day as a whole when units or many devices changed, or
    /// when a device belongs to other groups now: what it contributed to which is not kept with its row.
    private static func markDirty(
        _ difference: InventoryDifference,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        let keys = difference.addedDevices + difference.devicesWhoseFiguresMayChange
        if difference.changedOrganizations.contains(where: { $0.fields.contains { $0.column == "parent" } })
            || difference.changesMembership || keys.count > Self.mostSingleMarks
        {
            try transaction.run(MarkTalliedDaysDirty(markedAt: now))
        } else if !keys.isEmpty {
            try transaction.run(MarkTalliedDaysOfDevicesDirty(keys: keys, markedAt: now))
        }
    }

    /// More devices than this are marked by whole days.
    private static let mostSingleMarks = 200

    private static func write(
        _ devices: [Device],
        known: Inventory,
        at now: Timestamp,
        in transaction: borrowing Transaction
    ) throws {
        // Devices first, who hangs on whom after: an upstream may come later in the files.
        var numbers: [(id: DeviceID, device: Device, before: Device?)] = []
        for device in devices {
            let before = known.device(key: device.key)
            if let before {
                try transaction.run(UpdateDevice(device: device, recordedAt: now))
                numbers.append((before.id, device, before))
            } else if let id = try transaction.firstRow(InsertDevice(device: device, recordedAt: now)) {
                numbers.append((id, device, nil))
            }
        }
        for (id, device, before) in numbers {
            if before?.assignment.upstreams ?? [] != device.assignment.upstreams {
                try transaction.run(DeleteUpstreams(device: id))
                let count = try transaction.run(
                    InsertUpstreams(device: id, keys: device.assignment.upstreams)
                )
                guard count == device.assignment.upstreams.count else {
                    throw LedgerError(.commit, device.key, "one of its upstreams is not in the inventory")
                }
            }
            if before?.moves ?? [] != device.moves {
                try transaction.run(DeleteMoves(device: id))
                for move in device.moves { try transaction.run(InsertMove(device: id, move: move)) }
            }
        }
    }
}

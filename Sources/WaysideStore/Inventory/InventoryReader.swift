internal import Postgres
internal import WaysideCore

/// Puts the inventory together from its tables.
enum InventoryReader {
    /// The inventory: all organizations, and all devices or those named.
    static func read<Runner: StatementRunner & ~Copyable>(
        devices wanted: Set<DeviceID>? = nil,
        in runner: borrowing Runner
    ) throws(PostgresError) -> Inventory {
        var devices = try runner.rows(SelectDevices(devices: wanted))
        var places: [DeviceID: Int] = [:]
        for (place, device) in devices.enumerated() { places[device.id] = place }
        for (device, key) in try runner.rows(SelectUpstreams(devices: wanted)) {
            if let place = places[device] { devices[place].assignment.upstreams.append(key) }
        }
        for (device, move) in try runner.rows(SelectMoves(devices: wanted)) {
            if let place = places[device] { devices[place].moves.append(move) }
        }
        return Inventory(organizations: try runner.rows(SelectOrganizations()), devices: devices)
    }
}

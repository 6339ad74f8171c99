public import WaysideCore

/// Writes an inventory as the tables that ``InventoryFiles`` reads (台账写出): what figures depend on, and where a device
/// is; no addresses, and no names of credentials.
public enum InventoryFileWriter {
    /// The bytes of `organizations.csv`.
    public static func organizations(_ inventory: Inventory) -> [UInt8] {
        self.table(
            [.key, .name, .kind, .parent],
            inventory.organizations.map { [$0.key, $0.name, $0.kind.rawValue, $0.parent ?? ""] }
        )
    }

    /// The bytes of `devices.csv`. What is not monitored says so.
    public static func devices(_ inventory: Inventory) -> [UInt8] {
        let columns: [InventoryColumn] = [
            .key, .kind, .name, .organization, .maintainer, .road, .stakeMark, .direction, .positionClass,
            .upstream, .checks, .commissionedOn, .retiredOn,
        ]
        return self.table(
            columns,
            inventory.devices.map { device in
                let own = device.assignment
                let checks = device.checks.sorted().map(\.rawValue).joined(separator: ";")
                return [
                    device.key, device.kind.rawValue, device.name, own.organization ?? "",
                    own.maintainer ?? "",
                    own.roads.joined(separator: "&"), device.stakeMark.map { "\($0)" } ?? "",
                    device.direction?.rawValue ?? "", String(device.positionClass),
                    own.upstreams.joined(separator: ";"), checks.isEmpty ? "none" : checks,
                    device.commissionedOn.map { "\($0)" } ?? "", device.retiredOn.map { "\($0)" } ?? "",
                ]
            }
        )
    }

    /// The bytes of `assignments.csv`, a move a row.
    public static func assignments(_ inventory: Inventory) -> [UInt8] {
        self.table(
            [.device, .organization, .maintainer, .road, .upstream, .fromDay],
            inventory.devices.flatMap { device in
                device.moves.map { move in
                    [
                        device.key, move.organization ?? "", move.maintainer ?? "",
                        move.roads?.joined(separator: "&") ?? "",
                        move.upstreams.map { $0.isEmpty ? "none" : $0.joined(separator: ";") } ?? "",
                        "\(move.from)",
                    ]
                }
            }
        )
    }

    private static func table(_ columns: [InventoryColumn], _ rows: [[String]]) -> [UInt8] {
        let lines = [columns.map(\.rawValue)] + rows
        return lines.flatMap { Array(($0.map(self.field).joined(separator: ",") + "\n").utf8) }
    }

    private static func field(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte != UInt8(ascii: ",") && byte != UInt8(ascii: "\"") && byte != 0x0A && byte != 0x0D
        }
        return isPlain
            ? text
            : "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
    }
}

public import WaysideCore

/// Writes what a figure stands on as lines (证据): the rule's text, the devices, the exemptions; then, day by day, the
/// changes of every track with the observation before each, the first and the last of each interval.
public enum EvidenceLines {
    /// What holds for every day of a report.
    public static func head(ruleText: String, inventory: Inventory, exemptions: [Exemption]) -> [UInt8] {
        var bytes = Array("{\"rule\":".utf8)
        JSONValue.quoted(ruleText, into: &bytes)
        bytes += Array("}\n".utf8)
        for organization in inventory.organizations { bytes += self.line(organization) }
        for device in inventory.devices { bytes += self.line(device) }
        for exemption in exemptions.sorted(by: { $0.id.isBefore($1.id) }) {
            bytes +=
                Array("{\"exemption\":".utf8) + ExemptionFile.line(exemption).dropLast() + Array("}\n".utf8)
        }
        return bytes
    }

    /// What holds for one day. Tracks of devices that are not in the inventory are left out; `seen` is what is still known
    /// of the observations that opened, closed or preceded an interval.
    public static func day(
        _ day: ServiceDay,
        tracks: [DeviceID: [CheckTrack]],
        seen: [Observation],
        inventory: Inventory
    ) -> [UInt8] {
        var bytes = Array("{\"day\":\"\(day)\"}\n".utf8)
        for device in inventory.devices {
            for track in tracks[device.id] ?? [] { bytes += self.line(track, of: device.key) }
        }
        let named = seen.compactMap { one in inventory.device(one.device).map { (key: $0.key, seen: one) } }
        for (key, one) in named.sorted(by: { Self.order($0.key, $0.seen, $1.key, $1.seen) }) {
            bytes +=
                Array("{\"seen\":".utf8) + ObservationLineWriter.line(one, key: key).dropLast()
                + Array("}\n".utf8)
        }
        return bytes
    }

    private static func order(_ key: String, _ one: Observation, _ otherKey: String, _ other: Observation)
        -> Bool
    {
        key == otherKey
            ? (one.check.order, one.hop.order, one.at) < (other.check.order, other.hop.order, other.at)
            : key.isBefore(otherKey)
    }

    private static func line(_ organization: Organization) -> [UInt8] {
        var line = Array("{\"organization\":{\"kind\":\"\(organization.kind.rawValue)\"".utf8)
        ObservationLineWriter.append("key", organization.key, to: &line)
        ObservationLineWriter.append("name", organization.name, to: &line)
        ObservationLineWriter.append("parent", organization.parent, to: &line)
        return line + Array("}}\n".utf8)
    }

    private static func line(_ device: Device) -> [UInt8] {
        var line = Array("{\"device\":{\"kind\":\"\(device.kind.rawValue)\"".utf8)
        ObservationLineWriter.append("key", device.key, to: &line)
        ObservationLineWriter.append("name", device.name, to: &line)
        self.append(device.assignment, to: &line)
        line += Array(",\"position_class\":\(device.positionClass)".utf8)
        ObservationLineWriter.append("checks", device.checks.sorted().map(\.rawValue), to: &line)
        ObservationLineWriter.append("commissioned_on", device.commissionedOn?.description, to: &line)
        ObservationLineWriter.append("retired_on", device.retiredOn?.description, to: &line)
        line += Array(",\"moves\":[".utf8)
        for (place, move) in device.moves.enumerated() {
            line += Array("\(place > 0 ? "," : ""){\"from_day\":\"\(move.from)\"".utf8)
            ObservationLineWriter.append("organization", move.organization, to: &line)
            ObservationLineWriter.append("maintainer", move.maintainer, to: &line)
            ObservationLineWriter.append("roads", move.roads, to: &line)
            ObservationLineWriter.append("upstreams", move.upstreams, to: &line)
            line += Array("}".utf8)
        }
        return line + Array("]}}\n".utf8)
    }

    private static func append(_ assignment: Assignment, to line: inout [UInt8]) {
        ObservationLineWriter.append("organization", assignment.organization, to: &line)
        ObservationLineWriter.append("maintainer", assignment.maintainer, to: &line)
        ObservationLineWriter.append("roads", assignment.roads, to: &line)
        ObservationLineWriter.append("upstreams", assignment.upstreams, to: &line)
    }

    /// A change is `AT STATUS PRECEDING LAST_MISS`, with `-` where there is none.
    private static func line(_ track: CheckTrack, of key: String) -> [UInt8] {
        var line = Array(
            "{\"track\":{\"check\":\"\(track.check.rawValue)\",\"hop\":\"\(track.hop.rawValue)\"".utf8
        )
        ObservationLineWriter.append("device", key, to: &line)
        let changes = track.changes.map { change in
            "\(change.at.text) \(change.status.name) \(change.precedingAt?.text ?? "-") "
                + (change.lastMissAt?.text ?? "-")
        }
        ObservationLineWriter.append("changes", changes, to: &line)
        ObservationLineWriter.append("open_last_miss", track.openLastMissAt?.text, to: &line)
        return line + Array("}}\n".utf8)
    }
}

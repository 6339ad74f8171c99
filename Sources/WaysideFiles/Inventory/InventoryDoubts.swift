internal import Glibc
internal import WaysideCore

/// What is allowed in an inventory, but looks wrong: coordinates that contradict stake marks, a group of cameras
/// moved by a constant offset, keys that the ministry will not take.
struct InventoryDoubts {
    let organizations: [Organization]
    let devices: [Device]
    let file: String

    /// A camera with both kinds of place, in metres on a plane about its road.
    private struct Spot {
        let device: Device
        let mark: Double
        let x: Double
        let y: Double

        func distance(to other: Spot) -> Double { hypot(self.x - other.x, self.y - other.y) }
    }

    /// So much farther than by the stake marks, in metres, two places may lie apart: long and short chainages, and
    /// the width of a road, explain less.
    private static let tolerance = 2_000.0

    func found(row: (String) -> Int?) -> [FileProblem] {
        var found: [FileProblem] = []
        func warn(_ device: Device, _ column: InventoryColumn, _ wrong: String, _ mend: String) {
            found.append(
                FileProblem(
                    file: self.file,
                    row: row(device.key),
                    column: column.rawValue,
                    wrong: wrong,
                    mend: mend
                )
            )
        }
        let kinds = Dictionary(
            self.organizations.map { ($0.key, $0.kind) },
            uniquingKeysWith: { first, _ in first }
        )
        for device in self.devices {
            if let key = device.assignment.maintainer, let kind = kinds[key], kind != .maintainer {
                warn(
                    device,
                    .maintainer,
                    "\(quoted(key)) is a \(kind.rawValue)",
                    "name an organization of kind maintainer"
                )
            }
        }
        let unnamed = self.devices.filter { $0.kind == .camera && !Self.isUUIDv4($0.key) }
        if let first = unnamed.first {
            warn(
                first,
                .key,
                "\(unnamed.count) camera(s) from here on have a key that is no UUID version 4",
                "use the ministry's cameraNum as soon as there is one"
            )
        }
        for (road, spots) in self.spotsByRoad() {
            let outliers = self.outliers(spots)
            for index in outliers {
                let kilometres = Int(self.excess(spots[index], beside: spots, at: index) / 1_000)
                warn(
                    spots[index].device,
                    .longitude,
                    "it lies about \(kilometres) km off the other cameras of \(road) near \(spots[index].device.stakeMark?.description ?? "it")",
                    "check longitude, latitude and stake mark"
                )
            }
            let kept = spots.indices.filter { !outliers.contains($0) }.map { spots[$0] }
            for (group, offset, first) in self.offsets(kept) {
                warn(
                    first,
                    .longitude,
                    "the cameras of \(quoted(group)) on \(road) all lie about \(Int(offset)) m to the same side of the others",
                    "check whether one of the two is in GCJ-02; coordinates are WGS-84"
                )
            }
        }
        return found
    }

    private static func isUUIDv4(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        let dashes = [8, 13, 18, 23]
        return bytes.count == 36 && bytes[14] == UInt8(ascii: "4") && "89abAB".utf8.contains(bytes[19])
            && bytes.indices.allSatisfy { index in
                dashes.contains(index)
                    ? bytes[index] == UInt8(ascii: "-") : Character(Unicode.Scalar(bytes[index])).isHexDigit
            }
    }

    /// The cameras of each road by stake mark.
    private func spotsByRoad() -> [(road: String, spots: [Spot])] {
        var roads: [String: [Spot]] = [:]
        for device in self.devices where device.kind == .camera {
            guard let road = device.assignment.roads.first, let mark = device.stakeMark,
                let longitude = device.longitude, let latitude = device.latitude
            else { continue }
            // A province spans few degrees, so that the shrinking of a degree of longitude is nearly the same
            // for neighbours: what is compared is always close together.
            let shrink = cos(latitude * .pi / 180)
            let spot = Spot(
                device: device,
                mark: Double(mark.metres),
                x: longitude * 111_320 * shrink,
                y: latitude * 110_574
            )
            roads[road, default: []].append(spot)
        }
        return roads.sorted { $0.key.isBefore($1.key) }.map {
            ($0.key, $0.value.sorted { $0.mark < $1.mark })
        }
    }

    /// By how much farther than its stake mark says it lies from its neighbours; the least of them counts.
    private func excess(_ spot: Spot, beside spots: [Spot], at index: Int) -> Double {
        let near = (max(0, index - 2)...min(spots.count - 1, index + 2)).filter { $0 != index }
        let excesses = near.map { spot.distance(to: spots[$0]) - abs(spot.mark - spots[$0].mark) }.sorted()
        return excesses.count > 1 ? excesses[excesses.count / 2] : 0
    }

    /// The cameras that are too far from most of their four neighbours; two that disagree with each other alone
    /// prove nothing.
    private func outliers(_ spots: [Spot]) -> Set<Int> {
        guard spots.count >= 4 else { return [] }
        let excesses = spots.indices.map { self.excess(spots[$0], beside: spots, at: $0) }
        return Set(spots.indices.filter { excesses[$0] > Self.tolerance })
    }

    /// The organizations of a road whose cameras all lie off the line through the cameras of the others, by the
    /// same vector of 150 m to 1 km, as a mix of WGS-84 and GCJ-02 makes it.
    private func offsets(_ spots: [Spot]) -> [(group: String, metres: Double, first: Device)] {
        var shifts: [String: [(x: Double, y: Double, device: Device)]] = [:]
        for (index, spot) in spots.enumerated() {
            let group = spot.device.assignment.organization ?? ""
            let others = { (other: Spot) in (other.device.assignment.organization ?? "") != group }
            guard let before = spots[..<index].last(where: others),
                let after = spots[(index + 1)...].first(where: others),
                after.mark > before.mark, after.mark - before.mark <= 5_000
            else { continue }
            let part = (spot.mark - before.mark) / (after.mark - before.mark)
            let (x, y) = (before.x + part * (after.x - before.x), before.y + part * (after.y - before.y))
            shifts[group, default: []].append((spot.x - x, spot.y - y, spot.device))
        }
        return shifts.sorted { $0.key.isBefore($1.key) }.compactMap { group, shifts in
            guard shifts.count >= 5 else { return nil }
            let (x, y) = (Self.median(shifts.map(\.x)), Self.median(shifts.map(\.y)))
            let length = hypot(x, y)
            let spread = Self.median(shifts.map { hypot($0.x - x, $0.y - y) })
            guard (150...1_000).contains(length), spread < length / 4 else { return nil }
            return (group, length, shifts[0].device)
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}

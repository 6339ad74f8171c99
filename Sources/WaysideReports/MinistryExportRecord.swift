internal import WaysideCore

/// One camera's record of thirteen fields, and what keeps it from being filed (摄像机上报记录).
struct MinistryExportRecord: Sendable {
    let device: Device
    let cells: [Table.Cell]
    /// Each a field of the ministry's with what is wrong; empty for a whole record.
    let problems: [String]

    /// The ministry's own names.
    static let columns = [
        Table.Column("department", "管理单位"), Table.Column("cameraNum", "编号"), Table.Column("cameraName", "名称"),
        Table.Column("longAndLati", "经纬度"), Table.Column("road", "路线"), Table.Column("classify", "位置类型"),
        Table.Column("cameraOrientation", "方向"), Table.Column("pileNum", "桩号"), Table.Column("area", "行政区划"),
        Table.Column("roadSec", "路段"), Table.Column("cameraType", "摄像机类型"),
        Table.Column("gatewayNum", "网关编号"),
        Table.Column("others", "其他"),
    ]

    init(_ device: Device, on day: ServiceDay, inventory: Inventory) {
        self.device = device
        let assignment = device.assignment(on: day)
        let chain = (assignment.organization.map { inventory.ancestry(ofOrganization: $0) } ?? [])
            .compactMap { inventory.organization(key: $0) }
        func name(_ kinds: [Organization.Kind]) -> String? {
            kinds.lazy.compactMap { kind in chain.first { $0.kind == kind } }.first?.name
        }
        var problems: [String] = []
        func required(_ field: String, _ cell: Table.Cell, _ why: String) -> Table.Cell {
            if cell.text.isEmpty { problems.append("\(field): \(why)") }
            return cell
        }
        let place = device.longitude.flatMap { longitude in
            device.latitude.map { "\(Self.degrees(longitude))/\(Self.degrees($0))" }
        }
        self.cells = [
            required(
                "department",
                Table.Cell(name([.company, .province])),
                "no road company or province above its organization"
            ),
            required(
                "cameraNum",
                Table.Cell(Self.isUUIDv4(device.key) ? device.key : nil),
                "its key is no UUID of version 4 (RFC 9562)"
            ),
            required("cameraName", .text(device.name), "no name"),
            required("longAndLati", Table.Cell(place), "no longitude and latitude"),
            required("road", .text(assignment.roads.joined(separator: "&")), "no road"),
            .integer(Int64(device.positionClass)),
            required("cameraOrientation", Table.Cell(device.direction.map(Self.number(of:))), "no direction"),
            required("pileNum", Table.Cell(device.stakeMark?.description), "no stake mark"),
            required(
                "area",
                Table.Cell(Self.isArea(device.area) ? device.area : nil),
                "no county code of six digits"
            ),
            required(
                "roadSec",
                Table.Cell(name([.section, .subcentre])),
                "no road section or sub-centre above it"
            ),
            required(
                "cameraType",
                Table.Cell(device.cameraType.map { Int64($0.rawValue) }),
                "no camera type"
            ),
            Table.Cell(device.gatewayNumber), Table.Cell(device.others),
        ]
        self.problems = problems
    }

    /// 0 up, 1 down, 2 both.
    private static func number(of direction: Direction) -> Int64 {
        switch direction {
        case .ascending: 0
        case .descending: 1
        case .both: 2
        }
    }

    private static func isArea(_ text: String?) -> Bool {
        text.map { $0.utf8.count == 6 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } } ?? false
    }

    /// `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`, y one of 8, 9, a, b.
    private static func isUUIDv4(_ text: String) -> Bool {
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts[2].first == "4",
            let variant = parts[3].first, "89ab".contains(variant)
        else { return false }
        return parts.allSatisfy {
            $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        }
    }

    /// Six decimals, a tenth of a metre; rounded, because nothing is assessed by it.
    private static func degrees(_ value: Double) -> String {
        let millionths = Int64((value * 1_000_000).rounded())
        let digits = String(millionths.magnitude % 1_000_000)
        return "\(millionths < 0 ? "-" : "")\(millionths.magnitude / 1_000_000)."
            + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

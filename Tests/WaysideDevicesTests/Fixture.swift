import SNMP
import Testing
import WaysideDevices
import WaysideFiles

/// Rows of an agent that a test writes down, and the profiles they are read by.
struct Fixture {
    /// `name` → value, in the order of a walk.
    private let objects: [(OID, SNMPValue)]

    init(_ objects: [(String, SNMPValue)]) {
        self.objects = objects.compactMap { name, value in OID(name).map { ($0, value) } }.sorted {
            $0.0 < $1.0
        }
    }

    /// The profile in that YAML.
    static func profile(_ yaml: String) throws -> DeviceProfile {
        try ProfileFile.read(bytes: Array(yaml.utf8), name: "test.yaml")
    }

    /// The rows as a look with these profiles would have them.
    func rows(_ profiles: [AppliedProfile], cut: Set<OID> = []) -> DeviceRows {
        let plan = DevicePlan(profiles)
        var rows = DeviceRows()
        rows.take(self.objects.map { VarBind(name: $0.0, value: $0.1) })
        for column in plan.columns {
            let found = self.objects.filter { $0.0.isWithin(column) }.map { VarBind(name: $0.0, value: $0.1) }
            rows.take(DeviceRows.Column(found, under: column, isPartial: cut.contains(column)), under: column)
        }
        return rows
    }

    /// What a look with these profiles finds.
    func facts(_ yaml: String...) throws -> DeviceFacts {
        let applied = try self.applied(yaml.map { try Self.profile($0) })
        return DeviceFacts(self.rows(applied), by: applied)
    }

    /// The profiles that apply.
    func applied(_ profiles: [DeviceProfile]) -> [AppliedProfile] {
        var rows = DeviceRows()
        rows.take(self.objects.map { VarBind(name: $0.0, value: $0.1) })
        let recognition = DeviceRecognition(profiles)
        let held = recognition.subtrees.filter { root in self.objects.contains { $0.0.isWithin(root) } }
        return recognition.profiles(for: rows, held: Set(held))
    }
}

extension SNMPValue {
    /// An OCTET STRING with this text.
    static func words(_ text: String) -> SNMPValue { .octets(Array(text.utf8)) }
}

extension DeviceFacts {
    /// The values of a section, in their order.
    func values(_ section: FactSection) -> [FactValue] { (self.sections[section] ?? []).map(\.value) }
}

public import SNMP

/// A profile that applies to a device, with the numbers that its names take from the device's `sysObjectID`.
public struct AppliedProfile: Sendable, Hashable {
    /// The profile.
    public let profile: DeviceProfile
    /// What follows the recognised prefix in `sysObjectID`.
    public let identifiers: [UInt32]

    /// The OID of a name of the profile on this device; `nil` when the device lacks a number for it.
    public func resolved(_ path: ObjectPath) -> OID? { path.resolved(self.identifiers[...]) }
}

/// The first look at a device: what must be asked to find out which profiles apply, and which do (识别).
public struct DeviceRecognition: Sendable {
    private let profiles: [DeviceProfile]
    /// The objects to ask first (GET): the system group, and what profiles recognise their devices by.
    public let objects: [OID]
    /// The subtrees of which to ask the first object (GETNEXT).
    public let subtrees: [OID]

    /// What the system group says (RFC 3418 §2).
    public enum System {
        /// sysDescr.
        public static let description: OID = [1, 3, 6, 1, 2, 1, 1, 1, 0]
        /// sysObjectID.
        public static let objectID: OID = [1, 3, 6, 1, 2, 1, 1, 2, 0]
        /// sysUpTime: 0.01 s since the agent began, wrapping after 497 days.
        public static let uptime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
        /// sysContact.
        public static let contact: OID = [1, 3, 6, 1, 2, 1, 1, 4, 0]
        /// sysName.
        public static let name: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
        /// sysLocation.
        public static let location: OID = [1, 3, 6, 1, 2, 1, 1, 6, 0]
        /// All of them.
        static let all = [
            Self.description, Self.objectID, Self.uptime, Self.contact, Self.name, Self.location,
        ]
    }

    /// A look with these profiles.
    public init(_ profiles: [DeviceProfile]) {
        self.profiles = profiles.sorted { ($0.rank, $1.id) > ($1.rank, $0.id) }
        let ways = profiles.flatMap(\.ways)
        self.objects = System.all + Self.unique(ways.compactMap { $0.answers?.resolved([]) })
        self.subtrees = Self.unique(ways.compactMap { $0.holds?.resolved([]) })
    }

    /// The profiles that apply, the most special first. `held` are the subtrees that hold an object.
    public func profiles(for rows: DeviceRows, held: Set<OID>) -> [AppliedProfile] {
        let objectID = rows.objects[System.objectID].flatMap(Self.objectIdentifier)
        let description = rows.objects[System.description].flatMap(AgentText.text)?.lowercased() ?? ""
        return self.profiles.compactMap { profile in
            if profile.ways.isEmpty { return AppliedProfile(profile: profile, identifiers: []) }
            for way in profile.ways {
                if let identifiers = Self.identifiers(way, objectID, description, rows, held) {
                    return AppliedProfile(profile: profile, identifiers: identifiers)
                }
            }
            return nil
        }
    }

    /// What follows the recognised prefix; `nil` when the way does not lead here.
    private static func identifiers(
        _ way: Recognition,
        _ objectID: OID?,
        _ description: String,
        _ rows: DeviceRows,
        _ held: Set<OID>
    ) -> [UInt32]? {
        var identifiers: [UInt32] = []
        if !way.systemObjects.isEmpty {
            let prefixes = way.systemObjects.compactMap { $0.resolved([]) }
            guard let objectID, let prefix = prefixes.first(where: { objectID.isWithin($0) }),
                let rest = objectID.index(under: prefix)
            else { return nil }
            identifiers = Array(rest)
        }
        if let objectID, way.exceptions.contains(where: { $0.resolved([]).map(objectID.isWithin) ?? false }) {
            return nil
        }
        if !way.descriptions.isEmpty {
            guard way.descriptions.contains(where: { description.contains($0.lowercased()) }) else {
                return nil
            }
        }
        if let answers = way.answers {
            guard let object = answers.resolved([]), let value = rows.objects[object], value != .null else {
                return nil
            }
        }
        if let holds = way.holds {
            guard let subtree = holds.resolved([]), held.contains(subtree) else { return nil }
        }
        return identifiers
    }

    /// The `sysObjectID` of an agent; some send it as text, some send `0.0`, which names nothing.
    static func objectIdentifier(_ value: SNMPValue) -> OID? {
        let name: OID? =
            switch value {
            case .oid(let name): name
            case .octets: AgentText.text(value).flatMap { OID($0) }
            default: nil
            }
        return name.flatMap { $0.subidentifiers.count > 2 ? $0 : nil }
    }

    private static func unique(_ names: [OID]) -> [OID] {
        var seen: Set<OID> = []
        return names.filter { seen.insert($0).inserted }
    }
}

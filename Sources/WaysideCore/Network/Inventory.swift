/// One machine, one file (一机一档): every device and organization, by key.
public struct Inventory: Sendable {
    /// Every organization, by key (bytes).
    public let organizations: [Organization]
    /// Every device, by key (bytes).
    public let devices: [Device]

    private let deviceIndexByKey: [String: Int]
    private let deviceIndexByID: [DeviceID: Int]
    private let organizationIndexByKey: [String: Int]

    /// An inventory. Keys are unique; references and loops were checked by whoever read the files.
    public init(organizations: [Organization], devices: [Device]) {
        self.organizations = organizations.sorted { $0.key.isBefore($1.key) }
        self.devices = devices.sorted { $0.key.isBefore($1.key) }
        self.organizationIndexByKey = Self.index(self.organizations.map(\.key))
        self.deviceIndexByKey = Self.index(self.devices.map(\.key))
        self.deviceIndexByID = Self.index(self.devices.map(\.id))
    }

    private static func index<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
        Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of the device with that key in `devices`.
    public func index(ofKey key: String) -> Int? { self.deviceIndexByKey[key] }
    /// The place of the device with that number in `devices`.
    public func index(of id: DeviceID) -> Int? { self.deviceIndexByID[id] }
    /// The device with that key.
    public func device(key: String) -> Device? { self.deviceIndexByKey[key].map { self.devices[$0] } }
    /// The device with that number.
    public func device(_ id: DeviceID) -> Device? { self.deviceIndexByID[id].map { self.devices[$0] } }
    /// The organization with that key.
    public func organization(key: String) -> Organization? {
        self.organizationIndexByKey[key].map { self.organizations[$0] }
    }

    /// The organization and all above it, nearest first; stops at a loop.
    public func ancestry(ofOrganization key: String) -> [String] {
        var (chain, current): ([String], String?) = ([], key)
        while let key = current, !chain.contains(key), let organization = self.organization(key: key) {
            chain.append(key)
            current = organization.parent
        }
        return chain
    }
}

extension String {
    /// Whether this string's UTF-8 bytes come before the other's: the order of keys everywhere.
    public func isBefore(_ other: String) -> Bool { self.utf8.lexicographicallyPrecedes(other.utf8) }
}

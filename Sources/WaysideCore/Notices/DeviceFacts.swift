/// What people need to know of a device to go there (设备概况), copied when a ticket speaks of it, so that a later
/// change of the inventory does not change what was said.
public struct DeviceFacts: Hashable, Sendable {
    /// Its identity for people.
    public var key: String
    /// Its name.
    public var name: String
    /// What it is.
    public var kind: Device.Kind
    /// On which roads; several where roads share a stretch.
    public var roads: [String]
    /// Where along the road.
    public var stakeMark: StakeMark?
    /// Which carriageway.
    public var direction: Direction?
    /// The ministry's `classify`, `0...8`.
    public var positionClass: Int
    /// The name of the organization that owns it.
    public var organizationName: String?
    /// Who maintains it; `nil` when nobody is named, and then nobody is told.
    public var maintainer: Recipient?

    /// A device in a few words.
    public init(
        key: String,
        name: String,
        kind: Device.Kind,
        roads: [String] = [],
        stakeMark: StakeMark? = nil,
        direction: Direction? = nil,
        positionClass: Int = 0,
        organizationName: String? = nil,
        maintainer: Recipient? = nil
    ) {
        (self.key, self.name, self.kind, self.roads) = (key, name, kind, roads)
        (self.stakeMark, self.direction, self.positionClass) = (stakeMark, direction, positionClass)
        (self.organizationName, self.maintainer) = (organizationName, maintainer)
    }

    /// The device as the inventory has it that day; names of units that the inventory does not hold are their keys.
    public init(_ device: Device, on day: ServiceDay, in inventory: Inventory) {
        let assignment = device.assignment(on: day)
        self.init(
            key: device.key,
            name: device.name,
            kind: device.kind,
            roads: assignment.roads,
            stakeMark: device.stakeMark,
            direction: device.direction,
            positionClass: device.positionClass,
            organizationName: assignment.organization.map { inventory.organization(key: $0)?.name ?? $0 },
            maintainer: assignment.maintainer.map {
                Recipient(key: $0, name: inventory.organization(key: $0)?.name ?? $0)
            }
        )
    }
}

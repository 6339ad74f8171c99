/// Anything that is watched, or through which something watched is reached (设备).
public struct Device: Hashable, Sendable {
    /// What it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A camera (摄像机).
        case camera
        /// An encoder (编码器).
        case encoder
        /// A network video recorder (录像机).
        case recorder
        /// A switch (交换机).
        case `switch`
        /// A video cloud gateway (视频上云网关).
        case gateway
        /// A carrier link (运营商链路).
        case link
        /// An uninterruptible power supply (不间断电源).
        case ups
        /// A server (服务器).
        case server
        /// A platform (平台).
        case platform
    }

    /// What form a camera has; the ministry's `cameraType`.
    public enum CameraType: Int, Hashable, Sendable, CaseIterable {
        /// Fixed (枪机).
        case fixed = 1
        /// Dome (球机).
        case dome = 2
        /// Panoramic (全景).
        case panoramic = 3
        /// Capture (抓拍).
        case capture = 4
    }

    /// Its number inside this installation.
    public let id: DeviceID
    /// Its identity in files and for people; for a camera the ministry's `cameraNum` when there is one.
    public let key: String
    /// What it is.
    public let kind: Kind
    /// Its name; may change without losing history.
    public var name: String
    /// To whom it belongs and on what it hangs, from the beginning; later days by `moves`.
    public var assignment: Assignment
    /// Changes of the assignment, by day, rising.
    public var moves: [Move] = []
    /// Where along the road.
    public var stakeMark: StakeMark?
    /// Which carriageway.
    public var direction: Direction?
    /// The ministry's `classify`, `0...8`; 0 when not given.
    public var positionClass: Int = 0
    /// WGS-84 degrees east, `-180...180`.
    public var longitude: Double?
    /// WGS-84 degrees north, `-90...90`.
    public var latitude: Double?
    /// Six-digit county code.
    public var area: String?
    /// The form of a camera.
    public var cameraType: CameraType?
    /// The ministry's number of the gateway.
    public var gatewayNumber: String?
    /// The 20-digit number of GB/T 28181.
    public var gbID: String?
    /// Host name or address on the network, without a port or with `:port` for TCP probing.
    public var address: String?
    /// What is asked of it; empty for a device that is not monitored.
    public var checks: Set<Check> = []
    /// The name of its SNMP credential.
    public var snmpCredential: String?
    /// Where its main stream is; holds no password (credentials are named separately).
    public var streamURL: String?
    /// Where its sub stream is.
    public var subStreamURL: String?
    /// Where the platform serves its stream.
    public var platformURL: String?
    /// First day of service; `nil` for "always so far".
    public var commissionedOn: ServiceDay?
    /// First day out of service; `nil` for "not yet".
    public var retiredOn: ServiceDay?
    /// The ministry's `others`.
    public var others: String?

    /// A device of which only what is essential is known.
    public init(id: DeviceID, key: String, kind: Kind, name: String, assignment: Assignment) {
        (self.id, self.key, self.kind, self.name, self.assignment) = (id, key, kind, name, assignment)
    }

    /// The stretch of time in which it is in service.
    public var serviceLife: Span {
        Span(self.commissionedOn?.start ?? .distantPast, self.retiredOn?.start ?? .distantFuture)
    }

    /// Whether it is in service that day; days are whole.
    public func isInService(on day: ServiceDay) -> Bool { self.serviceLife.contains(day.start) }

    /// Whether anything is asked of it.
    public var isMonitored: Bool { !self.checks.isEmpty }

    /// To whom it belongs and on what it hangs that day. A device belongs all day to whom it is assigned at 00:00.
    public func assignment(on day: ServiceDay) -> Assignment {
        self.moves.reduce(self.assignment) { $1.from <= day ? $1.applied(to: $0) : $0 }
    }
}

/// To whom a device belongs and on what it hangs (归属).
public struct Assignment: Hashable, Sendable {
    /// The organization's key.
    public var organization: String?
    /// The maintainer's key.
    public var maintainer: String?
    /// The roads' names; several where roads share a stretch (`G42&S38`).
    public var roads: [String]
    /// The keys of the devices it is reached through; all must be down for it to be cut off.
    public var upstreams: [String]

    /// An assignment.
    public init(
        organization: String? = nil,
        maintainer: String? = nil,
        roads: [String] = [],
        upstreams: [String] = []
    ) {
        (self.organization, self.maintainer) = (organization, maintainer)
        (self.roads, self.upstreams) = (roads, upstreams)
    }
}

/// A change of assignment from a day on (归属变更); what is `nil` stays as it was.
public struct Move: Hashable, Sendable {
    /// From that day's 00:00.
    public let from: ServiceDay
    /// The new organization.
    public let organization: String?
    /// The new maintainer.
    public let maintainer: String?
    /// The new roads.
    public let roads: [String]?
    /// The new upstreams; empty for none.
    public let upstreams: [String]?

    /// A change of assignment.
    public init(
        from: ServiceDay,
        organization: String? = nil,
        maintainer: String? = nil,
        roads: [String]? = nil,
        upstreams: [String]? = nil
    ) {
        (self.from, self.organization, self.maintainer) = (from, organization, maintainer)
        (self.roads, self.upstreams) = (roads, upstreams)
    }

    func applied(to before: Assignment) -> Assignment {
        Assignment(
            organization: self.organization ?? before.organization,
            maintainer: self.maintainer ?? before.maintainer,
            roads: self.roads ?? before.roads,
            upstreams: self.upstreams ?? before.upstreams
        )
    }
}

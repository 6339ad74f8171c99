/// What is asked of a device (检查项).
public enum Check: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Does the host answer at all: ICMP echo or a TCP connection.
    case reach
    /// Does its SNMP agent answer.
    case snmp
    /// Does media arrive.
    case stream
    /// Is the picture usable.
    case picture
    /// Is it being recorded.
    case recording

    /// The side of the device that the check tells of.
    public var facet: Facet {
        switch self {
        case .reach, .snmp: .reachability
        case .stream: .stream
        case .picture: .picture
        case .recording: .recording
        }
    }

    /// Whether it can be asked at other places than the device itself; reach and SNMP are always direct.
    public var hasHops: Bool { self.facet != .reachability }

    /// In the order of declaration.
    public static func < (left: Check, right: Check) -> Bool { left.order < right.order }

    /// Its place in the order of declaration; never changes, because files on disk hold it.
    public var order: UInt8 {
        switch self {
        case .reach: 0
        case .snmp: 1
        case .stream: 2
        case .picture: 3
        case .recording: 4
        }
    }

    /// The check at that place.
    public init?(order: UInt8) {
        guard let check = Self.allCases.first(where: { $0.order == order }) else { return nil }
        self = check
    }
}

/// One side of a device with a time line of its own (方面).
public enum Facet: String, Hashable, Sendable, CaseIterable {
    /// Does it answer (可达).
    case reachability
    /// Does media arrive (视频流).
    case stream
    /// Is the image usable (图像).
    case picture
    /// Is it recorded (录像).
    case recording

    /// The checks that tell of it.
    public var checks: [Check] { Check.allCases.filter { $0.facet == self } }
}

/// Where along the chain a stream was asked for (环节).
public enum Hop: String, Hashable, Sendable, CaseIterable {
    /// At the device itself.
    case direct
    /// At the recorder.
    case recorder
    /// At the video cloud gateway.
    case gateway
    /// At the cloud platform.
    case platform

    /// Its place in the order of declaration; never changes, because files on disk hold it.
    public var order: UInt8 {
        switch self {
        case .direct: 0
        case .recorder: 1
        case .gateway: 2
        case .platform: 3
        }
    }

    /// The hop at that place.
    public init?(order: UInt8) {
        guard let hop = Self.allCases.first(where: { $0.order == order }) else { return nil }
        self = hop
    }
}

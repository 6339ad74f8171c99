/// The one class every millisecond of a device-facet's day is in (时间类别); eleven of them.
public enum TimeClass: Int, Hashable, Sendable, CaseIterable {
    /// Observed working.
    case online = 0
    /// Answers, but wrongly.
    case abnormal
    /// Observed not working.
    case offline
    /// Not working because everything it hangs on is not.
    case upstream
    /// Nobody could tell.
    case unknown
    /// Exempt, and online below.
    case exemptOnline
    /// Exempt, and abnormal below.
    case exemptAbnormal
    /// Exempt, and offline below.
    case exemptOffline
    /// Exempt, and upstream below.
    case exemptUpstream
    /// Exempt, and unknown below.
    case exemptUnknown
    /// Outside the device's service life.
    case uncommissioned

    /// The word in files.
    public var name: String {
        switch self {
        case .online: "online"
        case .abnormal: "abnormal"
        case .offline: "offline"
        case .upstream: "upstream"
        case .unknown: "unknown"
        case .exemptOnline: "exempt_online"
        case .exemptAbnormal: "exempt_abnormal"
        case .exemptOffline: "exempt_offline"
        case .exemptUpstream: "exempt_upstream"
        case .exemptUnknown: "exempt_unknown"
        case .uncommissioned: "uncommissioned"
        }
    }

    /// The class of that word.
    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Whether an exemption covers it.
    public var isExempt: Bool { self.withoutExemption != self }

    /// The class below the exemption; itself when none covers it.
    public var withoutExemption: TimeClass {
        switch self {
        case .exemptOnline: .online
        case .exemptAbnormal: .abnormal
        case .exemptOffline: .offline
        case .exemptUpstream: .upstream
        case .exemptUnknown: .unknown
        case .online, .abnormal, .offline, .upstream, .unknown, .uncommissioned: self
        }
    }

    /// The same class under an exemption; `uncommissioned` stays, because it comes first.
    public var exempted: TimeClass {
        switch self {
        case .online: .exemptOnline
        case .abnormal: .exemptAbnormal
        case .offline: .exemptOffline
        case .upstream: .exemptUpstream
        case .unknown: .exemptUnknown
        default: self
        }
    }
}

/// A stretch of time of one class (类别区间).
public struct ClassInterval: Hashable, Sendable {
    /// When.
    public let span: Span
    /// Of which class.
    public let timeClass: TimeClass

    /// A stretch.
    public init(_ span: Span, _ timeClass: TimeClass) { (self.span, self.timeClass) = (span, timeClass) }
}

/// One facet of one device over a window, cut into classes without gap or overlap (类别线).
public struct ClassLine: Hashable, Sendable {
    /// Rising, each beginning where the one before ends; neighbours differ.
    public let intervals: [ClassInterval]

    /// Cuts the window into classes.
    ///
    /// - Parameters:
    ///   - window: The day, or its part that is known.
    ///   - status: The facet's status.
    ///   - upstream: When its being offline is explained by everything it hangs on.
    ///   - exempt: When an accepted exemption covers it.
    ///   - service: The device's service life.
    public init(window: Span, status: StatusLine, upstream: SpanSet, exempt: SpanSet, service: Span) {
        var cuts: [Timestamp] = window.isEmpty ? [] : [window.start]
        cuts.reserveCapacity(status.points.count + 2 * (upstream.spans.count + exempt.spans.count) + 3)
        func cut(_ at: Timestamp) { if window.start < at, at < window.end { cuts.append(at) } }
        for point in status.points { cut(point.at) }
        // The points rise; only what others cut besides must be sorted in.
        let own = cuts.count
        for span in upstream.spans {
            cut(span.start)
            cut(span.end)
        }
        for span in exempt.spans {
            cut(span.start)
            cut(span.end)
        }
        cut(service.start)
        cut(service.end)
        if cuts.count > own { cuts.sort() }
        var starts: [(at: Timestamp, timeClass: TimeClass)] = []
        starts.reserveCapacity(cuts.count)
        var (next, current) = (0, Status.unknown)
        for at in cuts where starts.last?.at != at {
            while next < status.points.count, status.points[next].at <= at {
                current = status.points[next].status
                next += 1
            }
            let below: TimeClass =
                switch current {
                case .online: .online
                case .abnormal: .abnormal
                case .offline: upstream.contains(at) ? .upstream : .offline
                case .unknown: .unknown
                }
            let found = !service.contains(at) ? .uncommissioned : exempt.contains(at) ? below.exempted : below
            if starts.last?.timeClass != found { starts.append((at, found)) }
        }
        self.intervals = starts.indices.map { index in
            let end = index + 1 < starts.count ? starts[index + 1].at : window.end
            return ClassInterval(Span(starts[index].at, end), starts[index].timeClass)
        }
    }

    /// The class at the instant; `nil` outside the window.
    public func timeClass(at instant: Timestamp) -> TimeClass? {
        self.intervals.first { $0.span.contains(instant) }?.timeClass
    }

    /// The eleven sums inside the span.
    public func tally(in span: Span = .always) -> DayTally {
        var tally = DayTally()
        for interval in self.intervals {
            tally[interval.timeClass] += interval.span.clamped(to: span).milliseconds
        }
        return tally
    }
}

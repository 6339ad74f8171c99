/// A status over all of time (状态线): unknown before the first change, each change lasting until the next.
public struct StatusLine: Hashable, Sendable {
    /// One point of the line.
    public struct Point: Hashable, Sendable {
        /// From when on.
        public var at: Timestamp
        /// What it is from then on.
        public var status: Status

        /// A point.
        public init(at: Timestamp, status: Status) { (self.at, self.status) = (at, status) }
    }

    /// Strictly rising in time; neighbours differ, and the first is not unknown.
    public fileprivate(set) var points: [Point] = []

    /// Unknown throughout.
    public init() {}

    /// The line of these changes, which rise in time.
    public init(_ changes: some Sequence<StatusChange>) {
        self.points.reserveCapacity(changes.underestimatedCount)
        for change in changes { self.append(change.status, from: change.at) }
    }

    /// Lets the line have that status from that instant on; never before the last point.
    public mutating func append(_ status: Status, from at: Timestamp) {
        while let last = self.points.last, last.at >= at { self.points.removeLast() }
        if (self.points.last?.status ?? .unknown) != status {
            self.points.append(Point(at: at, status: status))
        }
    }

    /// The status at the instant.
    public func status(at instant: Timestamp) -> Status {
        var (low, high) = (0, self.points.count)
        while low < high {
            let middle = (low + high) / 2
            if self.points[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? .unknown : self.points[low - 1].status
    }

    /// When it has that status, inside the span.
    public func spans(of status: Status, in span: Span) -> SpanSet {
        var result: [Span] = []
        for (index, point) in self.points.enumerated() where point.status == status {
            let end = index + 1 < self.points.count ? self.points[index + 1].at : .distantFuture
            let inside = Span(point.at, end).clamped(to: span)
            if !inside.isEmpty { result.append(inside) }
        }
        return SpanSet(result)
    }

    /// The best of several lines at each instant: online, abnormal, offline, unknown. For the hops of one check.
    public static func best(of lines: [StatusLine]) -> StatusLine {
        Self.merged(lines) { $0.min { $0.rawValue < $1.rawValue } ?? .unknown }
    }

    /// The facet that several checks tell of: all unknown is unknown; of those that know, all offline is offline,
    /// all online is online, anything else abnormal.
    public static func facet(of checks: [StatusLine]) -> StatusLine {
        Self.merged(checks) { statuses in
            let known = statuses.filter { $0 != .unknown }
            guard let first = known.first else { return .unknown }
            return first != .abnormal && known.allSatisfy { $0 == first } ? first : .abnormal
        }
    }

    private static func merged(_ lines: [StatusLine], by rule: ([Status]) -> Status) -> StatusLine {
        if lines.count <= 1 { return lines.first ?? StatusLine() }
        var statuses = [Status](repeating: .unknown, count: lines.count)
        var next = [Int](repeating: 0, count: lines.count)
        var result = StatusLine()
        while true {
            var instant: Timestamp?
            for (line, place) in zip(lines, next) where place < line.points.count {
                instant = min(instant ?? .distantFuture, line.points[place].at)
            }
            guard let instant else { return result }
            for index in lines.indices {
                guard next[index] < lines[index].points.count, lines[index].points[next[index]].at == instant
                else {
                    continue
                }
                statuses[index] = lines[index].points[next[index]].status
                next[index] += 1
            }
            result.append(rule(statuses), from: instant)
        }
    }
}

/// What one check of one device at one place was found to be (检查状态线), with what its error bar needs.
public struct CheckTrack: Hashable, Sendable {
    /// Which check.
    public let check: Check
    /// Where it was asked.
    public let hop: Hop
    /// Its changes, rising in time.
    public var changes: [StatusChange]
    /// The last miss of an outage that has not ended; `nil` when there is none.
    public var openLastMissAt: Timestamp?

    /// A track.
    public init(check: Check, hop: Hop, changes: [StatusChange] = [], openLastMissAt: Timestamp? = nil) {
        (self.check, self.hop, self.changes, self.openLastMissAt) = (check, hop, changes, openLastMissAt)
    }

    /// The track that follows from informative observations sorted by instant, as known up to `horizon`.
    public init(
        check: Check,
        hop: Hop,
        rule: ChainRule,
        observations: some Sequence<(at: Timestamp, outcome: Outcome)>,
        horizon: Timestamp
    ) {
        var watch = CheckWatch(rule: rule)
        var changes: [StatusChange] = []
        for observation in observations {
            _ = watch.receive(observation.outcome, at: observation.at, into: &changes)
        }
        watch.expire(asOf: horizon, into: &changes)
        self.init(check: check, hop: hop, changes: changes, openLastMissAt: watch.lastMissAt)
    }

    /// As it was found.
    public var line: StatusLine { StatusLine(self.changes) }

    /// As bad as it may have been: each outage from just after the last observation before it.
    public var worstLine: StatusLine {
        var line = StatusLine()
        line.points.reserveCapacity(self.changes.count)
        for change in self.changes {
            let widened = change.status == .offline ? change.precedingAt.map { $0 + 1 } : nil
            line.append(change.status, from: widened ?? change.at)
        }
        return line
    }

    /// As good as it may have been: each outage only up to its last miss, online from there to its end.
    public var bestLine: StatusLine {
        var line = StatusLine()
        line.points.reserveCapacity(2 * self.changes.count)
        for (index, change) in self.changes.enumerated() {
            line.append(change.status, from: change.at)
            guard change.status == .offline else { continue }
            let next = index + 1 < self.changes.count ? self.changes[index + 1] : nil
            guard let lastMissAt = next == nil ? self.openLastMissAt : next?.lastMissAt else { continue }
            let recovered = lastMissAt + 1
            if next.map({ recovered < $0.at }) ?? true { line.append(.online, from: recovered) }
        }
        return line
    }
}

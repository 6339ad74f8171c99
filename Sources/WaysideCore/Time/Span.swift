/// A half-open stretch of time `[start, end)` (时段); never runs backwards.
public struct Span: Hashable, Sendable {
    /// The first millisecond inside.
    public let start: Timestamp
    /// The first millisecond after.
    public let end: Timestamp

    /// The stretch from the first instant up to, and without, the second; empty when they are equal or reversed.
    public init(_ start: Timestamp, _ end: Timestamp) {
        self.start = start
        self.end = max(start, end)
    }

    /// All of time.
    public static let always = Span(.distantPast, .distantFuture)

    /// Whole milliseconds inside; 0 or more.
    public var milliseconds: Int64 { self.end - self.start }
    /// Whether nothing is inside.
    public var isEmpty: Bool { self.start == self.end }

    /// Whether the instant lies inside.
    public func contains(_ instant: Timestamp) -> Bool { self.start <= instant && instant < self.end }

    /// What both have; empty when they do not meet.
    public func clamped(to other: Span) -> Span {
        Span(max(self.start, other.start), min(self.end, other.end))
    }

    /// Whether they share a millisecond.
    public func overlaps(_ other: Span) -> Bool {
        max(self.start, other.start) < min(self.end, other.end)
    }
}

/// A set of milliseconds (时段集合), kept as sorted spans that neither meet nor touch.
public struct SpanSet: Hashable, Sendable {
    /// Sorted, apart from each other, none empty.
    public private(set) var spans: [Span]

    /// The empty set.
    public init() { self.spans = [] }

    /// The union of the spans, in any order, overlapping or not.
    public init(_ spans: some Sequence<Span>) {
        self.spans = []
        for span in spans.filter({ !$0.isEmpty }).sorted(by: { $0.start < $1.start }) {
            if let last = self.spans.last, span.start <= last.end {
                self.spans[self.spans.count - 1] = Span(last.start, max(last.end, span.end))
            } else {
                self.spans.append(span)
            }
        }
    }

    /// Whether nothing is inside.
    public var isEmpty: Bool { self.spans.isEmpty }
    /// Whole milliseconds inside.
    public var milliseconds: Int64 { self.spans.reduce(0) { $0 + $1.milliseconds } }

    /// Whether the instant lies inside.
    public func contains(_ instant: Timestamp) -> Bool {
        var (low, high) = (0, self.spans.count)
        while low < high {
            let middle = (low + high) / 2
            if self.spans[middle].end <= instant { low = middle + 1 } else { high = middle }
        }
        return low < self.spans.count && self.spans[low].start <= instant
    }

    /// What is in either.
    public func union(_ other: SpanSet) -> SpanSet { SpanSet(self.spans + other.spans) }

    /// What lies inside the span.
    public func clamped(to span: Span) -> SpanSet { SpanSet(self.spans.map { $0.clamped(to: span) }) }

    /// What is in both.
    public func intersection(_ other: SpanSet) -> SpanSet {
        var (result, left, right): ([Span], Int, Int) = ([], 0, 0)
        while left < self.spans.count, right < other.spans.count {
            let common = self.spans[left].clamped(to: other.spans[right])
            if !common.isEmpty { result.append(common) }
            if self.spans[left].end < other.spans[right].end { left += 1 } else { right += 1 }
        }
        return SpanSet(result)
    }

    /// What is here and not in the other.
    public func subtracting(_ other: SpanSet) -> SpanSet {
        var result: [Span] = []
        for span in self.spans {
            var start = span.start
            for hole in other.spans where hole.overlaps(span) {
                result.append(Span(start, max(start, hole.start)))
                start = max(start, hole.end)
            }
            result.append(Span(start, span.end))
        }
        return SpanSet(result)
    }

    /// The first so many milliseconds, in time order.
    public func prefix(milliseconds limit: Int64) -> SpanSet {
        var (left, result): (Int64, [Span]) = (limit, [])
        for span in self.spans where left > 0 {
            result.append(Span(span.start, min(span.end, span.start + left)))
            left -= span.milliseconds
        }
        return SpanSet(result)
    }
}

public import MediaProbe

/// What each stream of one run was seen to be when it was last looked at to the end (巡看结论).
///
/// A look that was cut short, or that failed by a fault of ours, says nothing of its stream: what was seen before stands.
public struct RunRecord: Sendable {
    /// What all of it comes to.
    public enum Conclusion: Hashable, Sendable {
        /// Every stream was looked at, or left alone out of courtesy, and none is down.
        case noneDown
        /// One at least is down.
        case someDown
        /// None is known to be down, and at one at least we could not look.
        case unseen
    }

    private enum Entry {
        case none
        case leftAlone
        case seen(MediaVerdict)
    }

    private var entries: [Entry]

    /// Nothing was seen of so many streams yet.
    public init(count: Int) { self.entries = Array(repeating: .none, count: count) }

    /// Takes in a report of the stream at that place.
    public mutating func take(_ report: MediaReport, of stream: Int) {
        switch self.entries[stream] {
        case _ where Self.isSight(report): self.entries[stream] = .seen(report.verdict)
        case .none where !report.isAsked: self.entries[stream] = .leftAlone
        case .none, .leftAlone, .seen: break
        }
    }

    /// Whether the stream at that place was looked at to the end, ever.
    public func wasSeen(_ stream: Int) -> Bool {
        if case .seen = self.entries[stream] { return true }
        return false
    }

    /// Whether a report tells what was seen, and not why nothing was.
    public static func isSight(_ report: MediaReport) -> Bool {
        switch report.verdict.cause {
        case .selfOverloaded, .selfNetwork, .collectorGap: false
        default: report.isAsked
        }
    }

    /// What it comes to. What is down comes before what nobody could tell.
    public var conclusion: Conclusion {
        var conclusion = Conclusion.noneDown
        for entry in self.entries {
            switch entry {
            case .seen(.down): return .someDown
            case .none: conclusion = .unseen
            case .seen, .leftAlone: break
            }
        }
        return conclusion
    }
}

public import SNMP

/// What is known of a device's objects and columns: there, not there, or failing (能力记忆). What is not there is asked
/// again after hours, because firmware changes; what fails, sooner.
public struct CapabilityMemory: Sendable, Hashable {
    /// What asking for an object came to.
    public enum Outcome: Sendable, Hashable {
        /// It has a value, or rows.
        case supported
        /// The agent says that there is none.
        case notSupported
        /// No answer that can be used.
        case failed
    }

    /// An outcome and since when it has been that.
    public struct Entry: Sendable, Hashable {
        /// What it came to last.
        public let outcome: Outcome
        /// When it came to that first, in milliseconds of the caller's clock.
        public let since: Int64
        /// When it was asked last.
        public let asked: Int64
    }

    /// After how long the unsupported is asked again, in milliseconds; 1 min to 30 days.
    public let unsupportedMilliseconds: Int64
    /// After how long the failing is asked again, in milliseconds; 1 s to 30 days.
    public let failingMilliseconds: Int64
    private var entries: [OID: Entry] = [:]

    /// An empty memory that asks again after so long: 6 h and 10 min by default.
    public init(unsupportedMilliseconds: Int64 = 6 * 3_600_000, failingMilliseconds: Int64 = 600_000) {
        precondition((60_000...2_592_000_000).contains(unsupportedMilliseconds), "1 min to 30 days")
        precondition((1_000...2_592_000_000).contains(failingMilliseconds), "1 s to 30 days")
        self.unsupportedMilliseconds = unsupportedMilliseconds
        self.failingMilliseconds = failingMilliseconds
    }

    /// What is known of an object or a column; `nil` when it was never asked.
    public subscript(name: OID) -> Entry? { self.entries[name] }

    /// Takes what asking came to at that instant.
    public mutating func note(_ name: OID, _ outcome: Outcome, at instant: Int64) {
        let before = self.entries[name]
        let since = before?.outcome == outcome ? before?.since ?? instant : instant
        self.entries[name] = Entry(outcome: outcome, since: since, asked: instant)
    }

    /// Whether to ask for it at that instant. A clock that was set back does not silence it for ever.
    public func isWorthAsking(_ name: OID, at instant: Int64) -> Bool {
        guard let entry = self.entries[name] else { return true }
        let rest: Int64 =
            switch entry.outcome {
            case .supported: 0
            case .notSupported: self.unsupportedMilliseconds
            case .failed: self.failingMilliseconds
            }
        return instant >= entry.asked + rest || instant < entry.asked
    }

    /// Forgets everything, as after a change of the device's firmware or identity.
    public mutating func forget() { self.entries = [:] }
}

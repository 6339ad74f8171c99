/// What lies between two readings of a counter (计数器增量): so much was counted, or nothing can be said.
public enum CounterStep: Sendable, Hashable {
    /// So much was counted.
    case increase(UInt64)
    /// The counter began anew, or was set: what was counted is not known.
    case reset

    /// Judges two readings, the earlier first.
    ///
    /// A counter that fell has wrapped when the earlier reading was in the last quarter of 32 or 64 bits and the later
    /// one is in the first quarter of the same range (RFC 2578, 7.1.6 and 7.1.10: counters wrap to zero). Every other fall
    /// is a new start. A device that starts anew while a counter is in its last quarter is taken for a wrap; the quarter
    /// keeps such an error below the range itself, and rare.
    public init(from earlier: UInt64, to later: UInt64) {
        guard later < earlier else {
            self = .increase(later - earlier)
            return
        }
        let narrow: UInt64 = 1 << 32
        if earlier < narrow, earlier >= narrow / 4 * 3, later < narrow / 4 {
            self = .increase(narrow - earlier + later)
        } else if earlier >= 3 << 62, later < 1 << 62 {
            self = .increase(later &- earlier)
        } else {
            self = .reset
        }
    }
}

internal import WaysideCore

// What the desk keeps of whoever is asked.
extension PatrolDesk {
    /// A probe that shall set out now.
    struct Departure {
        /// Its name until it is back.
        var number: UInt64
        var order: ProbeOrder
    }

    /// One track's turn to be asked.
    struct Turn: Comparable {
        var due: Timestamp
        var track: TrackKey
        /// Which schedule of the track it belongs to; a turn of an older one is void.
        var version: UInt64

        static func < (left: Turn, right: Turn) -> Bool {
            left.due == right.due ? left.track < right.track : left.due < right.due
        }
    }

    struct Line {
        var schedule: ProbeSchedule
        var root: SelfDoubt.Root
        var version: UInt64
        var isInFlight = false
    }

    struct Flight {
        var track: TrackKey
        var root: SelfDoubt.Root
        /// Its date.
        var at: Timestamp
        var askedAt: Timestamp
        var askedElapsed: Int64
        var isDoubtful: Bool
        /// Given up: its answer is written already.
        var isOverrun = false
    }

    struct Deadline: Comparable {
        var elapsed: Int64
        var number: UInt64

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.elapsed, left.number) < (right.elapsed, right.number)
        }
    }
}

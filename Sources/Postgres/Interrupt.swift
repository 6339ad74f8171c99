internal import Glibc

/// Wakes a thread that waits for a server. Raised from any thread; stays raised until cleared.
final class Interrupt: Sendable {
    /// Becomes readable when raised.
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(PostgresError) {
        var ends: [Int32] = [-1, -1]
        // A pair of sockets is closed to children from its first moment; a plain pipe is not.
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else {
            throw PostgresError(
                operation: .connect,
                message: "no sockets: \(String(cString: strerror(errno)))"
            )
        }
        (self.readEnd, self.writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(self.readEnd)
        close(self.writeEnd)
    }

    /// Wakes the thread that waits, or the next that will. A full pipe is already raised.
    func raise() {
        var byte: UInt8 = 1
        _ = write(self.writeEnd, &byte, 1)
    }

    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(self.readEnd, &bytes, bytes.count) > 0 {}
    }
}

/// An instant on the monotonic clock after which we no longer wait; `nil` inside is never.
struct Deadline {
    private let instant: ContinuousClock.Instant?

    static let never = Deadline(instant: nil)

    static func after(_ duration: Duration) -> Deadline { Deadline(instant: .now + duration) }

    private init(instant: ContinuousClock.Instant?) { self.instant = instant }

    var hasPassed: Bool { self.instant.map { $0 <= .now } ?? false }

    /// What `poll` takes: rounded up so that it does not spin in the last millisecond; −1 is for ever.
    var pollMilliseconds: Int32 {
        guard let instant = self.instant else { return -1 }
        let left = ContinuousClock.now.duration(to: instant)
        guard left > .zero else { return 0 }
        return Int32(clamping: left.milliseconds + 1)
    }
}

/// What ended a wait.
enum Wake {
    case ready
    case interrupted
    case timedOut
}

extension Interrupt {
    /// Waits for a descriptor, the interrupt or the deadline, whichever comes first.
    static func wait(
        for events: Int32,
        on descriptor: Int32,
        until deadline: Deadline,
        or interrupt: Interrupt?
    ) -> Wake {
        var polled = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        if let interrupt { polled.append(pollfd(fd: interrupt.readEnd, events: Int16(POLLIN), revents: 0)) }
        while true {
            let count = poll(&polled, nfds_t(polled.count), deadline.pollMilliseconds)
            if count > 0 {
                return polled[0].revents != 0 ? .ready : .interrupted
            }
            if count == 0, deadline.hasPassed { return .timedOut }
            // EINTR: a signal came by; the wait goes on.
        }
    }
}

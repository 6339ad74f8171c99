internal import Glibc
internal import Synchronization

/// Asks many hosts at once whether they are there: one thread, one ICMP socket for each IP version, and a
/// non-blocking socket for each connection under way.
final class ReachLoop: Sendable {
    private struct Ask {
        let number: UInt64
        let host: HostAddress
        let method: ReachMethod
        let allowed: Int64
        let continuation: CheckedContinuation<ReachAnswer, Never>
    }

    private struct Inbox {
        var asks: [Ask] = []
        var cancelled: [UInt64] = []
        var lastNumber: UInt64 = 0
        var isClosed = false
    }

    /// Whether ICMP echo of IPv4 and of IPv6 is allowed to us.
    let allowsEcho: (ipv4: Bool, ipv6: Bool)
    private let inbox = Mutex(Inbox())
    private let wake: WakeEnds

    /// Starts the thread. Throws when the system has no descriptor or thread left.
    init(usesEcho: Bool = true) throws(ReachError) {
        guard let wake = WakeEnds() else { throw ReachError(systemWords(errno)) }
        self.wake = wake
        let (ipv4, ipv6) = usesEcho ? (EchoSocket(isIPv6: false), EchoSocket(isIPv6: true)) : (nil, nil)
        self.allowsEcho = (ipv4 != nil, ipv6 != nil)
        let state = LoopState(ipv4: ipv4, ipv6: ipv6, wake: wake)
        let cargo = Unmanaged.passRetained(Cargo(loop: self, state: state))
        // By pointer: two modules show this C type, and its initializer belongs to the one that is not seen here.
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            attributes,
            { raw in
                guard let raw else { return nil }
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                let cargo = Unmanaged<Cargo>.fromOpaque(raw).takeRetainedValue()
                cargo.loop.run(cargo.state)
                return nil
            },
            cargo.toOpaque()
        )
        guard code == 0 else {
            cargo.release()
            throw ReachError(systemWords(code))
        }
    }

    private final class Cargo {
        let loop: ReachLoop
        let state: LoopState

        init(loop: ReachLoop, state: LoopState) { (self.loop, self.state) = (loop, state) }
    }

    /// Asks one host; back by the limit.
    func ask(_ host: HostAddress, _ method: ReachMethod, within limit: Duration) async -> ReachAnswer {
        let number = self.inbox.withLock { inbox in
            inbox.lastNumber += 1
            return inbox.lastNumber
        }
        let (seconds, attoseconds) = limit.components
        let allowed = max(1_000_000, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ask = Ask(
                    number: number,
                    host: host,
                    method: method,
                    allowed: allowed,
                    continuation: continuation
                )
                let isTaken = self.inbox.withLock { inbox in
                    if !inbox.isClosed { inbox.asks.append(ask) }
                    // Whoever was cancelled before this was taken in must say so again: the loop may have read it.
                    if Task.isCancelled { inbox.cancelled.append(number) }
                    return !inbox.isClosed
                }
                if isTaken { self.wake.raise() } else { continuation.resume(returning: .closed) }
            }
        } onCancel: {
            self.inbox.withLock { $0.cancelled.append(number) }
            self.wake.raise()
        }
    }

    /// Ends the thread; what is outstanding is answered `closed`.
    func close() {
        self.inbox.withLock { $0.isClosed = true }
        self.wake.raise()
    }

    private func run(_ state: LoopState) {
        nameThread("reach")
        var waiting: [UInt64: CheckedContinuation<ReachAnswer, Never>] = [:]
        var isClosed = false
        while !isClosed {
            state.wait()
            let (asks, cancelled, closes) = self.inbox.withLock { inbox in
                defer { (inbox.asks, inbox.cancelled) = ([], []) }
                return (inbox.asks, inbox.cancelled, inbox.isClosed)
            }
            for ask in asks {
                waiting[ask.number] = ask.continuation
                state.begin(ask.number, ask.host, ask.method, allowed: ask.allowed)
            }
            for number in cancelled { state.finish(number, .closed) }
            state.work()
            isClosed = closes
            if closes { state.finishAll() }
            for (number, answer) in state.takeAnswers() {
                waiting.removeValue(forKey: number)?.resume(returning: answer)
            }
        }
    }
}

/// This machine could not start asking; the system's words.
public struct ReachError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why.
    public let reason: String

    init(_ reason: String) { self.reason = reason }

    /// One line.
    public var description: String { "reach prober: \(self.reason)" }
}

/// A pipe by which others wake the loop's thread.
final class WakeEnds: Sendable {
    let readable: Int32
    private let writable: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (self.readable, self.writable) = (ends[0], ends[1])
    }

    deinit {
        Glibc.close(self.readable)
        Glibc.close(self.writable)
    }

    func raise() {
        var byte: UInt8 = 1
        // A full pipe wakes as well as one more byte would.
        _ = write(self.writable, &byte, 1)
    }

    func clear() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while read(self.readable, &buffer, buffer.count) == buffer.count {}
    }
}

/// What the system calls that error.
func systemWords(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Names the calling thread for `top` and debuggers. A kernel without the file leaves it unnamed.
private func nameThread(_ name: String) {
    guard let file = fopen("/proc/thread-self/comm", "w") else { return }
    fputs(name, file)
    fclose(file)
}

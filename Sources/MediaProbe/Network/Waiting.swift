internal import Glibc

typealias Instant = ContinuousClock.Instant

/// What to wait for when bytes shall come.
let pollInput = Int32(POLLIN)

/// Our wall clock, in milliseconds since 1970-01-01T00:00:00Z.
func wallMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
}

/// Why bytes do not come or go.
enum TransportFailure: Error, Equatable {
    case timeout
    case cancelled
    /// The other side closed or reset the connection.
    case closed
    case refused
    case unreachable
    /// We have no route at all: said at once by our own kernel.
    case selfNetwork
    /// We have no descriptors, ports or memory left.
    case selfOverloaded
    case noAddress
    /// Whoever turns names into addresses for us does not answer: that says nothing of the name.
    case noNameServer
    case tls(String)
    case certificate(String)
    case system(Int32)

    init(errno code: Int32) {
        switch code {
        case ECONNREFUSED: self = .refused
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENONET: self = .unreachable
        case ETIMEDOUT: self = .timeout
        case ECONNRESET, EPIPE, ECONNABORTED: self = .closed
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, EAGAIN: self = .selfOverloaded
        // A firewall of our own, or a family of addresses that we do not speak.
        case ENETDOWN, EACCES, EPERM, EAFNOSUPPORT, EPROTONOSUPPORT: self = .selfNetwork
        default: self = .system(code)
        }
    }
}

/// Waits for descriptors with a limit of our own and an ear for cancellation.
struct Waiting {
    let cancellation: MediaCancellation?

    /// Waits until one of the descriptors is ready for what `events` asks; their `revents` tell which.
    func wait(for descriptors: inout [pollfd], until end: Instant) throws(TransportFailure) {
        if let signal = self.cancellation?.signal {
            descriptors.append(pollfd(fd: signal.readable, events: Int16(POLLIN), revents: 0))
        }
        defer { if self.cancellation != nil { descriptors.removeLast() } }
        while true {
            let left = end - .now
            guard left > .zero else { throw .timeout }
            // Rounded up: a wait that ends a fraction too early would turn into a busy loop.
            let milliseconds = min(Int32(min(left, .seconds(60)).inSeconds * 1_000) + 1, 60_000)
            let count = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
            if count < 0 {
                guard errno == EINTR else { throw TransportFailure(errno: errno) }
                continue
            }
            if self.cancellation?.isCancelled == true { throw .cancelled }
            if count > 0 { return }
        }
    }

    /// Waits for nothing but the time, or for being told to stop.
    func pause(until end: Instant) throws(TransportFailure) {
        var none: [pollfd] = []
        do throws(TransportFailure) {
            try self.wait(for: &none, until: end)
        } catch {
            guard error == .timeout else { throw error }
        }
    }

    /// Waits for one descriptor.
    func wait(for descriptor: Int32, events: Int32, until end: Instant) throws(TransportFailure) {
        var descriptors = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        try self.wait(for: &descriptors, until: end)
    }
}

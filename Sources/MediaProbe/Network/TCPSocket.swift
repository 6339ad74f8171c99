internal import Glibc

/// A connected, non-blocking TCP socket. Owns its descriptor.
final class TCPSocket {
    let descriptor: Int32
    let remote: SocketAddress
    /// Reads that are still acknowledged at once.
    private var promptReads = 32

    private init(descriptor: Int32, remote: SocketAddress) {
        self.descriptor = descriptor
        self.remote = remote
    }

    deinit { close(self.descriptor) }

    /// Connects to the first address that lets us; every address gets its share of the time left.
    static func connect(
        to addresses: [SocketAddress],
        until end: Instant,
        waiting: Waiting
    ) throws(TransportFailure) -> TCPSocket {
        var failure = TransportFailure.noAddress
        for (index, address) in addresses.enumerated() {
            let now = Instant.now
            let share = (end - now) / (addresses.count - index)
            do {
                return try self.connect(to: address, until: now + share, waiting: waiting)
            } catch .cancelled {
                throw .cancelled
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        to address: SocketAddress,
        until end: Instant,
        waiting: Waiting
    ) throws(TransportFailure) -> TCPSocket {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw TransportFailure(errno: errno) }
        let made = TCPSocket(descriptor: descriptor, remote: address)
        made.turnOn(TCP_NODELAY)
        let status = address.withPointer { Glibc.connect(descriptor, $0, address.length) }
        if status == 0 { return made }
        let code = errno
        guard code == EINPROGRESS || code == EINTR else {
            // Said before a packet could have gone out: it is our own kernel that knows no way.
            throw code == ENETUNREACH ? .selfNetwork : TransportFailure(errno: code)
        }
        try waiting.wait(for: descriptor, events: POLLOUT, until: end)
        var result: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &length)
        guard result == 0 else { throw TransportFailure(errno: result) }
        return made
    }

    /// What a read found.
    enum Reading {
        case bytes(Int)
        case nothingYet
        case end
    }

    /// Reads what is there, without waiting.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportFailure) -> Reading {
        while true {
            let count = recv(self.descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                self.acknowledge()
                return .bytes(count)
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothingYet
            default: throw TransportFailure(errno: errno)
            }
        }
    }

    /// Acknowledges at once what the first reads got. Many servers hold a small packet back until the one before is
    /// acknowledged (RFC 896), and our system waits 40 ms with that (RFC 1122, 4.2.3.2): we would report them as the
    /// camera's. Later reads are of media, and there is always more of it.
    private func acknowledge() {
        guard self.promptReads > 0 else { return }
        self.promptReads -= 1
        self.turnOn(TCP_QUICKACK)
    }

    private func turnOn(_ option: Int32) {
        var one: Int32 = 1
        setsockopt(self.descriptor, Int32(IPPROTO_TCP), option, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Writes all of it, waiting where the other side does not take it.
    func write(_ bytes: [UInt8], until end: Instant, waiting: Waiting) throws(TransportFailure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(
                    self.descriptor,
                    buffer.baseAddress?.advanced(by: start),
                    buffer.count - start,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count >= 0 {
                start += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: try waiting.wait(for: self.descriptor, events: POLLOUT, until: end)
            default: throw TransportFailure(errno: errno)
            }
        }
    }
}

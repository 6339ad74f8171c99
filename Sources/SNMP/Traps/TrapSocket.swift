internal import Glibc

/// The UDP sockets of a trap listener, one for IPv4 and one for IPv6, and a pair that ends its wait. Owned by one
/// thread; only its `Waker` may be used by others.
struct TrapSocket: ~Copyable {
    /// Ends the present or next wait, from any thread, while the socket lives.
    struct Waker: Sendable {
        fileprivate let descriptor: Int32

        func wake() {
            var byte: UInt8 = 1
            // A pair that is full has woken the thread already.
            _ = write(self.descriptor, &byte, 1)
        }
    }

    private let ipv4: Int32
    /// -1 on a machine without IPv6.
    private let ipv6: Int32
    private let pipe: (read: Int32, write: Int32)
    /// The port, also where 0 let the system choose.
    let port: UInt16
    private var room: [UInt8]

    init(port: UInt16) throws(SNMPError) {
        var opened: [Int32] = []
        func fail(_ step: String) -> SNMPError {
            let error = SNMPError(.open, "trap port \(port), \(step)", systemText(errno))
            for descriptor in opened { close(descriptor) }
            return error
        }
        var ends: [Int32] = [-1, -1]
        // A pair of sockets: unlike a pipe, closed on exec and without blocking from the first.
        let pair = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, pair, 0, &ends) == 0 else { throw fail("socketpair") }
        opened += ends
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let ipv4 = socket(AF_INET, kind, 0)
        guard ipv4 >= 0 else { throw fail("socket") }
        opened.append(ipv4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(ipv4, $0, size) == 0 && getsockname(ipv4, $0, &size) == 0
            }
        }
        guard isBound else { throw fail("bind") }
        let chosen = UInt16(bigEndian: address.sin_port)
        let ipv6 = socket(AF_INET6, kind, 0)
        if ipv6 >= 0 {
            opened.append(ipv6)
            var only: Int32 = 1
            setsockopt(ipv6, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = chosen.bigEndian
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(ipv6, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
                }
            }
            guard isBound else { throw fail("bind of IPv6") }
        }
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.pipe = (ends[0], ends[1])
        self.port = chosen
        self.room = [UInt8](repeating: 0, count: 65_536)
    }

    deinit {
        close(self.ipv4)
        if self.ipv6 >= 0 { close(self.ipv6) }
        close(self.pipe.read)
        close(self.pipe.write)
    }

    var waker: Waker { Waker(descriptor: self.pipe.write) }

    /// Waits for a datagram or for being woken.
    mutating func wait() {
        var watched = [
            pollfd(fd: self.ipv4, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.ipv6, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.pipe.read, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&watched, nfds_t(watched.count), -1) > 0, watched[2].revents != 0 else { return }
        _ = read(self.pipe.read, &self.room, 64)
    }

    /// Takes the next datagram and shows it with its sender; false when there is none. `isIPv6` says of which socket.
    mutating func receive(isIPv6: Bool, _ body: (RawSpan, AgentAddress) -> [UInt8]?) -> Bool {
        let descriptor = isIPv6 ? self.ipv6 : self.ipv4
        guard descriptor >= 0 else { return false }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &self.room, self.room.count, 0, $0, &size)
            }
        }
        guard count >= 0 else { return false }
        guard let answer = body(self.room.span.bytes.extracting(first: count), AgentAddress(storage)) else {
            return true
        }
        // An answer that the system does not take now is lost, as any datagram may be: the sender asks again.
        withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, answer, answer.count, 0, $0, size)
            }
        }
        return true
    }
}

extension AgentAddress {
    fileprivate init(_ storage: sockaddr_storage) {
        let family = Int32(storage.ss_family)
        self = withUnsafeBytes(of: storage) { bytes in
            if family == AF_INET6 {
                let address = bytes.loadUnaligned(as: sockaddr_in6.self)
                return AgentAddress(
                    address.sin6_addr,
                    scope: address.sin6_scope_id,
                    port: UInt16(bigEndian: address.sin6_port)
                )
            }
            let address = bytes.loadUnaligned(as: sockaddr_in.self)
            return AgentAddress(
                high: 0,
                low: UInt64(UInt32(bigEndian: address.sin_addr.s_addr)),
                scope: 0,
                isIPv6: false,
                port: UInt16(bigEndian: address.sin_port)
            )
        }
    }
}

internal import Glibc

/// Two neighbouring UDP ports of ours, the even one for RTP and the odd one for RTCP (RFC 3550, 11).
final class DatagramPair {
    let packets: Int32
    let reports: Int32
    let port: UInt16
    private let remote: SocketAddress
    /// Another address of the server's, from which it said that it sends.
    private var source: SocketAddress?
    private var scratch = [UInt8](repeating: 0, count: 65_536)

    /// Binds the pair to the address from which we reach the server; only its host is listened to, and one that it
    /// names.
    init(local: SocketAddress, remote: SocketAddress) throws(TransportFailure) {
        self.remote = remote
        for _ in 0..<32 {
            var address = local
            address.port = 0
            guard let (first, port) = try Self.bound(address) else { continue }
            address.port = port ^ 1
            guard let (second, _) = try Self.bound(address) else {
                close(first)
                continue
            }
            (self.packets, self.reports) = port % 2 == 0 ? (first, second) : (second, first)
            self.port = port & ~1
            return
        }
        throw .selfOverloaded
    }

    deinit {
        close(self.packets)
        close(self.reports)
    }

    /// A socket on that address, or nil when its port is taken.
    private static func bound(_ address: SocketAddress) throws(TransportFailure) -> (Int32, UInt16)? {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw TransportFailure(errno: errno) }
        // A key frame comes in one burst; the usual buffer holds about a hundred packets of it.
        var size: Int32 = 2 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        guard address.withPointer({ bind(descriptor, $0, address.length) }) == 0,
            let local = SocketAddress(localEndOf: descriptor)
        else {
            close(descriptor)
            return nil
        }
        return (descriptor, local.port)
    }

    /// Listens to that address too; to one of another family, or of no single host, it does not.
    func accept(from source: SocketAddress) {
        guard source.family == self.remote.family, source.isOfOneHost,
            source.hostBytes != self.remote.hostBytes
        else { return }
        self.source = source
    }

    /// Opens the way back through address translation by a datagram to each of the server's ports, there from where it
    /// sends.
    func openWay(toPort first: UInt16, and second: UInt16) {
        let nothing: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        for (descriptor, port) in [(self.packets, first), (self.reports, second)] where port != 0 {
            var address = self.source ?? self.remote
            address.port = port
            _ = address.withPointer {
                sendto(descriptor, nothing, nothing.count, Int32(MSG_NOSIGNAL), $0, address.length)
            }
        }
    }

    /// Hands over what is there, at most `limit` datagrams, without waiting. Returns how many came.
    func drain(
        _ descriptor: Int32,
        limit: Int,
        _ body: (RawSpan) -> Void
    ) -> Int {
        var handed = 0
        let expected = [self.remote, self.source].compactMap { $0?.hostBytes }
        while handed < limit {
            var from = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            var isOurs = false
            let count = self.scratch.withUnsafeMutableBytes { buffer in
                withUnsafeMutablePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                        let count = recvfrom(
                            descriptor,
                            buffer.baseAddress,
                            buffer.count,
                            0,
                            pointer,
                            &length
                        )
                        isOurs =
                            SocketAddress(pointer, length: length).map { expected.contains($0.hostBytes) }
                            ?? false
                        return count
                    }
                }
            }
            guard count >= 0 else { return handed }
            handed += 1
            guard isOurs else { continue }
            let scratch = self.scratch
            body(scratch.span.bytes.extracting(first: count))
        }
        return handed
    }
}

extension SocketAddress {
    /// Whether it can be a host's own: not nobody's, not everybody's and not a group's.
    fileprivate var isOfOneHost: Bool {
        let bytes = self.hostBytes
        guard let first = bytes.first, bytes.contains(where: { $0 != 0 }) else { return false }
        return bytes.count == 4 ? first != 0 && first < 224 : first != 0xff
    }
}

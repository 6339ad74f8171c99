internal import Glibc

/// A socket for ICMP echo of one IP version: a datagram socket where the system allows it to our group
/// (`net.ipv4.ping_group_range`), else a raw one where we may.
final class EchoSocket {
    let descriptor: Int32
    let isIPv6: Bool
    /// The kernel of a datagram socket chooses the identifier, and hands us only answers that bear it.
    let isRaw: Bool

    /// `nil` where neither is allowed.
    init?(isIPv6: Bool) {
        let family = isIPv6 ? AF_INET6 : AF_INET
        let number = Int32(isIPv6 ? 58 : 1)
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        var descriptor = socket(family, Int32(SOCK_DGRAM.rawValue) | flags, number)
        self.isRaw = descriptor < 0
        if descriptor < 0 { descriptor = socket(family, Int32(SOCK_RAW.rawValue) | flags, number) }
        guard descriptor >= 0 else { return nil }
        (self.descriptor, self.isIPv6) = (descriptor, isIPv6)
        var size: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        if self.isRaw { self.filter() } else { self.askForErrors() }
    }

    deinit { close(self.descriptor) }

    /// Lets through echo replies and "not delivered" only: a raw socket is shown all of the host's ICMP.
    private func filter() {
        if self.isIPv6 {
            var blocked = [UInt32](repeating: .max, count: 8)
            for type in [1, 129] { blocked[type / 32] &= ~(1 << UInt32(type % 32)) }
            setsockopt(self.descriptor, 58, 1, &blocked, socklen_t(32))
        } else {
            var blocked: UInt32 = ~(1 << 0 | 1 << 3)
            setsockopt(self.descriptor, 255, 1, &blocked, socklen_t(4))
        }
    }

    /// A datagram socket is told of "not delivered" by its error queue.
    private func askForErrors() {
        var on: Int32 = 1
        let (level, option) = self.isIPv6 ? (Int32(IPPROTO_IPV6), Int32(25)) : (Int32(0), Int32(11))
        setsockopt(self.descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends the message; answers 0 or the system's error number.
    func send(_ bytes: [UInt8], to address: HostAddress) -> Int32 {
        address.withSocketAddress(port: 0) { pointer, length in
            // An error that an earlier datagram met is reported to the next call, whomever it is for.
            for _ in 0..<2 {
                if sendto(self.descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
                    >= 0
                {
                    return 0
                }
                if ![EHOSTUNREACH, ENETUNREACH, ECONNREFUSED].contains(errno) { break }
            }
            return errno
        }
    }

    /// The next that came in, and from whom; `nil` when there is nothing more.
    func receive() -> (from: HostAddress, what: EchoMessage.Reception)? {
        var buffer = [UInt8](repeating: 0, count: 1_500)
        while true {
            var (storage, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
            let count = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(self.descriptor, &buffer, buffer.count, 0, $0, &length)
                }
            }
            if count < 0 {
                // An error that waits for us says nothing here: what it is about is in the error queue.
                if errno == EAGAIN || errno == EBADF { return nil }
                continue
            }
            let bytes = buffer[..<count]
            let message = self.isRaw && !self.isIPv6 ? EchoMessage.withoutIPHeader(bytes) : bytes
            guard let message, let from = HostAddress(storage),
                let what = EchoMessage.read(message, isIPv6: self.isIPv6)
            else { continue }
            return (from, what)
        }
    }

    /// The next echo that could not be delivered, by the error queue of a datagram socket.
    func nextError() -> EchoMessage.Reception? {
        guard !self.isRaw else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1_500)
        var storage = sockaddr_storage()
        let count = buffer.withUnsafeMutableBytes { bytes in
            withUnsafeMutablePointer(to: &storage) { name in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var header = msghdr()
                    header.msg_name = UnsafeMutableRawPointer(name)
                    header.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    header.msg_iov = vector
                    header.msg_iovlen = 1
                    return recvmsg(
                        self.descriptor,
                        &header,
                        Int32(MSG_ERRQUEUE | MSG_DONTWAIT)
                    )
                }
            }
        }
        guard count >= EchoMessage.headerLength, let host = HostAddress(storage),
            let echo = EchoMessage(header: buffer[..<count], token: [])
        else { return nil }
        return .undelivered(identifier: echo.identifier, sequence: echo.sequence, to: host.bytes, code: 1)
    }
}

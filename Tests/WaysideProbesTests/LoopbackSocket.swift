import Glibc
import Synchronization

/// A socket on loopback that a test holds.
final class LoopbackSocket: Sendable {
    enum Kind {
        /// UDP, bound.
        case datagram
        /// TCP, bound and not listening: whoever connects is refused.
        case closed
        /// TCP, listening.
        case listening
    }

    struct Failed: Error {
        var code: Int32
    }

    let descriptor: Int32
    let port: UInt16
    private let fillers = Mutex<[Int32]>([])

    init(_ kind: Kind, host: String = "127.0.0.1", backlog: Int32 = 64) throws {
        let type = kind == .datagram ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(host, 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound, kind != .listening || listen(descriptor, backlog) == 0 else {
            throw Failed(code: errno)
        }
        (self.descriptor, self.port) = (descriptor, UInt16(bigEndian: address.sin_port))
    }

    deinit {
        for descriptor in self.fillers.withLock({ $0 }) { close(descriptor) }
        close(self.descriptor)
    }

    private static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    /// Fills the queue of connections that nobody accepts, so that the kernel drops whoever comes next: silence.
    func fill(host: String = "127.0.0.1") {
        for _ in 0..<4 {
            let descriptor = socket(
                AF_INET,
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
                0
            )
            var address = Self.address(host, self.port)
            _ = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&entry, 1, 50)
            self.fillers.withLock { $0.append(descriptor) }
        }
    }
}

/// A camera that accepts and never speaks; counts who is connected at once.
final class SilentCamera: Sendable {
    private let socket: LoopbackSocket
    private struct Counts {
        var now = 0
        var most = 0
        var total = 0
    }
    private let counts = Mutex(Counts())

    var port: UInt16 { self.socket.port }
    var most: Int { self.counts.withLock { $0.most } }
    var total: Int { self.counts.withLock { $0.total } }

    init() throws {
        self.socket = try LoopbackSocket(.listening)
        let cargo = Unmanaged.passRetained(self)
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { raw in
                guard let raw else { return nil }
                let camera = Unmanaged<SilentCamera>.fromOpaque(raw).takeRetainedValue()
                camera.serve()
                return nil
            },
            cargo.toOpaque()
        )
        pthread_detach(thread)
    }

    /// Ends the thread that serves.
    func stop() { shutdown(self.socket.descriptor, Int32(SHUT_RDWR)) }

    private func serve() {
        var polled = [pollfd(fd: self.socket.descriptor, events: Int16(POLLIN), revents: 0)]
        while true {
            poll(&polled, nfds_t(polled.count), -1)
            var left = [polled[0]]
            for entry in polled.dropFirst() {
                var buffer = [UInt8](repeating: 0, count: 4_096)
                if entry.revents != 0, recv(entry.fd, &buffer, buffer.count, 0) <= 0 {
                    close(entry.fd)
                    self.counts.withLock { $0.now -= 1 }
                } else {
                    left.append(entry)
                }
            }
            if polled[0].revents != 0 {
                let client = accept(self.socket.descriptor, nil, nil)
                guard client >= 0 else { return }
                self.counts.withLock { counts in
                    counts.now += 1
                    counts.total += 1
                    counts.most = max(counts.most, counts.now)
                }
                left.append(pollfd(fd: client, events: Int16(POLLIN), revents: 0))
            }
            polled = left
        }
    }
}

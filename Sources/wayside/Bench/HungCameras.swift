internal import Glibc
internal import MediaProbe
internal import Synchronization

/// Cameras that take the connection and never say a word, on a port of the loopback interface; for measurements.
final class HungCameras: Sendable {
    private struct State {
        var taken: [Int32] = []
        var takenCount = 0
        var awaited: (count: Int, CheckedContinuation<Void, Never>)?
        var isClosed = false
    }

    /// `POLLRDHUP`, which glibc shows to GNU sources only.
    private static let leftBySender: Int16 = 0x2000

    private let listener: Int32
    private let port: UInt16
    private let state = Mutex(State())

    /// Nil when the system does not give so many descriptors, or no port.
    ///
    /// - Parameter room: How many cameras there are.
    init?(room: Int) {
        // Each connection has two ends here; two rounds may overlap, and the streams need some as well.
        guard DescriptorLimit.raise(to: UInt64(4 * room + 1_024)) >= UInt64(2 * room + 64) else { return nil }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 4_096) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isOpen else {
            Glibc.close(descriptor)
            return nil
        }
        (self.listener, self.port) = (descriptor, UInt16(bigEndian: address.sin_port))
        var thread: pthread_t = 0
        let box = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<HungCameras>.fromOpaque(argument).takeRetainedValue().accept()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            Glibc.close(descriptor)
            return nil
        }
        pthread_detach(thread)
    }

    /// The address of one of them.
    func target(_ camera: Int) -> MediaTarget {
        do {
            return try MediaTarget("rtsp://127.0.0.1:\(self.port)/\(camera)")
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Connections that were taken since the beginning.
    var takenCount: Int { self.state.withLock { $0.takenCount } }

    /// Waits until so many connections were taken since the beginning.
    func waitUntilTaken(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                guard state.takenCount < count else { return true }
                state.awaited = (count, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Lets all of them go.
    func close() {
        shutdown(self.listener, Int32(SHUT_RDWR))
    }

    /// Takes connections until `close`; those that the other side has left are given back as others come.
    private func accept() {
        while case let descriptor = Glibc.accept(self.listener, nil, nil),
            descriptor >= 0
        {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let waiting = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.taken.append(descriptor)
                state.takenCount += 1
                guard let awaited = state.awaited, state.takenCount >= awaited.count else { return nil }
                state.awaited = nil
                return awaited.1
            }
            waiting?.resume()
            self.giveBackLeft()
        }
        Glibc.close(self.listener)
        self.state.withLock { state in
            for descriptor in state.taken { Glibc.close(descriptor) }
            state.taken = []
            // Nobody waits for ever for cameras that are gone.
            state.awaited?.1.resume()
            state.awaited = nil
        }
    }

    /// Closes the eldest connections that the other side has closed.
    private func giveBackLeft() {
        self.state.withLock { state in
            while let first = state.taken.first {
                var eldest = pollfd(fd: first, events: Self.leftBySender, revents: 0)
                guard poll(&eldest, 1, 0) > 0, eldest.revents & (Self.leftBySender | Int16(POLLHUP)) != 0
                else {
                    return
                }
                Glibc.close(first)
                state.taken.removeFirst()
            }
        }
    }
}

internal import Glibc

/// Everything the reach loop's thread owns; nobody else touches it.
final class LoopState {
    private struct Connection {
        var number: UInt64
        var port: UInt16
    }

    private struct Try {
        var number: UInt64
        var count: Int
    }

    private let ipv4: EchoSocket?
    private let ipv6: EchoSocket?
    private let wake: WakeEnds
    private let nonce: UInt64
    private let identifier: UInt16
    private var sequence: UInt16
    private var requests: [UInt64: ReachRequest] = [:]
    private var tries: [UInt16: Try] = [:]
    private var sequences: [UInt64: [UInt16]] = [:]
    private var connections: [Int32: Connection] = [:]
    private var answers: [(UInt64, ReachAnswer)] = []
    private var polled: [pollfd] = []

    init(ipv4: EchoSocket?, ipv6: EchoSocket?, wake: WakeEnds) {
        (self.ipv4, self.ipv6, self.wake) = (ipv4, ipv6, wake)
        var generator = SystemRandomNumberGenerator()
        self.nonce = generator.next()
        self.identifier = UInt16.random(in: 1 ... .max, using: &generator)
        self.sequence = UInt16.random(in: 0 ... .max, using: &generator)
    }

    deinit { for descriptor in self.connections.keys { close(descriptor) } }

    func takeAnswers() -> [(UInt64, ReachAnswer)] {
        defer { self.answers.removeAll(keepingCapacity: true) }
        return self.answers
    }

    /// Waits until something comes in or is due.
    func wait() {
        self.polled = [pollfd(fd: self.wake.readable, events: Int16(POLLIN), revents: 0)]
        if let socket = self.ipv4?.descriptor {
            self.polled.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
        }
        if let socket = self.ipv6?.descriptor {
            self.polled.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
        }
        for descriptor in self.connections.keys {
            self.polled.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
        }
        let now = monotonicNanoseconds()
        let next = self.requests.values.map(\.nextTime).min()
        // Rounded up: a millisecond too late is better than spinning for one.
        let patience = next.map { Int32(clamping: max(0, ($0 - now + 999_999) / 1_000_000)) } ?? -1
        poll(&self.polled, nfds_t(self.polled.count), patience)
        self.wake.clear()
    }

    func begin(_ number: UInt64, _ host: HostAddress, _ method: ReachMethod, allowed: Int64) {
        let now = monotonicNanoseconds()
        self.requests[number] = ReachRequest(host, method, now: now, allowed: allowed)
        if case .connect(let ports) = method {
            for _ in ports { self.requests[number]?.opened() }
            for port in ports { self.connect(number, host, port) }
        }
    }

    /// Reads what came, sends what is due, ends what is over.
    func work() {
        self.hear()
        for entry in self.polled where entry.revents != 0 { self.concludeConnection(entry.fd) }
        let now = monotonicNanoseconds()
        for (number, request) in self.requests {
            if request.dueTry(now: now) != nil { self.sendTry(number, request) }
            if request.deadline <= now { self.finish(number, request.atDeadline) }
        }
    }

    func finish(_ number: UInt64, _ answer: ReachAnswer) {
        guard self.requests.removeValue(forKey: number) != nil else { return }
        for sequence in self.sequences.removeValue(forKey: number) ?? [] { self.tries[sequence] = nil }
        for (descriptor, connection) in self.connections where connection.number == number {
            self.connections[descriptor] = nil
            close(descriptor)
        }
        self.answers.append((number, answer))
    }

    func finishAll() { for number in self.requests.keys { self.finish(number, .closed) } }
}

// MARK: - Echo

extension LoopState {
    private func token(_ number: UInt64) -> [UInt8] {
        withUnsafeBytes(of: (self.nonce, number &* 0x9E37_79B9_7F4A_7C15 ^ self.nonce)) { Array($0) }
    }

    private func sendTry(_ number: UInt64, _ request: ReachRequest) {
        var next = self.sequence &+ 1
        // Far fewer than 65 536 are ever outstanding, so this ends.
        while self.tries[next] != nil { next &+= 1 }
        self.sequence = next
        let count = self.sequences[number]?.count ?? 0
        self.tries[next] = Try(number: number, count: count)
        self.sequences[number, default: []].append(next)
        let message = EchoMessage(identifier: self.identifier, sequence: next, token: self.token(number))
        let bytes = message.request(isIPv6: request.host.isIPv6)
        let error: Int32 =
            (request.host.isIPv6
                ? self.ipv6?.send(bytes, to: request.host) : self.ipv4?.send(bytes, to: request.host))
            ?? EAFNOSUPPORT
        let answer = self.requests[number]?.sent(
            now: monotonicNanoseconds(),
            error: error,
            words: error == 0 ? "" : systemWords(error),
            isOwnFault: [ENOBUFS, ENOMEM, EAGAIN].contains(error)
        )
        if let answer { self.finish(number, answer) }
    }

    private func hear() {
        while let (from, what) = self.ipv4?.receive() ?? nil {
            self.take(what, from: from, isRaw: self.ipv4?.isRaw)
        }
        while let (from, what) = self.ipv6?.receive() ?? nil {
            self.take(what, from: from, isRaw: self.ipv6?.isRaw)
        }
        while let what = self.ipv4?.nextError() ?? nil { self.take(what, from: nil, isRaw: false) }
        while let what = self.ipv6?.nextError() ?? nil { self.take(what, from: nil, isRaw: false) }
    }

    /// An answer counts only from the address that was asked, with the sequence and the token of the question.
    private func take(_ what: EchoMessage.Reception, from: HostAddress?, isRaw: Bool?) {
        switch what {
        case .reply(let message):
            guard isRaw == false || message.identifier == self.identifier,
                let attempt = self.tries[message.sequence],
                let request = self.requests[attempt.number], from?.isSameHost(as: request.host) == true,
                message.token == self.token(attempt.number),
                let answer = request.replied(to: attempt.count, now: monotonicNanoseconds())
            else { return }
            self.finish(attempt.number, answer)
        case .undelivered(let identifier, let sequence, let to, _):
            guard isRaw == false || identifier == self.identifier, let attempt = self.tries[sequence],
                self.requests[attempt.number]?.host.bytes == to
            else { return }
            // The same try may be reported by several routers; it counts once.
            self.tries[sequence] = nil
            if let answer = self.requests[attempt.number]?.notDelivered() {
                self.finish(attempt.number, answer)
            }
        }
    }
}

// MARK: - Connections

extension LoopState {
    private func connect(_ number: UInt64, _ host: HostAddress, _ port: UInt16) {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(host.isIPv6 ? AF_INET6 : AF_INET, flags, 0)
        guard descriptor >= 0 else {
            self.ended(number, port, .exhausted(systemWords(errno)))
            return
        }
        let code = host.withSocketAddress(port: port) { Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno }
        if code == EINPROGRESS {
            self.connections[descriptor] = Connection(number: number, port: port)
        } else {
            close(descriptor)
            // Said at once, "network unreachable" is our own table of routes.
            self.ended(number, port, code == ENETUNREACH ? .noRoute(systemWords(code)) : Self.end(code))
        }
    }

    private func concludeConnection(_ descriptor: Int32) {
        guard let connection = self.connections.removeValue(forKey: descriptor) else { return }
        var (code, length): (Int32, socklen_t) = (0, socklen_t(MemoryLayout<Int32>.size))
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) != 0 { code = errno }
        close(descriptor)
        self.ended(connection.number, connection.port, Self.end(code))
    }

    private func ended(_ number: UInt64, _ port: UInt16, _ end: ConnectEnd) {
        let now = monotonicNanoseconds()
        if let answer = self.requests[number]?.ended(port, error: end, now: now) {
            self.finish(number, answer)
        }
    }

    private static func end(_ code: Int32) -> ConnectEnd {
        switch code {
        case 0: .accepted
        case ECONNREFUSED, ECONNRESET: .refused
        case EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EADDRNOTAVAIL: .exhausted(systemWords(code))
        case EACCES, EPERM, EAFNOSUPPORT: .noRoute(systemWords(code))
        default: .unreachable(systemWords(code))
        }
    }
}

private func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

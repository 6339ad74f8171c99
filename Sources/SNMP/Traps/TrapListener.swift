internal import Glibc
internal import Synchronization

/// Listens for traps and informs on one UDP port, IPv4 and IPv6, answers informs, and hands each on as a hint.
///
/// One thread of its own. What arrives is limited before it is looked at (`TrapLimits`); a trap is delivered only when
/// its community or user is one of those given.
public final class TrapListener: Sendable {
    /// The port for traps (RFC 3417 §3.2).
    public static let standardPort: UInt16 = 162

    private struct State {
        /// `nil` once the thread has let the socket go.
        var waker: TrapSocket.Waker?
        var isClosing = false
        var counters = TrapCounters()
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private final class Shared: Sendable {
        let state: Mutex<State>

        init(waker: TrapSocket.Waker) {
            self.state = Mutex(State(waker: waker))
        }

        func end() -> [CheckedContinuation<Void, Never>] {
            self.state.withLock { state in
                defer { state.closers = [] }
                return state.closers
            }
        }
    }

    /// The port listened on.
    public let port: UInt16
    private let shared: Shared

    /// Opens the port and starts listening.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system choose one.
    ///   - communities: Whose v1 and v2c traps are heard.
    ///   - users: Whose v3 traps are heard, each at the very level of its credential.
    ///   - engine: Ours, for informs of v3; kept over restarts by the caller.
    ///   - limits: Against floods.
    ///   - handler: Called on the listener's thread, one trap at a time; must return soon.
    /// - Throws: When a limit is out of range, the port is taken or may not be opened (below 1024 it takes a right), or
    ///   the system refuses a thread.
    public init(
        port: UInt16 = TrapListener.standardPort,
        communities: [String],
        users: [USMCredential] = [],
        engine: OwnEngine,
        limits: TrapLimits = TrapLimits(),
        handler: @escaping @Sendable (SNMPTrap) -> Void
    ) throws(SNMPError) {
        try limits.check()
        let socket = try TrapSocket(port: port)
        let now = MonotonicTime.read()
        let reader = try TrapReader(
            communities: communities,
            users: users,
            engine: engine,
            firstSalt: .random(in: 0...(.max)),
            now: now
        )
        self.port = socket.port
        self.shared = Shared(waker: socket.waker)
        let loop = Loop(
            socket: socket,
            reader: reader,
            admission: TrapAdmission(limits: limits, now: now),
            shared: self.shared,
            handler: handler
        )
        try Self.start(loop)
    }

    deinit { Self.close(self.shared, nil) }

    /// What has been taken and thrown away so far.
    public var counters: TrapCounters { self.shared.state.withLock { $0.counters } }

    /// Stops listening; returns when the port is free again. May be called more than once.
    public func close() async {
        await withCheckedContinuation { Self.close(self.shared, $0) }
    }

    private static func close(_ shared: Shared, _ closer: CheckedContinuation<Void, Never>?) {
        let isOver = shared.state.withLock { state in
            guard let waker = state.waker else { return true }
            if let closer { state.closers.append(closer) }
            state.isClosing = true
            waker.wake()
            return false
        }
        if isOver { closer?.resume() }
    }

    private static func start(_ loop: Loop) throws(SNMPError) {
        var cargo: Loop? = loop
        let code = DetachedThread.start("snmp-traps") {
            guard let loop = cargo.take() else { return }
            let shared = TrapListener.run(loop)
            // The port is free by now.
            for closer in shared.end() { closer.resume() }
        }
        guard code == 0 else { throw SNMPError(.start, "trap thread", systemText(code)) }
    }

    /// Runs the loop and lets it go.
    private static func run(_ loop: consuming Loop) -> Shared {
        loop.run()
        return loop.shared
    }
}

extension TrapListener {
    /// What the thread owns.
    private final class Loop {
        private var socket: TrapSocket
        private var reader: TrapReader
        private var admission: TrapAdmission
        private var counters = TrapCounters()
        let shared: Shared
        private let handler: @Sendable (SNMPTrap) -> Void

        init(
            socket: consuming TrapSocket,
            reader: consuming TrapReader,
            admission: TrapAdmission,
            shared: Shared,
            handler: @escaping @Sendable (SNMPTrap) -> Void
        ) {
            self.socket = socket
            self.reader = reader
            self.admission = admission
            self.shared = shared
            self.handler = handler
        }

        func run() {
            while true {
                self.socket.wait()
                for isIPv6 in [false, true] { self.takeAll(isIPv6: isIPv6) }
                let isClosing = self.shared.state.withLock { state in
                    state.counters = self.counters
                    if state.isClosing { state.waker = nil }
                    return state.isClosing
                }
                if isClosing { return }
            }
        }

        private func takeAll(isIPv6: Bool) {
            // Bounded, so that neither a flood nor one family holds the loop.
            for _ in 0..<256 {
                // Taken apart, so that the socket lends its bytes while the rest works on them.
                let now = MonotonicTime.read()
                var taken: SNMPTrap?
                let isThere = self.socket.receive(isIPv6: isIPv6) { [self] bytes, source in
                    self.take(bytes, from: source, at: now, delivering: &taken)
                }
                if let taken { self.handler(taken) }
                guard isThere else { return }
            }
        }

        private func take(
            _ bytes: RawSpan,
            from source: AgentAddress,
            at now: MonotonicTime,
            delivering taken: inout SNMPTrap?
        ) -> [UInt8]? {
            self.counters.received += 1
            let ruling = self.admission.rule(on: bytes, from: source, at: now)
            switch ruling {
            case .overSourceLimit:
                self.counters.overSourceLimit += 1
                return nil
            case .overOverallLimit:
                self.counters.overOverallLimit += 1
                return nil
            case .repeated: self.counters.repeated += 1
            case .admitted: break
            }
            switch self.reader.read(bytes, from: source, at: now) {
            case .trap(let trap, let answer):
                if ruling == .admitted {
                    self.counters.delivered += 1
                    taken = trap
                }
                if answer != nil { self.counters.answered += 1 }
                return answer
            case .report(let answer):
                self.counters.reports += 1
                return answer
            case .notAuthentic: self.counters.notAuthentic += 1
            case .malformed: self.counters.malformed += 1
            }
            return nil
        }
    }
}

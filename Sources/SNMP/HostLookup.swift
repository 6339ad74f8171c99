internal import Glibc
internal import Synchronization

/// One look-up of a host name, on a thread of its own, because the C library's blocks and keeps no deadline.
enum HostLookup {
    /// Look-ups under way at once; a resolver that hangs must not gather threads without end.
    static let most = 32
    private static let underWay = Atomic<Int>(0)

    private typealias Outcome = Result<AgentAddress, SNMPError>

    /// The first word wins: the resolver's, or the deadline's.
    private final class Verdict: Sendable {
        private struct State {
            var waiting: CheckedContinuation<Outcome, Never>?
            var outcome: Outcome?
        }

        let host: String
        let port: UInt16
        private let state = Mutex(State())

        init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        func settle(_ outcome: Outcome) {
            let waiting = self.state.withLock { state -> CheckedContinuation<Outcome, Never>? in
                guard state.outcome == nil else { return nil }
                state.outcome = outcome
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume(returning: outcome)
        }

        func outcome() async -> Outcome {
            await withCheckedContinuation { continuation in
                let settled = self.state.withLock { state -> Outcome? in
                    if state.outcome == nil { state.waiting = continuation }
                    return state.outcome
                }
                if let settled { continuation.resume(returning: settled) }
            }
        }
    }

    /// The first address of a host, asked of the system's resolver.
    static func address(
        of host: String,
        port: UInt16,
        within limit: Duration
    ) async throws(SNMPError) -> AgentAddress {
        let verdict = Verdict(host: host, port: port)
        try Self.begin(verdict)
        let outcome = await withTaskGroup(of: Void.self, returning: Outcome.self) { group in
            group.addTask {
                // Ends early only by cancellation, and then there is a verdict or nobody to hear one.
                try? await Task.sleep(for: limit)
                let reason = Task.isCancelled ? "called off" : "nobody said in \(limit)"
                verdict.settle(.failure(SNMPError(.resolve, host, reason)))
            }
            let outcome = await verdict.outcome()
            group.cancelAll()
            return outcome
        }
        return try outcome.get()
    }

    private static func begin(_ verdict: Verdict) throws(SNMPError) {
        guard Self.underWay.wrappingAdd(1, ordering: .relaxed).oldValue < Self.most else {
            Self.underWay.wrappingSubtract(1, ordering: .relaxed)
            throw SNMPError(.resolve, verdict.host, "\(Self.most) look-ups hang already")
        }
        let code = DetachedThread.start("host-lookup") {
            verdict.settle(Self.ask(verdict.host, port: verdict.port))
            Self.underWay.wrappingSubtract(1, ordering: .relaxed)
        }
        guard code == 0 else {
            Self.underWay.wrappingSubtract(1, ordering: .relaxed)
            throw SNMPError(.resolve, verdict.host, systemText(code))
        }
    }

    /// Asks the C library, for as long as it takes.
    private static func ask(_ host: String, port: UInt16) -> Outcome {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0 else {
            return .failure(SNMPError(.resolve, host, String(cString: gai_strerror(code))))
        }
        var entry = found
        while let current = entry {
            if let address = Self.address(current.pointee, port: port) { return .success(address) }
            entry = current.pointee.ai_next
        }
        return .failure(SNMPError(.resolve, host, "no address of IPv4 or IPv6"))
    }

    private static func address(_ entry: addrinfo, port: UInt16) -> AgentAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET where entry.ai_addrlen >= MemoryLayout<sockaddr_in>.size:
            let bits = raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
            return AgentAddress(
                high: 0,
                low: UInt64(UInt32(bigEndian: bits)),
                scope: 0,
                isIPv6: false,
                port: port
            )
        case AF_INET6 where entry.ai_addrlen >= MemoryLayout<sockaddr_in6>.size:
            let address = raw.loadUnaligned(as: sockaddr_in6.self)
            return AgentAddress(address.sin6_addr, scope: address.sin6_scope_id, port: port)
        default:
            return nil
        }
    }
}

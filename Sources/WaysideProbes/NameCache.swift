internal import Glibc
internal import Synchronization

/// Host names and their addresses, asked of the system's resolver at most once a minute (域名缓存).
///
/// The resolver blocks and keeps no deadline, so it rides a lane, and whoever waits for it leaves at a deadline of its
/// own; a later asker gets what it said in the end. When nobody says anything, the last known address still holds.
public final class NameCache: Sendable {
    /// Why there is no address.
    enum Failure: Error, Hashable {
        /// The resolver says that there is no such host.
        case noSuchHost
        /// Nobody said in time.
        case nobodySaid
        /// Too many look-ups hang already.
        case tooMany
    }

    typealias Answer = Result<HostAddress, Failure>

    private struct Entry {
        var answer: Answer
        var lastAddress: HostAddress?
        var until: ContinuousClock.Instant
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var asked: Set<String> = []
        var waiting: [String: [UInt64: CheckedContinuation<Answer, Never>]] = [:]
        var lastTicket: UInt64 = 0
    }

    private static let askedLimit = 64
    private static let entryLimit = 100_000
    private let lane: any TaskExecutor
    private let goodFor: Duration
    private let badFor: Duration
    private let resolve: @Sendable (String) -> Answer
    private let state = Mutex(State())

    /// A cache that asks on that lane, of a few threads.
    ///
    /// - Parameters:
    ///   - lane: Where the resolver may block.
    ///   - goodFor: How long an address holds; default 60 s.
    ///   - badFor: How long "no such host" holds; default 10 s.
    public convenience init(
        lane: any TaskExecutor,
        goodFor: Duration = .seconds(60),
        badFor: Duration = .seconds(10)
    ) {
        self.init(lane: lane, goodFor: goodFor, badFor: badFor, resolve: Self.askSystem)
    }

    init(
        lane: any TaskExecutor,
        goodFor: Duration,
        badFor: Duration,
        resolve: @escaping @Sendable (String) -> Answer
    ) {
        (self.lane, self.goodFor, self.badFor, self.resolve) = (lane, goodFor, badFor, resolve)
    }

    /// The host's address; a numeric one at once, without asking anybody.
    func address(of host: String, within limit: Duration) async -> Answer {
        if let address = HostAddress(host) { return .success(address) }
        let isBegun = self.state.withLock { state -> Answer? in
            if let entry = state.entries[host], entry.until > .now { return entry.answer }
            guard !state.asked.contains(host) else { return nil }
            guard state.asked.count < Self.askedLimit else {
                return state.entries[host]?.lastAddress.map { .success($0) } ?? .failure(.tooMany)
            }
            state.asked.insert(host)
            // Not a child of whoever asks first: the answer is for all, and comes when it comes.
            Task(executorPreference: self.lane) { self.settle(host, self.resolve(host)) }
            return nil
        }
        if let isBegun { return isBegun }
        let ticket = self.state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskGroup(of: Void.self, returning: Answer.self) { group in
            group.addTask {
                // Ends early only when the answer is there.
                try? await Task.sleep(for: limit)
                self.leave(host, ticket)
            }
            let answer = await self.wait(host, ticket)
            group.cancelAll()
            return answer
        }
    }

    private func wait(_ host: String, _ ticket: UInt64) async -> Answer {
        await withCheckedContinuation { continuation in
            let known = self.state.withLock { state -> Answer? in
                if !state.asked.contains(host), let entry = state.entries[host] { return entry.answer }
                state.waiting[host, default: [:]][ticket] = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func leave(_ host: String, _ ticket: UInt64) {
        let (continuation, address) = self.state.withLock { state in
            (state.waiting[host]?.removeValue(forKey: ticket), state.entries[host]?.lastAddress)
        }
        continuation?.resume(returning: address.map { .success($0) } ?? .failure(.nobodySaid))
    }

    private func settle(_ host: String, _ answer: Answer) {
        let (waiting, answer) = self.state.withLock { state in
            let before = state.entries[host]?.lastAddress
            var (told, address, until) = (answer, before, ContinuousClock.now + self.badFor)
            switch answer {
            case .success(let found): (address, until) = (found, .now + self.goodFor)
            case .failure(.noSuchHost): address = nil
            case .failure: if let before { told = .success(before) }
            }
            if state.entries.count > Self.entryLimit { state.entries.removeAll() }
            state.entries[host] = Entry(answer: told, lastAddress: address, until: until)
            state.asked.remove(host)
            return (state.waiting.removeValue(forKey: host) ?? [:], told)
        }
        for continuation in waiting.values { continuation.resume(returning: answer) }
    }

    /// Blocks for as long as the system's resolver does.
    private static func askSystem(_ host: String) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        // glibc's EAI_NODATA (-5), which its headers show only to GNU sources: the name exists without an address.
        guard code == 0 else { return .failure([EAI_NONAME, -5].contains(code) ? .noSuchHost : .nobodySaid) }
        var entry = found
        while let current = entry {
            var storage = sockaddr_storage()
            let length = min(Int(current.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutableBytes(of: &storage) { target in
                if let raw = UnsafeRawPointer(current.pointee.ai_addr) {
                    target.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: length))
                }
            }
            if let address = HostAddress(storage) { return .success(address) }
            entry = current.pointee.ai_next
        }
        return .failure(.noSuchHost)
    }
}

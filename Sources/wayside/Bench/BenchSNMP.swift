internal import Glibc
internal import SNMP
internal import Synchronization

/// The measurement of `wayside bench snmp` (SNMP 基准): an engine asks devices, and what it used is read off before
/// and after.
struct BenchSNMP {
    /// What was measured.
    struct Figures {
        var requests = 0
        var values = 0
        var seconds = 0.0
        var userMicroseconds = 0.0
        var systemMicroseconds = 0.0
        /// Processor time of the first round, one question a device: with v3, finding everybody's engine.
        var firstRoundMicroseconds = 0.0
        /// What the first round takes more than the same round over again: with v3 the discovery alone (engine ID, boots and
        /// time, and the keys of every engine), and the first touch of the memory for it.
        var discoveryMicroseconds = 0.0
        /// What the process has grown by, the agents and whatever the allocator keeps included.
        var bytesPerDevice = 0
        /// The heap in use more than before the engine took its subjects: its own state, without what the caller keeps of
        /// each device (agents, this measurement's own tables).
        var engineBytesPerDevice = 0
        /// Of the devices that are alive, in milliseconds, in order.
        var sortedLateness: [Double] = []
        var retries = 0
        var unanswered = 0
        var bad = 0
        var loadAverage = 0.0
        /// What the engine cannot do, in its own words.
        var refusal: String?

        var cpuMicroseconds: Double { self.userMicroseconds + self.systemMicroseconds }
        var valuesPerRequest: Double { self.requests == 0 ? 0 : Double(self.values) / Double(self.requests) }
        var requestsPerSecond: Double { self.seconds == 0 ? 0 : Double(self.requests) / self.seconds }
        var corePercent: Double { self.requestsPerSecond * self.cpuMicroseconds / 10_000 }

        func lateness(_ share: Double) -> Double {
            guard let last = self.sortedLateness.indices.last else { return 0 }
            return self.sortedLateness[Int(Double(last) * share)]
        }
    }

    /// What replies add up to. Written on the engine's thread.
    private final class Tally: Sendable {
        struct Sums {
            var replies = 0
            var requests = 0
            var values = 0
            var bad = 0
            var unanswered = 0
            /// So that no reading can be left out as unused.
            var check: UInt64 = 0
            var lateness: [Float] = []
            var keepsLateness = false
            var refusal: String?
            /// The next count of replies that somebody waits for, and who gets a word when it is there.
            var awaited = Int.max
            var arrival: AsyncStream<Void>.Continuation?
        }

        let sums = Mutex(Sums())
        private let deadInHundred: UInt32
        private let readsNames: Bool

        init(deadInHundred: Int, readsNames: Bool) {
            (self.deadInHundred, self.readsNames) = (UInt32(deadInHundred), readsNames)
        }

        func take(_ reply: PollReply, _ bytes: RawSpan) {
            // The engine's thread is nearly the only one here: the lock is free.
            self.sums.withLock { sums in
                sums.replies += 1
                if sums.replies == sums.awaited { sums.arrival?.finish() }
                switch reply.outcome {
                case .values(let list):
                    sums.requests += 1
                    for entry in list.entries {
                        if self.readsNames {
                            sums.check &+= UInt64(entry.name(in: bytes).subidentifiers.count)
                        }
                        guard let number = entry.unsigned(in: bytes) else {
                            sums.bad += 1
                            continue
                        }
                        sums.values += 1
                        sums.check &+= number
                    }
                    if sums.keepsLateness, reply.token % 100 >= self.deadInHundred {
                        sums.lateness.append(Float(reply.lateness / .microseconds(1)) / 1_000)
                    }
                case .silent, .refused, .unreachable: sums.unanswered += 1
                case .unsupported(let reason): sums.refusal = reason
                case .agentError, .malformed, .securityRefused, .sendFailed, .overloaded: sums.bad += 1
                }
            }
        }
    }

    private let engine: SNMPEngine
    private let tally: Tally
    private let agents: [SNMPAgent]
    private let questions: [PollTemplate]
    private let interval: Duration?
    private let residentBefore: Int
    private let heapBefore: Int

    init(
        port: UInt16,
        devices: Int,
        deadInHundred: Int,
        question: BenchSNMPCommand.Question,
        credential: SNMPCredential,
        window: Int,
        interval: Int?
    ) throws(SNMPError) {
        var settings = SNMPEngineSettings()
        settings.sendsPerSecond = 1_000_000
        settings.sendBurst = 256
        settings.receiveBufferBytes = 64 << 20
        settings.roundWindow = window
        let tally = Tally(deadInHundred: deadInHundred, readsNames: question == .bulkNames)
        self.tally = tally
        self.engine = try SNMPEngine(settings: settings) { tally.take($0, $1) }
        self.questions = [try Self.template(question)]
        self.interval = interval.map { .seconds($0) }
        self.agents = (0..<devices).compactMap { number in
            AgentAddress("127.1.\(number / 256).\(number % 256)", port: port)
                .map { SNMPAgent(address: $0, credential: credential) }
        }
        self.residentBefore = Self.residentBytes()
        self.heapBefore = Self.heapBytes()
    }

    /// 6 objects, or 1 and 6 columns of 10: what a round on a switch asks for.
    private static func template(_ question: BenchSNMPCommand.Question) throws(SNMPError) -> PollTemplate {
        let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3]
        let columns: [OID] = [
            [1, 3, 6, 1, 2, 1, 2, 2, 1, 8], [1, 3, 6, 1, 2, 1, 2, 2, 1, 14],
            [1, 3, 6, 1, 2, 1, 2, 2, 1, 20], [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6],
            [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10], [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15],
        ]
        guard question == .get else { return try .getBulk(columns, after: [upTime], repetitions: 10) }
        return try .get(
            [upTime.appending(0)].compactMap(\.self) + columns.dropLast().compactMap { $0.appending(1) }
        )
    }

    func run(seconds: Int) async throws(SNMPError) -> Figures {
        var figures = Figures()
        let before = Usage.now()
        let first = try await self.askEverybodyOnce()
        figures.refusal = first
        if first != nil {
            await self.engine.close()
            return figures
        }
        let afterFirst = Usage.now()
        figures.firstRoundMicroseconds = (afterFirst.cpu - before.cpu) / Double(self.agents.count)
        _ = try await self.askEverybodyOnce()
        let again = (Usage.now().cpu - afterFirst.cpu) / Double(self.agents.count)
        figures.discoveryMicroseconds = max(0, figures.firstRoundMicroseconds - again)
        // What is measured begins when everybody has had a turn, or half the time is over.
        try await self.wait(
            replies: self.interval == nil ? self.agents.count : 1,
            atMost: .seconds(max(1, seconds / 2)),
            begin: self.watchEverybody
        )
        self.tally.sums.withLock {
            $0.lateness.removeAll(keepingCapacity: true)
            // Without an interval everybody is due at once, and lateness says nothing.
            $0.keepsLateness = self.interval != nil
        }
        let (start, counters) = (Usage.now(), self.engine.counters)
        let opening = self.tally.sums.withLock { ($0.requests, $0.values, $0.bad, $0.unanswered) }
        try await self.wait(replies: .max, atMost: .seconds(seconds)) {}
        let (end, last) = (Usage.now(), self.engine.counters)
        let kept = self.tally.sums.withLock { $0.lateness.capacity * MemoryLayout<Float>.stride }
        figures.engineBytesPerDevice = max(0, Self.heapBytes() - self.heapBefore - kept) / self.agents.count
        figures.bytesPerDevice = max(0, Self.residentBytes() - self.residentBefore) / self.agents.count
        self.tally.sums.withLock { sums in
            figures.requests = sums.requests - opening.0
            figures.values = sums.values - opening.1
            figures.bad = sums.bad - opening.2
            figures.unanswered = sums.unanswered - opening.3
            figures.sortedLateness = sums.lateness.map(Double.init).sorted()
        }
        await self.engine.close()
        figures.seconds = end.wall - start.wall
        figures.retries = Int(last.retries - counters.retries)
        let requests = Double(max(1, figures.requests))
        figures.userMicroseconds = (end.user - start.user) / requests
        figures.systemMicroseconds = (end.system - start.system) / requests
        figures.loadAverage = Self.loadAverage()
        return figures
    }

    /// Returns what the engine says that it cannot do.
    private func askEverybodyOnce() async throws(SNMPError) -> String? {
        // Dead ones need their deadline; a responder that is not there at all must not hold us up.
        try await self.wait(replies: self.agents.count, atMost: .seconds(30)) { () throws(SNMPError) in
            try self.watch(interval: nil, rounds: 1) { _ in .zero }
        }
        return self.tally.sums.withLock { $0.refusal }
    }

    private func watchEverybody() throws(SNMPError) {
        if let interval = self.interval {
            try self.watch(interval: interval, rounds: 1) { interval * $0 }
        } else {
            // Rounds of many questions, one upon the other: the engine is never without something to ask.
            try self.watch(
                interval: .milliseconds(100),
                rounds: max(1, min(255, 200_000 / self.agents.count))
            ) { _ in .zero }
        }
    }

    /// `place` says when the first round is due for a share of all devices, 0 to 1.
    private func watch(interval: Duration?, rounds: Int, place: (Double) -> Duration) throws(SNMPError) {
        let questions = [PollTemplate](repeating: self.questions[0], count: rounds)
        var subjects: [PollSubject] = []
        subjects.reserveCapacity(self.agents.count)
        for (number, agent) in self.agents.enumerated() {
            subjects.append(
                try PollSubject(
                    token: UInt32(number),
                    agent: agent,
                    questions: questions,
                    interval: interval,
                    firstAfter: place(Double(number) / Double(self.agents.count))
                )
            )
        }
        self.engine.watch(subjects)
    }

    /// Returns when so many replies have come since `begin`, or the time is over.
    private func wait(
        replies: Int,
        atMost limit: Duration,
        begin: () throws(SNMPError) -> Void
    ) async throws(SNMPError) {
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        self.tally.sums.withLock {
            $0.awaited = replies == .max ? .max : $0.replies + replies
            $0.arrival = arrival
        }
        try begin()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in arrivals {} }
            // Cancelled when the replies are there first; that is no fault.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension BenchSNMP {
    /// What this process has used, in microseconds, and the clock in seconds.
    private struct Usage {
        let user: Double
        let system: Double
        let wall: Double
        var cpu: Double { self.user + self.system }

        static func now() -> Usage {
            var used = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &used)
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Usage(
                user: Double(used.ru_utime.tv_sec) * 1e6 + Double(used.ru_utime.tv_usec),
                system: Double(used.ru_stime.tv_sec) * 1e6 + Double(used.ru_stime.tv_usec),
                wall: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
            )
        }
    }

    /// The resident set in bytes; 0 where the kernel does not say.
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        let words = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What is in use of the heaps, in bytes, the large pieces that are mapped by themselves included.
    private static func heapBytes() -> Int {
        // The C library tells it in XML only, and Swift's module of it does not show that door.
        guard let door = dlsym(nil, "malloc_info") else { return 0 }
        typealias Writer = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
        var (text, count): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        guard let file = open_memstream(&text, &count) else { return 0 }
        _ = unsafeBitCast(door, to: Writer.self)(0, file)
        fclose(file)
        defer { free(text) }
        // The last of each kind is of all heaps together.
        let lines = text.map { String(cString: $0).split(separator: "\n") } ?? []
        func bytes(_ kind: String) -> Int {
            let size = lines.last { $0.hasPrefix("<\(kind)\"") }?.split(separator: "size=\"").last
            return size.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        }
        return bytes("system type=\"current") + bytes("total type=\"mmap") - bytes("total type=\"fast")
            - bytes("total type=\"rest")
    }

    private static func loadAverage() -> Double {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? loads[0] : 0
    }
}

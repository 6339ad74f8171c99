import Testing

@testable import SNMP

@Suite("Questions")
struct PollTemplateTests {
    @Test("no question that can be encoded carries the tag of a SET")
    func readsOnly() throws {
        let setRequest: UInt8 = 0xA3
        #expect(RequestKind.allCases.map(\.rawValue) == [0xA0, 0xA1, 0xA5])
        let name: OID = [1, 3, 6, 1, 2, 1, 1, 1, 0]
        let templates = [
            try PollTemplate.get([name]), try .getNext([name]), try .getBulk([name], repetitions: 10),
            .next(name, 1), .next(name, 10),
        ]
        #expect(Set(templates.map(\.kind)) == Set(RequestKind.allCases))
        for template in templates {
            var datagram: [UInt8] = []
            CommunityHead(version: 1, community: "right").write(template, requestID: 1, into: &datagram)
            let envelope = try MessageEnvelope(datagram.span.bytes)
            #expect(envelope.pduTag != setRequest)
            #expect(RequestKind(rawValue: envelope.pduTag) == template.kind)
        }
    }

    @Test("a question is what the standard says, byte for byte")
    func bytes() throws {
        let template = try PollTemplate.get([[1, 3, 6, 1, 2, 1, 1, 3, 0]])
        var datagram: [UInt8] = []
        CommunityHead(version: 1, community: "public").write(
            template,
            requestID: 0x0102_0304,
            into: &datagram
        )
        #expect(
            datagram == [
                0x30, 0x29, 2, 1, 1, 4, 6, 0x70, 0x75, 0x62, 0x6C, 0x69, 0x63, 0xA0, 0x1C, 2, 4, 1, 2, 3, 4,
                2,
                1, 0, 2, 1, 0, 0x30, 0x0E, 0x30, 0x0C, 6, 8, 0x2B, 6, 1, 2, 1, 1, 3, 0, 5, 0,
            ]
        )
    }

    @Test("a long question with a long community is framed rightly", arguments: [1, 20, 120, 200, 255, 300])
    func lengths(size: Int) throws {
        let names = (0..<200).compactMap { OID([1, 3, 6, 1, 4, 1, 99_999, UInt32($0)]) }
        let template = try PollTemplate.get(names)
        var datagram: [UInt8] = []
        let head = CommunityHead(version: 0, community: String(repeating: "c", count: size))
        head.write(template, requestID: 77, into: &datagram)
        let request = try FakeRequest(datagram)
        #expect(request.names == names)
        #expect(request.requestID == 77)
        #expect(request.community.count == size)
    }

    @Test("a question about nothing, or about too much, is refused")
    func limits() {
        #expect(throws: SNMPError.self) { try PollTemplate.get([]) }
        #expect(throws: SNMPError.self) { try PollTemplate.get([OID](repeating: [1, 3], count: 257)) }
        #expect(throws: SNMPError.self) { try PollTemplate.getBulk([[1, 3]], repetitions: 0) }
    }
}

@Suite("Bindings in place")
struct VarBindListTests {
    private static let asked: [OID] = [[1, 3, 1], [1, 3, 2], [1, 3, 3]]

    /// The list of an answer with these bindings, arranged for a GET of `asked`.
    private func arranged(
        _ varBinds: [(OID, SNMPValue)],
        _ body: (VarBindList, OID?, RawSpan) throws -> Void
    ) throws {
        var writer = BERWriter()
        for (name, value) in varBinds.reversed() {
            writer.element(BERTag.sequence) { pair in
                pair.value(value)
                pair.name(name)
            }
        }
        let bytes = writer.bytes
        var list = VarBindList()
        try list.read(BERReader(bytes.span.bytes), in: bytes.span.bytes)
        let unasked = list.arrange(for: try PollTemplate.get(Self.asked), in: bytes.span.bytes)
        try body(list, unasked, bytes.span.bytes)
    }

    @Test("an answer to a GET stands in the order of the question, whatever order the agent chose")
    func order() throws {
        let orders: [[(OID, SNMPValue)]] = [
            [([1, 3, 1], .integer(1)), ([1, 3, 2], .integer(2)), ([1, 3, 3], .integer(3))],
            [([1, 3, 3], .integer(3)), ([1, 3, 1], .integer(1)), ([1, 3, 2], .integer(2))],
            [
                ([1, 3, 2], .integer(2)), ([1, 3, 2], .integer(9)), ([1, 3, 3], .integer(3)),
                ([1, 3, 1], .integer(1)),
            ],
        ]
        for order in orders {
            try self.arranged(order) { list, unasked, bytes in
                #expect(unasked == nil)
                #expect(list.entries.map { $0.unsigned(in: bytes) } == [1, 2, 3])
                #expect(list.entries.map { $0.name(in: bytes) } == Self.asked)
            }
        }
    }

    @Test("an object that the answer leaves out is missing, and one that it brings along is named")
    func missing() throws {
        try self.arranged([([1, 3, 2], .counter64(.max))]) { list, unasked, bytes in
            #expect(unasked == nil)
            #expect(list.entries.map(\.isMissing) == [true, false, true])
            #expect(list.entries[1].unsigned(in: bytes) == .max && list.entries[1].signed(in: bytes) == nil)
            #expect(list.varBinds(in: bytes) == [VarBind(name: [1, 3, 2], value: .counter64(.max))])
        }
        try self.arranged([([1, 3, 1], .null), ([1, 3, 9], .null)]) { _, unasked, _ in
            #expect(unasked == [1, 3, 9])
        }
    }

    @Test("a name is one by the same rules, made or not")
    func names() throws {
        let contents: [[UInt8]] = [
            [], [0x2B], [0x2B, 0x81], [0x2B, 0x8F, 0xFF, 0xFF, 0xFF, 0x7F],
            [0x2B, 0x90, 0x80, 0x80, 0x80, 0x00],
            [0x90, 0x80, 0x80, 0x80, 0x4F], [0x90, 0x80, 0x80, 0x80, 0x50], [0x90, 0x80, 0x80, 0x80, 0x51],
            [UInt8](repeating: 1, count: 127), [UInt8](repeating: 1, count: 128), [0x80, 0x80, 0x01],
        ]
        for content in contents {
            let reader = BERReader(content.span.bytes)
            #expect(
                reader.isName(in: content.span.bytes) == (reader.nameContent(in: content.span.bytes) != nil),
                "\(content)"
            )
        }
    }
}

@Suite("Request table")
struct RequestTableTests {
    @Test("an id is positive in 31 bits, and an earlier one of the same question is late")
    func generations() throws {
        var table = RequestTable<String>(window: 4)
        let inserted = table.insert("a")
        let first = try #require(inserted)
        #expect(first >> 31 == 0)
        var id = first
        for _ in 0..<40_000 {
            let next = table.renew(id)
            #expect(next >> 31 == 0 && next != id && next & 0xFFFF == first & 0xFFFF)
            #expect(table.find(id) == .late)
            id = next
        }
        #expect(table[id] == "a")
        #expect(table.remove(id) == "a")
        #expect(table.remove(id) == nil)
        #expect(table.find(id) == .late)
        #expect(table.find(0x8000_0000 | id) == .unknown)
        #expect(table.find(0xFFFF) == .unknown)
    }

    @Test("a full window takes no more, and a slot comes back as the last in the row")
    func window() throws {
        var table = RequestTable<Int>(window: 3)
        let ids = (0..<3).compactMap { table.insert($0) }
        #expect(ids.count == 3)
        #expect(table.insert(9) == nil)
        #expect(table.remove(ids[1]) == 1)
        #expect(table.remove(ids[0]) == 0)
        let inserted = table.insert(10)
        let again = try #require(inserted)
        #expect(again & 0xFFFF == ids[1] & 0xFFFF)
        #expect(table.update(again) { $0 + 1 } == 11)
        _ = table.update(again) { $0 += 1 }
        #expect(table[again] == 11)
        #expect(table.removeAll().sorted() == [2, 11])
        #expect(table.count == 0)
    }

    @Test("a slot rests until thousands of others have, and no more slots are made than that takes")
    func resting() throws {
        var table = RequestTable<Int>(window: 65_536)
        var last: [UInt32: Int] = [:]
        for turn in 0..<20_000 {
            let inserted = table.insert(turn)
            let id = try #require(inserted)
            if let before = last.updateValue(turn, forKey: id & 0xFFFF) { #expect(turn - before >= 4_096) }
            #expect(table.remove(id) == turn)
        }
        #expect(last.count <= 4_097)
    }

    @Test("65,536 questions have 65,536 ids")
    func full() {
        var table = RequestTable<Int>(window: 65_536)
        var ids: Set<UInt32> = []
        for number in 0..<65_536 { if let id = table.insert(number) { ids.insert(id) } }
        #expect(ids.count == 65_536)
        #expect(table.isFull)
    }
}

@Suite("Time")
struct EngineTimeTests {
    @Test("the wheel is never early, late by a tick at most, and forgets nothing", arguments: UInt64(0)..<20)
    func wheel(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var now: MonotonicTime = 5_000_000_000
        var wheel = DeadlineWheel(now: now)
        var wanted: [UInt32: MonotonicTime] = [:]
        for id in 0..<500 as Range<UInt32> {
            let time = now + .random(in: -1_000_000_000...40_000_000_000, using: &numbers)
            wanted[id] = time
            wheel.add(id, dueAt: time)
        }
        while let next = wheel.nextDue() {
            // Sometimes the loop comes late, once by more than a whole turn.
            let isLate = Int.random(in: 0..<40, using: &numbers) == 0
            let before = now
            now = max(next, now) + (isLate ? 15_000_000_000 : 0)
            var due: [UInt32] = []
            wheel.expire(at: now, into: &due)
            for id in due {
                let time = wanted.removeValue(forKey: id)
                #expect(time.map { $0 <= now } == true)
                if !isLate { #expect(time.map { max($0, before) + 2 * DeadlineWheel.tick >= now } == true) }
            }
        }
        #expect(wanted.isEmpty)
        #expect(wheel.count == 0)
    }

    @Test("a wheel takes what is due at the end of time")
    func farAway() {
        var wheel = DeadlineWheel(now: 0)
        wheel.add(1, dueAt: .max)
        var due: [UInt32] = []
        wheel.add(2, dueAt: 20 * 86_400 * 1_000_000_000)
        wheel.expire(at: 100_000_000_000, into: &due)
        #expect(due.isEmpty)
        wheel.expire(at: 20 * 86_400 * 1_000_000_000, into: &due)
        #expect(due == [2])
    }

    @Test("the pacer lets a burst go and then keeps the pace")
    func pacer() {
        var pacer = Pacer(sendsPerSecond: 1_000, burst: 10, now: 0)
        #expect(pacer.allowance(at: 0) == 10)
        pacer.spend(10)
        #expect(pacer.allowance(at: 500_000) == 0)
        #expect(pacer.nextPermit() == 1_000_000)
        #expect(pacer.allowance(at: 3_000_000) == 3)
        #expect(pacer.allowance(at: 3_600_000_000_000) == 10)
        #expect(pacer.allowance(at: 0) == 10)
    }

    @Test("attempts double their waits and all fit before the deadline")
    func retries() {
        var plan = RetryPlan(askedAt: 0, limit: .seconds(5), attempts: 3, retryAfter: .seconds(1))
        #expect(plan.sent(at: 0) == 714_285_714)
        #expect(plan.sent(at: 714_285_714) == 2_142_857_142)
        #expect(plan.sent(at: 2_142_857_142) == nil)
        #expect(plan.deadline == 5_000_000_000)
        var patient = RetryPlan(askedAt: 0, limit: .seconds(60), attempts: 2, retryAfter: .seconds(1))
        #expect(patient.sent(at: 0) == 1_000_000_000)
        #expect(patient.attemptsLeft == 1)
        var endless = RetryPlan(askedAt: 1, limit: .seconds(Int64.max), attempts: 8, retryAfter: .seconds(1))
        #expect(endless.deadline == .max)
        #expect(endless.sent(at: 1) == 1_000_000_001)
    }

    @Test("settings outside their range are refused by name")
    func settings() {
        func refused(_ change: (inout SNMPEngineSettings) -> Void) -> String? {
            var settings = SNMPEngineSettings()
            change(&settings)
            do throws(SNMPError) {
                try settings.check()
                return nil
            } catch { return error.subject }
        }
        #expect(refused { _ in } == nil)
        #expect(refused { $0.window = 0 } == "window")
        #expect(refused { $0.window = 65_537 } == "window")
        #expect(refused { $0.attempts = 0 } == "attempts")
        #expect(refused { $0.deadline = .zero } == "deadline")
        #expect(refused { $0.retryAfter = .milliseconds(1) } == "retryAfter")
        #expect(refused { $0.sendsPerSecond = 0 } == "sendsPerSecond")
        #expect(refused { $0.sendBurst = 0 } == "sendBurst")
        #expect(refused { $0.receiveBufferBytes = 1 } == "receiveBufferBytes")
    }
}

import Testing
import WaysideCore

@Suite("Notices") struct NoticeTests {
    @Test("have a key for the occasion and the channel")
    func keys() {
        let facts = NoticeFacts(
            device: DeviceFacts(key: "CAM-1", name: "Camera 1", kind: .camera),
            facets: [.stream],
            since: Timestamp(milliseconds: 0)
        )
        let keys = Notice.Channel.allCases.map { channel in
            Notice(
                kind: .opened,
                ticketNumber: 17,
                occasion: 1,
                recipient: Recipient(key: "M1", name: "North"),
                channel: channel,
                facts: facts,
                createdAt: Timestamp(milliseconds: 1)
            ).key
        }
        #expect(keys == ["ticket-17-opened-1-webhook", "ticket-17-opened-1-mail"])
    }

    @Test("are tried again after waits that double, within the limit, and then given up")
    func retries() {
        let schedule = RetrySchedule(firstMilliseconds: 1_000, longestMilliseconds: 60_000, mostTries: 12)
        var whole: Int64 = 1_000
        for tries in 1..<12 {
            let wait = schedule.delay(afterTries: tries, key: "ticket-1-opened-1-mail") ?? 0
            #expect((whole / 2 + 1...whole).contains(wait), "after \(tries) tries")
            #expect(schedule.delay(afterTries: tries, key: "ticket-1-opened-1-mail") == wait)
            whole = min(whole * 2, 60_000)
        }
        #expect(schedule.delay(afterTries: 12, key: "ticket-1-opened-1-mail") == nil)
        let waits = Set((1...50).map { schedule.delay(afterTries: 8, key: "ticket-\($0)-opened-1-mail") })
        #expect(waits.count > 25, "receivers are not asked all at once")
    }

    @Test("wait longer when the receiver asks for it, up to the limit")
    func asked() {
        let schedule = RetrySchedule(firstMilliseconds: 1_000, longestMilliseconds: 60_000)
        #expect(schedule.delay(afterTries: 1, key: "k", askedMilliseconds: 30_000) == 30_000)
        #expect(schedule.delay(afterTries: 1, key: "k", askedMilliseconds: 3_600_000) == 60_000)
    }

    @Test("are withheld with a reason")
    func silence() {
        let somebody = Recipient(key: "M1", name: "North")
        var policy = NoticePolicy()
        #expect(policy.verdict(on: .opened, to: somebody) == .tell(somebody, by: [.webhook, .mail]))
        #expect(policy.verdict(on: .opened, to: nil) == .silent(.nobodyHasIt))
        policy.kinds.remove(.warned)
        #expect(policy.verdict(on: .warned, to: somebody) == .silent(.notWanted))
        policy.channels = []
        #expect(policy.verdict(on: .opened, to: somebody) == .silent(.noChannel))
    }
}

@Suite("The time to repair") struct RepairTimeTests {
    @Test("is that of the first row that applies")
    func rows() {
        var policy = TicketPolicy()
        policy.repairTimes = [
            .init(causes: [.noMedia], milliseconds: 1),
            .init(positionClasses: [3], kinds: [.camera], milliseconds: 2),
            .init(kinds: [.switch, .gateway], milliseconds: 3),
        ]
        policy.repairMilliseconds = 4
        let tunnel = DeviceFacts(key: "C", name: "C", kind: .camera, positionClass: 3)
        let aggregation = DeviceFacts(key: "S", name: "S", kind: .switch, positionClass: 3)
        let road = DeviceFacts(key: "R", name: "R", kind: .camera, positionClass: 1)
        #expect(policy.repairMilliseconds(cause: .noMedia, device: tunnel) == 1)
        #expect(policy.repairMilliseconds(cause: .timeout, device: tunnel) == 2)
        #expect(policy.repairMilliseconds(cause: nil, device: aggregation) == 3)
        #expect(policy.repairMilliseconds(cause: .timeout, device: road) == 4)
        #expect(policy.repairMilliseconds(cause: nil, device: nil) == 4)
    }

    @Test("and the other figures of the policy are complained of when they are out of range")
    func complaints() {
        var policy = TicketPolicy()
        #expect(policy.complaints.isEmpty)
        policy.goodProbesToProve = 0
        policy.warnAfterThousandths = 1_001
        #expect(
            policy.complaints == [
                "warnAfterThousandths is 1001, and must be from 0 to 1000",
                "goodProbesToProve is 0, and must be from 1 to 1000",
            ]
        )
    }
}

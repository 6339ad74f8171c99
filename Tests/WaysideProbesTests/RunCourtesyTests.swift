import MediaProbe
import Testing
import WaysideProbes

@Suite("How gently one run asks") struct RunCourtesyTests {
    private static let wrong = MediaCredential(user: "viewer", password: "wrong")

    private static func targets(_ addresses: String...) throws -> [MediaTarget] {
        try addresses.map { try MediaTarget($0, credential: Self.wrong) }
    }

    @Test("a refused credential is offered at its server by nobody else, and elsewhere it is")
    func elsewhere() throws {
        let targets = try Self.targets(
            "rtsp://NVR/1",
            "rtsp://nvr:554/2",
            "rtsp://nvr:8554/2",
            "rtsp://other/1"
        )
        var courtesy = RunCourtesy(of: targets, pace: .seconds(10))
        for stream in targets.indices { #expect(courtesy.sparing(stream, round: .zero) == nil) }
        courtesy.note(0, .authenticationFailed, round: .zero, now: .seconds(1))
        let sparing = courtesy.sparing(1, round: .zero)
        #expect(sparing == .credential && sparing?.cause == .collectorGap)
        #expect(courtesy.sparing(2, round: .zero) == nil && courtesy.sparing(3, round: .zero) == nil)
    }

    @Test("another credential at the same server, and streams without one, speak for themselves")
    func apart() throws {
        let targets = [
            try MediaTarget("rtsp://nvr/1", credential: Self.wrong), try MediaTarget("rtsp://u:right@nvr/2"),
            try MediaTarget("rtsp://nvr/3"), try MediaTarget("rtsp://nvr/4"),
        ]
        var courtesy = RunCourtesy(of: targets, pace: .seconds(10))
        courtesy.note(0, .lockedOut, round: .zero, now: .zero)
        courtesy.note(2, .authenticationFailed, round: .zero, now: .zero)
        #expect(courtesy.sparing(1, round: .zero) == nil && courtesy.sparing(3, round: .zero) == nil)
        #expect(courtesy.sparing(2, round: .zero) == .refused(again: .seconds(300)))
    }

    @Test("who was refused is asked again after 5 minutes, then after twice as long, up to an hour")
    func refusals() throws {
        var courtesy = RunCourtesy(of: try Self.targets("rtsp://nvr/1", "rtsp://nvr/2"), pace: .seconds(10))
        var now: Duration = .zero
        for minutes in [5, 10, 20, 40, 60, 60] {
            let pause = Duration.seconds(60 * minutes)
            #expect(courtesy.sparing(0, round: now) == nil)
            courtesy.note(0, .authenticationFailed, round: now, now: now)
            #expect(courtesy.sparing(0, round: now + pause - .seconds(1)) == .refused(again: .seconds(1)))
            now += pause
            #expect(courtesy.sparing(1, round: now) == .credential)
        }
        // A failure that says nothing of the credential changes nothing, and being let in ends it.
        courtesy.note(0, .timeout, round: now, now: now)
        #expect(courtesy.sparing(1, round: now) == .credential)
        courtesy.note(0, .noMedia, round: now, now: now)
        #expect(courtesy.sparing(1, round: now) == nil)
        courtesy.note(0, .authenticationFailed, round: now, now: now)
        #expect(courtesy.sparing(0, round: now) == .refused(again: .seconds(300)))
    }

    @Test("what was busy is left alone for twice the pace, then twice as long, up to 5 minutes, and alone")
    func busy() throws {
        var courtesy = RunCourtesy(of: try Self.targets("rtsp://nvr/1", "rtsp://nvr/2"), pace: .seconds(30))
        var round: Duration = .zero
        for seconds in [60, 120, 240, 300, 300] {
            courtesy.note(0, .busy, round: round, now: round + .seconds(7))
            let last = round + .seconds(seconds) - .milliseconds(1)
            #expect(courtesy.sparing(0, round: last) == .busy(again: .milliseconds(1)))
            #expect(courtesy.sparing(1, round: last) == nil)
            round += .seconds(seconds)
            #expect(courtesy.sparing(0, round: round) == nil)
        }
        courtesy.note(0, nil, round: round, now: round)
        courtesy.note(0, .busy, round: round, now: round)
        #expect(courtesy.sparing(0, round: round) == .busy(again: .seconds(60)))
        // Rounds that are further apart than the longest pause are pause enough.
        var slow = RunCourtesy(of: try Self.targets("rtsp://nvr/1"), pace: .seconds(600))
        slow.note(0, .busy, round: .zero, now: .zero)
        #expect(slow.sparing(0, round: .seconds(600)) == nil)
    }
}

@Suite("What a run comes to") struct RunRecordTests {
    private let target: MediaTarget

    init() throws { self.target = try MediaTarget("rtsp://192.0.2.1/live") }

    private func leftAlone() -> MediaReport {
        .notAsked(self.target, .collectorGap, "not asked: because", again: nil)
    }

    /// A look that was told to stop before it began.
    private func cut() throws -> MediaReport {
        let cancellation = try MediaCancellation()
        cancellation.cancel()
        return MediaProber().inspect(self.target, cancellation: cancellation)
    }

    /// A file that is not there is down, and no network is needed for it.
    private func down() throws -> MediaReport {
        MediaProber().inspect(try MediaTarget(file: "/nowhere/at/all.mp4"))
    }

    @Test("what is down comes before what nobody could see, and courtesy is no fault")
    func conclusions() throws {
        var record = RunRecord(count: 2)
        #expect(record.conclusion == .unseen)
        record.take(self.leftAlone(), of: 0)
        record.take(try self.cut(), of: 1)
        #expect(record.conclusion == .unseen && !record.wasSeen(0) && !record.wasSeen(1))
        record.take(self.leftAlone(), of: 1)
        #expect(record.conclusion == .noneDown)
        record.take(try self.down(), of: 0)
        #expect(record.conclusion == .someDown && record.wasSeen(0))
    }

    @Test("a look that was cut short or left out does not replace one that was whole")
    func standing() throws {
        var record = RunRecord(count: 1)
        record.take(try self.down(), of: 0)
        record.take(try self.cut(), of: 0)
        record.take(self.leftAlone(), of: 0)
        #expect(record.conclusion == .someDown)
        #expect(RunRecord.isSight(try self.down()))
        #expect(try !RunRecord.isSight(self.cut()) && !RunRecord.isSight(self.leftAlone()))
    }
}

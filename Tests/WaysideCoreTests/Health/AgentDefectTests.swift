import Testing
import WaysideCore

@Suite("The defects of agents") struct AgentDefectTests {
    private static let night = Timestamp(milliseconds: 1_772_300_000_000)
    private static let day: Int64 = 86_400_000

    private static func defect(
        _ device: String = "SW-1",
        _ kind: AgentDefect.Kind = .bootsLowered,
        from first: Int64 = 0,
        to last: Int64 = 0,
        count: Int = 1,
        _ detail: String = "d"
    ) -> AgentDefect {
        AgentDefect(
            device: device,
            kind: kind,
            detail: detail,
            firstSeenAt: Self.night + first,
            lastSeenAt: Self.night + last,
            count: count
        )
    }

    @Test(
        "what was seen in the night is listed in the morning, though the service was started anew in between"
    )
    func morning() {
        var book = AgentDefectBook()
        book.receive([Self.defect(to: 5_000, count: 3, "first")], now: Self.night + 6_000)
        book.receive([Self.defect(to: 9_000, count: 4, "second")], now: Self.night + 10_000)
        var next = AgentDefectBook(book.defects)
        next.receive([], now: Self.night + 20_000)
        #expect(next.defects == book.defects)
        next.receive([Self.defect(from: 30_000, to: 30_000, count: 2, "third")], now: Self.night + 30_000)
        let known = next.defects(of: "SW-1")
        #expect(known == [Self.defect(to: 30_000, count: 6, "third")])
        // Told the same again, nothing is counted twice.
        next.receive([Self.defect(from: 30_000, to: 30_000, count: 2, "third")], now: Self.night + 31_000)
        #expect(next.defects(of: "SW-1") == known)
    }

    @Test("a looker that begins to count anew loses nothing")
    func anew() {
        var book = AgentDefectBook()
        book.receive([Self.defect(count: 5)], now: Self.night)
        book.receive([Self.defect(to: 1_000, count: 1)], now: Self.night + 1_000)
        #expect(book.defects.map(\.count) == [6])
    }

    @Test("what has not been seen for 30 days is forgotten, each device and kind by itself")
    func forgotten() {
        var book = AgentDefectBook()
        let lasting = Self.defect("SW-2", .duplicateEngineID, to: 20 * Self.day)
        book.receive([Self.defect(), Self.defect("SW-2"), lasting], now: Self.night + 20 * Self.day)
        #expect(book.defects.count == 3)
        book.receive([], now: Self.night + 30 * Self.day)
        #expect(book.defects.count == 3)
        book.receive([], now: Self.night + 30 * Self.day + 1)
        #expect(book.defects == [lasting])
    }

    @Test("the book is bounded, and keeps the latest")
    func bounded() {
        var book = AgentDefectBook()
        let many = (0..<AgentDefectBook.limit + 5).map { Self.defect("D-\($0)", to: Int64($0)) }
        book.receive(many, now: Self.night + Self.day)
        #expect(book.defects.count == AgentDefectBook.limit)
        #expect(book.defects(of: "D-4").isEmpty && !book.defects(of: "D-5").isEmpty)
    }
}

import Testing
import WaysideCore

@Suite struct TimeTests {
    @Test(
        "a date-time is read to the millisecond and the rest is cut",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-03-01T00:00:10.000+08:00", 1_772_294_410_000),
            ("2026-03-01T00:00:10.9999+08:00", 1_772_294_410_999),
            ("2024-02-29T12:00:00.5-03:30", 1_709_220_600_500),
            ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)]
    )
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no date-time with an offset is refused",
        arguments: [
            "", "2026-03-01", "2026-03-01T00:00:10", "2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z",
            "2026-03-01T00:00:60Z", "2026-03-01T00:00:00.Z", "2026-03-01T00:00:00+0800",
            "2026-03-01T00:00:00Zx",
            "2026-13-01T00:00:00Z", "20260301T000000Z",
        ]
    )
    func refuses(text: String) { #expect(Timestamp(text) == nil) }

    @Test(
        "what is printed is read back",
        arguments: [0, -1, 1_772_294_410_123, 253_402_214_400_000] as [Int64]
    )
    func roundTrip(milliseconds: Int64) {
        let instant = Timestamp(milliseconds: milliseconds)
        #expect(Timestamp(instant.text) == instant)
    }

    @Test("a day begins at 16:00 UTC and its date survives printing", arguments: Int32(-800)...800)
    func days(step: Int32) throws {
        let day = ServiceDay(number: 20_000 + step * 37)
        #expect(ServiceDay(containing: day.start) == day)
        #expect(ServiceDay(containing: day.end - 1) == day)
        #expect(ServiceDay(containing: day.end) == day.next)
        #expect(ServiceDay(day.description) == day)
        #expect(day.firstOfMonth.description.hasSuffix("-01"))
        #expect(
            ServiceDay(number: day.firstOfMonth.number + Int32(day.daysInMonth)).description.hasSuffix("-01")
        )
    }

    @Test("sets of spans agree with counting milliseconds one by one", arguments: UInt64(0)..<100)
    func spanSets(seed: UInt64) {
        var random = SplitMixer(state: seed)
        func spans() -> [Span] {
            (0..<5).map { _ in
                let start = Int64(random.next() % 60)
                return Span(
                    Timestamp(milliseconds: start),
                    Timestamp(milliseconds: start + Int64(random.next() % 12))
                )
            }
        }
        let (left, right) = (spans(), spans())
        func members(_ spans: [Span]) -> Set<Int64> {
            Set(
                (Int64(0)..<80).filter { instant in
                    spans.contains { $0.contains(Timestamp(milliseconds: instant)) }
                }
            )
        }
        let (a, b) = (SpanSet(left), SpanSet(right))
        #expect(a.milliseconds == Int64(members(left).count))
        #expect(members(a.union(b).spans) == members(left).union(members(right)))
        #expect(members(a.intersection(b).spans) == members(left).intersection(members(right)))
        #expect(members(a.subtracting(b).spans) == members(left).subtracting(members(right)))
        #expect(members(a.prefix(milliseconds: 7).spans) == Set(members(left).sorted().prefix(7)))
        #expect((0..<80).allSatisfy { a.contains(Timestamp(milliseconds: $0)) == members(left).contains($0) })
    }

    private struct SplitMixer {
        var state: UInt64
        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state >> 33
        }
    }
}

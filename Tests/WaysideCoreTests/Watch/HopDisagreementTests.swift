import Testing
import WaysideCore

@Suite("Places that contradict one another") struct HopDisagreementTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private static func camera(_ number: Int64) -> Device {
        var device = Device(
            id: DeviceID(number),
            key: "CAM-\(number)",
            kind: .camera,
            name: "CAM",
            assignment: Assignment()
        )
        (device.streamURL, device.platformURL) = ("rtsp://192.0.2.1/a", "http://198.51.100.1/a.m3u8")
        return device
    }

    /// What the places of a camera say: a letter for each half minute up to the instant, the last of them then.
    private static func table(
        _ number: Int64 = 1,
        direct: String,
        platform: String,
        at now: Timestamp
    ) -> (device: String, hops: HopTable) {
        var seen: [Observation] = []
        for (hop, film) in [(Hop.direct, direct), (.platform, platform)] {
            for (index, symbol) in film.enumerated() where symbol != "." {
                seen.append(
                    Observation(
                        device: DeviceID(number),
                        check: .stream,
                        hop: hop,
                        at: now - Int64(film.count - 1 - index) * 30_000,
                        outcome: symbol == "+" ? .up : .down,
                        cause: symbol == "+" ? nil : .notFound
                    )
                )
            }
        }
        let camera = Self.camera(number)
        let hops = HopTable(camera, observations: seen, now: now) { _ in
            ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: 610_000)
        }
        return (camera.key, hops)
    }

    @Test("a disagreement stands from when it was first seen until all places agree for certain")
    func life() {
        var book = HopDisagreementBook()
        let later = Self.start + 300_000
        book.receive([Self.table(direct: "+++", platform: "---", at: Self.start)], now: Self.start)
        #expect(book.standing.map(\.finding) == [.notPushed] && book.counts[.notPushed] == 1)
        book.receive([Self.table(direct: "+++", platform: "---", at: later)], now: later)
        #expect(book.standing.map(\.firstSeenAt) == [Self.start] && book.standing[0].lastSeenAt == later)
        #expect(book.standing(of: "CAM-1").map(\.firstFailing) == [.platform])
        book.receive([Self.table(direct: "+++", platform: "+++", at: later)], now: later + 30_000)
        #expect(book.remembered.isEmpty && book.counts.values.allSatisfy { $0 == 0 })
    }

    @Test(
        "one lost probe, and places that do not tell, do not make it begin anew",
        arguments: ["++-", "..."]
    )
    func blip(direct: String) {
        var book = HopDisagreementBook()
        book.receive([Self.table(direct: "+++", platform: "---", at: Self.start)], now: Self.start)
        let (blip, again) = (Self.start + 30_000, Self.start + 60_000)
        book.receive([Self.table(direct: direct, platform: "---", at: blip)], now: blip)
        #expect(book.standing.isEmpty && book.counts[.notPushed] == 0)
        #expect(book.remembered.map(\.firstSeenAt) == [Self.start])
        book.receive([Self.table(direct: "+++", platform: "---", at: again)], now: again)
        #expect(book.standing.map(\.firstSeenAt) == [Self.start])
    }

    @Test("what was kept over a restart stands when it is seen again, and is forgotten when it is not")
    func restart() {
        var before = HopDisagreementBook()
        before.receive([Self.table(direct: "+++", platform: "---", at: Self.start)], now: Self.start)
        var after = HopDisagreementBook(before.remembered)
        #expect(after.standing.isEmpty, "nobody has looked yet")
        let now = Self.start + 600_000
        after.receive([Self.table(direct: "+++", platform: "---", at: now)], now: now)
        #expect(after.standing.map(\.firstSeenAt) == [Self.start])
        var other = HopDisagreementBook(before.remembered)
        other.receive([], now: Self.start + HopDisagreementBook.keptMilliseconds)
        #expect(other.standing.isEmpty && other.remembered.count == 1)
        other.receive([], now: Self.start + HopDisagreementBook.keptMilliseconds + 1)
        #expect(other.remembered.isEmpty)
    }

    @Test("a fallen platform is counted for every camera, and listed up to a limit, by device")
    func limit() {
        var book = HopDisagreementBook()
        let count = HopDisagreementBook.limit + 5
        let table = Self.table(direct: "+++", platform: "---", at: Self.start).hops
        book.receive((0..<count).map { ("CAM-\($0)", table) }, now: Self.start)
        #expect(book.counts[.notPushed] == count && book.standing.count == HopDisagreementBook.limit)
        #expect(book.standing.map(\.device) == book.standing.map(\.device).sorted())
    }
}

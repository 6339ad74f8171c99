import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("The journal in a folder")
struct JournalTests {
    private typealias Fixture = JournalFixture

    @Test("what was appended comes back, entry for entry", arguments: UInt64(0)..<20)
    func roundTrip(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let journal = try await Fixture.open(try TemporaryFolder.make() + "/journal")
        var wanted: [[JournalEntry]] = []
        for batch in 0..<20 {
            wanted.append(
                Fixture.entries(Int.random(in: 0...200, using: &random), &random, at: Int64(batch) * 60)
            )
            let position = try await journal.append(
                wanted[batch],
                writtenAt: Fixture.at(Int64(batch) * 60 + 10)
            )
            #expect(position.index == UInt64(batch))
        }
        let batches = try await Fixture.drain(journal)
        #expect(batches.map(\.entries) == wanted, "seed \(seed)")
        #expect(batches.map(\.writtenAt) == (0..<20).map { Fixture.at(Int64($0) * 60 + 10) })
    }

    @Test("segments are sealed when full and at local midnight, packed, and read back over a restart")
    func sealing() async throws {
        let folder = try TemporaryFolder.make() + "/journal"
        var random = SplitMix(seed: 1)
        var journal = try await Fixture.open(folder, segmentBytes: 8_192)
        var wanted: [[JournalEntry]] = []
        for batch in 0..<40 {
            wanted.append(Fixture.entries(100, &random, at: Int64(batch)))
            _ = try await journal.append(wanted[batch], writtenAt: Fixture.at(Int64(batch)))
        }
        // The next local day begins another segment although there is room.
        let before = TestFile.names(folder, ending: ".journal").count
        _ = try await journal.append([], writtenAt: Fixture.at(86_400))
        wanted.append([])
        #expect(TestFile.names(folder, ending: ".journal").count == before + 1)
        let packed = try await journal.packSealedSegments()
        #expect(packed == before)
        #expect(TestFile.names(folder, ending: ".journal").count == 1)
        #expect(TestFile.names(folder, ending: ".packed").count == before)
        #expect(try await Fixture.drain(journal).map(\.entries) == wanted)
        journal = try await Fixture.open(folder, segmentBytes: 8_192)
        #expect(journal.end.index == 41)
        #expect(try await journal.append([], writtenAt: Fixture.at(86_401)).index == 41)
        #expect(try await Fixture.drain(journal).map(\.entries) == wanted + [[]])
    }

    @Test("a reader waits for the next batch, and ends when the journal is closed and read")
    func waiting() async throws {
        let journal = try await Fixture.open(try TemporaryFolder.make() + "/journal")
        async let read = Fixture.read(from: .beginning) { try await journal.batch(atOrAfter: $0) }
        async let other = Fixture.read(from: JournalPosition(index: 3)) {
            try await journal.batch(atOrAfter: $0)
        }
        for second in 0..<5 { _ = try await journal.append([], writtenAt: Fixture.at(Int64(second))) }
        await journal.close()
        #expect(try await read.map(\.position.index) == [0, 1, 2, 3, 4])
        #expect(try await other.map(\.position.index) == [3, 4])
        await #expect(throws: JournalError.self) { try await journal.append([], writtenAt: Fixture.at(9)) }
    }

    @Test("a reader that waits can be cancelled")
    func cancelling() async throws {
        let journal = try await Fixture.open(try TemporaryFolder.make() + "/journal")
        let reader = Task { try await journal.batch(atOrAfter: .beginning) }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
    }

    @Test("an instant before the last one is written as the last one")
    func timeDoesNotRunBackwards() async throws {
        let journal = try await Fixture.open(try TemporaryFolder.make() + "/journal")
        _ = try await journal.append([], writtenAt: Fixture.at(100))
        _ = try await journal.append([], writtenAt: Fixture.at(40))
        #expect(try await Fixture.drain(journal).map(\.writtenAt) == [Fixture.at(100), Fixture.at(100)])
    }

    @Test("a second instance is refused with a clear word, until the first one is closed")
    func secondInstance() async throws {
        let folder = try TemporaryFolder.make() + "/journal"
        let journal = try await Fixture.open(folder)
        let error = await #expect(throws: JournalError.self) { try await Fixture.open(folder) }
        #expect(error?.operation == .lock)
        #expect(error?.reason.hasPrefix("another wayside (pid ") == true)
        #expect(error?.reason.hasSuffix(") is using \(folder)") == true)
        await journal.close()
        await (try await Fixture.open(folder)).close()
    }

    @Test("a device that was not registered, or was under another number, is refused")
    func catalog() async throws {
        let folder = try TemporaryFolder.make() + "/journal"
        var journal = try await Fixture.open(folder)
        let stranger = Observation(device: DeviceID(99), check: .reach, at: Fixture.at(0), outcome: .up)
        await #expect(throws: JournalError.self) {
            try await journal.append([.observation(stranger)], writtenAt: Fixture.at(1))
        }
        await journal.close()
        journal = try await Fixture.open(folder)
        #expect(await journal.deviceKeys()[DeviceID(7)] == "CAM-7")
        let odd = Device(
            id: DeviceID(99),
            key: "a\\b\nc d",
            kind: .camera,
            name: "",
            assignment: Assignment()
        )
        try await journal.register([odd])
        let other = Device(id: DeviceID(7), key: "CAM-8", kind: .camera, name: "", assignment: Assignment())
        await #expect(throws: JournalError.self) { try await journal.register([other]) }
        await journal.close()
        let archive = try JournalArchive(folder: folder) { _ in }
        #expect(archive.deviceKeys[DeviceID(99)] == "a\\b\nc d")
        #expect(archive.deviceKeys.count == 21)
    }

    @Test("an export reads while the service writes, and changes nothing")
    func archive() async throws {
        let folder = try TemporaryFolder.make() + "/journal"
        var random = SplitMix(seed: 5)
        let journal = try await Fixture.open(folder, segmentBytes: 4_096)
        var wanted: [[JournalEntry]] = []
        for batch in 0..<20 {
            wanted.append(Fixture.entries(50, &random))
            _ = try await journal.append(wanted[batch], writtenAt: Fixture.at(Int64(batch)))
        }
        let findings = Findings()
        let archive = try JournalArchive(folder: folder) { findings.add($0) }
        // Between its opening and its reading segments are packed and more is written.
        try await journal.packSealedSegments()
        _ = try await journal.append([], writtenAt: Fixture.at(30))
        let read = try await Fixture.read(from: .beginning) { try await archive.batch(atOrAfter: $0) }
        #expect(read.map(\.entries) == wanted)
        #expect(findings.all.isEmpty)
        await journal.close()
    }

    @Test("old segments go, but none that a reader has not read")
    func pruning() async throws {
        let folder = try TemporaryFolder.make() + "/journal"
        let journal = try await Fixture.open(folder)
        for day in 0..<10 { _ = try await journal.append([], writtenAt: Fixture.at(Int64(day) * 86_400)) }
        let unread = JournalPosition(index: 4)
        #expect(try await journal.prune(before: Fixture.at(8 * 86_400), keepingFrom: .beginning) == 0)
        #expect(try await journal.prune(before: Fixture.at(2 * 86_400), keepingFrom: unread) == 2)
        #expect(try await journal.prune(before: Fixture.at(8 * 86_400), keepingFrom: unread) == 2)
        #expect(try await journal.batch(atOrAfter: .beginning)?.position == unread)
        // The one that is written to stays, however old it is.
        #expect(try await journal.prune(before: Fixture.at(99 * 86_400), keepingFrom: journal.end) == 5)
        #expect(try await Fixture.drain(journal).map(\.position.index) == [9])
    }

    @Test("a position that the ledger holds is never given again, even if the folder was lost")
    func takenPositions() async throws {
        let journal = try await Fixture.open(
            try TemporaryFolder.make() + "/journal",
            after: JournalPosition(index: 41)
        )
        #expect(try await journal.append([], writtenAt: Fixture.at(0)).index == 42)
        await journal.close()
    }
}

import Glibc
import StoreTestSupport
import TestSupport
import Testing
import WaysideCore
import WaysideStore

@Suite("What a crash, a bad sector or a full disk does to the journal")
struct JournalDamageTests {
    private typealias Fixture = JournalFixture

    /// A journal of three batches in one raw segment, and where each begins and the last ends.
    private func threeBatches(_ folder: String) async throws -> (wanted: [[JournalEntry]], ends: [Int]) {
        var random = SplitMix(seed: 3)
        let journal = try await Fixture.open(folder)
        var (wanted, ends): ([[JournalEntry]], [Int]) = ([], [])
        for batch in 0..<3 {
            wanted.append(Fixture.entries(4, &random, at: Int64(batch)))
            _ = try await journal.append(wanted[batch], writtenAt: Fixture.at(Int64(batch)))
            ends.append(TestFile.bytes(folder + "/" + Self.segment).count)
        }
        await journal.close()
        return (wanted, ends)
    }

    private static let segment = "00000000000000000000.journal"

    @Test(
        "cut at any byte of the last batch, all before it is read, and writing goes on under a new position"
    )
    func everyCut() async throws {
        let folder = try TemporaryFolder.make()
        let (wanted, ends) = try await self.threeBatches(folder + "/whole")
        let whole = TestFile.bytes("\(folder)/whole/\(Self.segment)")
        for cut in ends[1]..<ends[2] {
            let place = "\(folder)/cut-\(cut)"
            TestFile.copyFolder("\(folder)/whole", to: place)
            TestFile.write(Array(whole.prefix(cut)), to: "\(place)/\(Self.segment)")
            let findings = Findings()
            let journal = try await Fixture.open(place, findings)
            #expect(journal.end > JournalPosition(index: 1), "cut at \(cut)")
            let position = try await journal.append(wanted[2], writtenAt: Fixture.at(9))
            if cut == ends[1] {
                #expect(findings.all.isEmpty)
            } else {
                #expect(position.index > 2, "the torn batch may have had 2; cut at \(cut)")
                let copy = "00000000000000000000-\(ends[1]).torn"
                #expect(
                    findings.all
                        == [
                            .tornTail(
                                segment: Self.segment,
                                at: Int64(ends[1]),
                                bytes: Int64(cut - ends[1]),
                                keptAs: copy
                            )
                        ]
                )
                #expect(TestFile.bytes("\(place)/\(copy)") == Array(whole[ends[1]..<cut]))
            }
            #expect(try await Fixture.drain(journal).map(\.entries) == wanted, "cut at \(cut)")
        }
    }

    @Test("cut at any byte of the first batch or the header, the journal opens, and goes on")
    func everyEarlyCut() async throws {
        let folder = try TemporaryFolder.make()
        let (wanted, ends) = try await self.threeBatches(folder + "/whole")
        let whole = TestFile.bytes("\(folder)/whole/\(Self.segment)")
        for cut in 0..<ends[0] {
            let place = "\(folder)/cut-\(cut)"
            TestFile.copyFolder("\(folder)/whole", to: place)
            TestFile.write(Array(whole.prefix(cut)), to: "\(place)/\(Self.segment)")
            let journal = try await Fixture.open(place)
            #expect(try await journal.append(wanted[0], writtenAt: Fixture.at(9)).index > 0, "cut at \(cut)")
            #expect(try await Fixture.drain(journal).map(\.entries) == [wanted[0]], "cut at \(cut)")
        }
    }

    @Test("a flipped byte anywhere in a batch costs that batch only, and is reported")
    func everyFlip() async throws {
        let folder = try TemporaryFolder.make()
        let (wanted, ends) = try await self.threeBatches(folder + "/whole")
        let whole = TestFile.bytes("\(folder)/whole/\(Self.segment)")
        let place = "\(folder)/flipped"
        for flip in ends[0]..<ends[1] {
            TestFile.copyFolder("\(folder)/whole", to: place)
            var bytes = whole
            bytes[flip] ^= 0x41
            TestFile.write(bytes, to: "\(place)/\(Self.segment)")
            let findings = Findings()
            let journal = try await Fixture.open(place, findings)
            #expect(
                try await Fixture.drain(journal).map(\.entries) == [wanted[0], wanted[2]],
                "flipped at \(flip)"
            )
            #expect(
                findings.all
                    == [.damage(segment: Self.segment, at: Int64(ends[0]), bytes: Int64(ends[1] - ends[0]))]
            )
        }
    }

    @Test("a flipped byte in the segment's header costs nothing")
    func headerFlips() async throws {
        let folder = try TemporaryFolder.make()
        let (wanted, _) = try await self.threeBatches(folder + "/whole")
        let whole = TestFile.bytes("\(folder)/whole/\(Self.segment)")
        for flip in 0..<32 {
            var bytes = whole
            bytes[flip] ^= 0x80
            TestFile.write(bytes, to: "\(folder)/whole/\(Self.segment)")
            let journal = try await Fixture.open("\(folder)/whole")
            #expect(try await Fixture.drain(journal).map(\.entries) == wanted, "flipped at \(flip)")
        }
    }

    @Test("any bytes at all in the folder's files never bring it down", arguments: UInt64(0)..<40)
    func noise(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let folder = try TemporaryFolder.make() + "/journal"
        var journal = try await Fixture.open(folder, segmentBytes: 4_096)
        for batch in 0..<12 {
            _ = try await journal.append(Fixture.entries(40, &random), writtenAt: Fixture.at(Int64(batch)))
        }
        try await journal.packSealedSegments()
        await journal.close()
        for name in TestFile.names(folder) where name != "lock" {
            var bytes = TestFile.bytes("\(folder)/\(name)")
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255,
                    using: &random
                )
            }
            if random.percent(30) {
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            }
            TestFile.write(bytes, to: "\(folder)/\(name)")
        }
        journal = try FileJournal.open(folder: folder) { _ in }
        let positions = try await Fixture.drain(journal).map(\.position)
        #expect(positions == positions.sorted(), "seed \(seed)")
        #expect(Set(positions).count == positions.count, "seed \(seed)")
    }

    @Test("killed between any two steps of packing, the journal is read whole")
    func packingSteps() async throws {
        let folder = try TemporaryFolder.make()
        var random = SplitMix(seed: 8)
        let journal = try await Fixture.open("\(folder)/raw")
        var wanted: [[JournalEntry]] = []
        for day in 0..<2 {
            wanted.append(Fixture.entries(300, &random))
            _ = try await journal.append(wanted[day], writtenAt: Fixture.at(Int64(day) * 86_400))
        }
        TestFile.copyFolder("\(folder)/raw", to: "\(folder)/packed")
        await journal.close()
        let packing = try await Fixture.open("\(folder)/packed")
        #expect(try await packing.packSealedSegments() == 1)
        await packing.close()
        let stem = "00000000000000000000"
        let packed = TestFile.bytes("\(folder)/packed/\(stem).packed")
        for step in ["half written", "written", "renamed", "removed"] {
            let place = "\(folder)/\(step.split(separator: " ").joined())"
            TestFile.copyFolder("\(folder)/raw", to: place)
            switch step {
            case "half written": TestFile.write(Array(packed.prefix(500)), to: "\(place)/\(stem).packed.new")
            case "written": TestFile.write(packed, to: "\(place)/\(stem).packed.new")
            case "renamed": TestFile.write(packed, to: "\(place)/\(stem).packed")
            default:
                TestFile.write(packed, to: "\(place)/\(stem).packed")
                unlink("\(place)/\(stem).journal")
            }
            let findings = Findings()
            let opened = try await Fixture.open(place, findings)
            #expect(try await opened.packSealedSegments() <= 1)
            #expect(try await Fixture.drain(opened).map(\.entries) == wanted, "\(step)")
            #expect(findings.all.isEmpty, "\(step)")
            #expect(TestFile.names(place, ending: ".new").isEmpty)
            #expect(TestFile.names(place, ending: ".journal").count == 1)
        }
    }

    @Test("a full disk is said, loses nothing that was safe, and is written to again once there is room")
    func fullDisk() async throws {
        let folder = try TemporaryFolder.make() + "/small"
        mkdir(folder, 0o755)
        guard mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0 else {
            print(
                "NOT TESTED: a full disk. No small file system can be mounted (\(String(cString: strerror(errno))))."
            )
            return
        }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        TestFile.write([UInt8](repeating: 1, count: 64 << 10), to: "\(folder)/filler")
        let journal = try await Fixture.open("\(folder)/journal")
        var random = SplitMix(seed: 2)
        var wanted: [[JournalEntry]] = []
        var refusal: JournalError?
        while refusal == nil, wanted.count < 10_000 {
            let entries = Fixture.entries(200, &random)
            do {
                _ = try await journal.append(entries, writtenAt: Fixture.at(Int64(wanted.count)))
                wanted.append(entries)
            } catch let error as JournalError {
                refusal = error
            }
        }
        #expect(refusal?.isDiskFull == true)
        #expect(refusal?.operation == .append)
        #expect(refusal?.reason.contains("the disk is full") == true)
        // Also when a new segment must be begun.
        await #expect(throws: JournalError.self) {
            try await journal.append(Fixture.entries(200, &random), writtenAt: Fixture.at(86_400))
        }
        unlink("\(folder)/filler")
        for _ in 0..<3 {
            wanted.append(Fixture.entries(200, &random))
            _ = try await journal.append(wanted[wanted.count - 1], writtenAt: Fixture.at(86_401))
        }
        #expect(try await Fixture.drain(journal).map(\.entries) == wanted)
        let findings = Findings()
        let again = try await Fixture.open("\(folder)/journal", findings)
        #expect(try await Fixture.drain(again).map(\.entries) == wanted)
        #expect(findings.all.isEmpty)
    }
}

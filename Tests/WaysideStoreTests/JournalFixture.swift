import Glibc
import StoreTestSupport
import Synchronization
import TestSupport
import WaysideCore
import WaysideStore

/// Entries, folders and findings for the tests of the journal.
enum JournalFixture {
    static let start = ServiceDay(number: 20_513).start

    static func at(_ seconds: Int64) -> Timestamp { Self.start + seconds * 1_000 }

    static let devices: [Device] = (1...20).map { number in
        Device(
            id: DeviceID(Int64(number)),
            key: "CAM-\(number)",
            kind: .camera,
            name: "",
            assignment: Assignment()
        )
    }

    /// Entries of every shape, the same for the same seed.
    static func entries(_ count: Int, _ random: inout SplitMix, at seconds: Int64 = 0) -> [JournalEntry] {
        (0..<count).map { _ in
            let at = Self.at(seconds) + Int64.random(in: -5_000...5_000, using: &random)
            if random.percent(3) {
                return .clockStep(
                    ClockStep(
                        at: at,
                        byMilliseconds: Int64.random(in: -3_600_000...3_600_000, using: &random)
                    )
                )
            }
            if random.percent(3) { return .void(Self.void(at, &random)) }
            return .observation(
                Observation(
                    device: DeviceID(Int64.random(in: 1...20, using: &random)),
                    check: random.pick(Check.allCases),
                    hop: random.percent(80) ? .direct : random.pick(Hop.allCases),
                    at: at,
                    receivedAt: random.percent(50) ? at : at + Int64.random(in: -9...9_000, using: &random),
                    collector: random.percent(80) ? Observation.centre : "north",
                    outcome: random.pick(Outcome.allCases),
                    cause: random.percent(50) ? nil : random.pick(Cause.allCases),
                    tookMilliseconds: random.percent(30) ? nil : Int64.random(in: 0...10_000, using: &random),
                    values: random.percent(80) ? nil : "{\"fps\":\(Int.random(in: 0...50, using: &random))}",
                    evidence: random.percent(90) ? nil : "帧-\(Int.random(in: 0...50, using: &random)).jpg"
                )
            )
        }
    }

    private static func void(_ at: Timestamp, _ random: inout SplitMix) -> VoidRecord {
        VoidRecord(
            span: Span(at, at + 60_000),
            devices: random.percent(50) ? nil : [DeviceID(3), DeviceID(17)],
            checks: random.percent(50) ? nil : [.reach, .stream],
            collector: random.percent(50) ? nil : "centre",
            reason: "self_network",
            at: at,
            receivedAt: at + 5
        )
    }

    static func open(
        _ folder: String,
        segmentBytes: Int64 = 64 << 20,
        after taken: JournalPosition? = nil,
        _ findings: Findings = Findings()
    ) async throws -> FileJournal {
        var settings = JournalSettings()
        settings.segmentBytes = segmentBytes
        let journal = try FileJournal.open(folder: folder, settings: settings, after: taken) {
            findings.add($0)
        }
        try await journal.register(Self.devices)
        return journal
    }

    /// Everything that a journal holds, after closing it.
    static func drain(_ journal: FileJournal) async throws -> [JournalBatch] {
        await journal.close()
        return try await Self.read(from: .beginning) { try await journal.batch(atOrAfter: $0) }
    }

    static func read(
        from first: JournalPosition,
        _ next: (JournalPosition) async throws -> JournalBatch?
    ) async throws -> [JournalBatch] {
        var (batches, position): ([JournalBatch], JournalPosition) = ([], first)
        while let batch = try await next(position) {
            batches.append(batch)
            position = batch.position.next
        }
        return batches
    }
}

/// What a journal reported.
final class Findings: Sendable {
    private let list = Mutex<[JournalFinding]>([])

    func add(_ finding: JournalFinding) { self.list.withLock { $0.append(finding) } }
    var all: [JournalFinding] { self.list.withLock { $0 } }
}

/// Files as bytes.
enum TestFile {
    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var status = stat()
        fstat(file, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    static func write(_ bytes: [UInt8], to path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { return }
        defer { close(file) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            done += count
        }
    }

    static func names(_ folder: String, ending: String = "") -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), name.hasSuffix(ending) { names.append(name) }
        }
        return names.sorted()
    }

    /// Every file of the folder, into a new one.
    static func copyFolder(_ folder: String, to other: String) {
        mkdir(other, 0o755)
        for name in Self.names(folder) { Self.write(Self.bytes("\(folder)/\(name)"), to: "\(other)/\(name)") }
    }
}

internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import WaysideCore
internal import WaysideProbes
internal import WaysideReports
internal import WaysideService

/// Keeps the defects of agents in a file, so that whoever comes in the morning sees those of the night, and a restart
/// costs none.
final class DefectKeeping: Sendable {
    private let path: String
    private let logger: Logger
    private let book: Mutex<AgentDefectBook>

    /// Takes up what the last run kept. A file that is damaged costs only what was in it.
    init(path: String, logger: Logger) {
        (self.path, self.logger) = (path, logger)
        do {
            self.book = Mutex(AgentDefectBook(try DefectFile.defects(at: path)))
        } catch {
            logger.warning("\(path) is not used: \(error); defects of agents are listed anew")
            self.book = Mutex(AgentDefectBook())
        }
    }

    /// What is known.
    var current: AgentDefectBook { self.book.withLock { $0 } }

    /// Takes what is seen now; writes the file when something changed.
    func receive(_ seen: [AgentDefect]) throws {
        let changed = self.book.withLock { book -> [AgentDefect]? in
            let before = book.defects
            book.receive(seen, now: WallClock.now())
            return book.defects == before ? nil : book.defects
        }
        if let changed { try DefectFile.write(changed, to: self.path) }
    }

    /// Looks every minute, and once more at the end.
    func service(_ look: AgentDefectLook, clock: ContinuousClock) -> any Service {
        RecurringService(
            "SNMP defects",
            every: .seconds(60),
            lastTurnLimit: .seconds(5),
            clock: clock,
            logger: self.logger
        ) { try self.receive(await look.defects()) }
    }
}

/// The defects of agents in a file of the data folder: JSON, so that anybody can read it.
enum DefectFile {
    private struct Row: Codable {
        let device: String
        let kind: String
        let detail: String
        let firstSeenAt: String
        let lastSeenAt: String
        let count: Int

        enum CodingKeys: String, CodingKey {
            case device, kind, detail, count
            case firstSeenAt = "first_seen_at"
            case lastSeenAt = "last_seen_at"
        }
    }

    /// What is kept; none when there is no file. Rows that a later version wrote are left out.
    ///
    /// - Throws: When the file is no list of defects.
    static func defects(at path: String) throws -> [AgentDefect] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return try JSONDecoder().decode([Row].self, from: data).compactMap { row in
            guard let kind = AgentDefect.Kind(rawValue: row.kind), let first = Timestamp(row.firstSeenAt),
                let last = Timestamp(row.lastSeenAt), row.count >= 1
            else { return nil }
            return AgentDefect(
                device: row.device,
                kind: kind,
                detail: row.detail,
                firstSeenAt: first,
                lastSeenAt: last,
                count: row.count
            )
        }
    }

    /// The file is the old or the new one, whatever happens.
    static func write(_ defects: [AgentDefect], to path: String) throws {
        let rows = defects.map { defect in
            Row(
                device: defect.device,
                kind: defect.kind.rawValue,
                detail: defect.detail,
                firstSeenAt: defect.firstSeenAt.text,
                lastSeenAt: defect.lastSeenAt.text,
                count: defect.count
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(rows).write(to: URL(filePath: path), options: .atomic)
    }
}

extension AgentDefect {
    /// What to do about it, in both languages.
    var advice: String {
        switch self.kind {
        case .duplicateEngineID:
            "重新生成设备的 SNMP 引擎 ID · make the device generate an engine ID of its own: it was cloned"
        case .bootsLowered, .timeWentBack, .timeWentAhead:
            "升级固件或检查存储 · upgrade its firmware, or see why it forgets: it does not keep count of its starts"
        case .engineIDChanged:
            "确认设备是否被更换或复位 · find out whether it was replaced or reset"
        case .reportsUnsigned:
            "升级固件 · upgrade its firmware: its reports about time can be forged"
        case .bootsExhausted:
            "重设引擎 ID 与用户 · give it a new engine ID and its users anew: the count of its starts is at its end"
        }
    }

    /// As a row of an answer.
    var json: JSONText {
        .object([
            "kind": .string(self.kind.rawValue), "detail": .string(self.detail),
            "first_seen_at": .string(self.firstSeenAt.text), "last_seen_at": .string(self.lastSeenAt.text),
            "count": .integer(Int64(self.count)),
        ])
    }
}

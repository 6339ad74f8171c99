internal import Cryptography
internal import Packing
internal import Postgres
public import WaysideCore

/// What a report is published with.
public struct PublishedParts: Sendable {
    /// What holds for every day.
    public var head: [UInt8]
    /// What holds for each day.
    public var days: [(day: ServiceDay, bytes: [UInt8])]
    /// The figures as compact JSON.
    public var figures: [UInt8]

    /// Parts.
    public init(head: [UInt8], days: [(day: ServiceDay, bytes: [UInt8])], figures: [UInt8]) {
        (self.head, self.days, self.figures) = (head, days, figures)
    }
}

/// What was published, and what it was made from.
public struct ReportStore: Sendable {
    let database: Store

    /// The reports in that database.
    public init(_ store: Store) { self.database = store }

    /// Why a report is not published or not found; nothing was changed.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is none of that id, or no such revision of it.
        case unknown(String)
        /// It was published before, and a revision needs a reason.
        case reasonMissing(String, revision: Int)
        /// Evidence came back otherwise than it was written.
        case damaged(String)

        /// One line.
        public var description: String {
            switch self {
            case .unknown(let id): "no report \(id) was published; `wayside report list` shows what was"
            case .reasonMissing(let id, let revision):
                "report \(id) was published as revision \(revision) already and never changes; "
                    + "publish a new revision with --reason"
            case .damaged(let hash): "the evidence \(hash) is damaged: its bytes do not have that hash"
            }
        }
    }

    /// Publishes a report with its parts as the next revision, all of it or nothing; the revision in `report` does not
    /// count.
    ///
    /// - Throws: ``Refusal/reasonMissing(_:revision:)`` for a later revision without a reason.
    public func publish(_ report: PublishedReport, _ parts: PublishedParts) async throws -> PublishedReport {
        try await self.database.pool.transaction { transaction in
            try transaction.run(TakeLedgerLock())
            var report = report
            let last = try transaction.firstRow(SelectLastRevision(id: report.id)) ?? nil
            report.revision = Int((last ?? 0) + 1)
            if let last {
                guard report.reason?.isEmpty == false else {
                    throw Refusal.reasonMissing(report.id, revision: Int(last))
                }
            } else {
                report.reason = nil
            }
            let head = try Self.keep(parts.head, in: transaction)
            let figures = try Self.keep(parts.figures, in: transaction)
            try transaction.run(InsertReport(report: report, headSHA256: head, figuresPart: figures))
            for (day, bytes) in parts.days {
                let hash = try Self.keep(bytes, in: transaction)
                try transaction.run(InsertReportPart(report: report, day: day, sha256: hash))
            }
            return report
        }
    }

    /// What was published of periods that begin inside the span, the latest first; of every period with `nil`.
    public func reports(in span: ClosedRange<ServiceDay>? = nil) async throws -> [PublishedReport] {
        try await self.database.pool.rows(SelectReports(id: nil, span: span))
    }

    /// A report's revisions, the latest first.
    ///
    /// - Throws: ``Refusal/unknown(_:)`` when there is none.
    public func revisions(_ id: String) async throws -> [PublishedReport] {
        let found = try await self.database.pool.rows(SelectReports(id: id, span: nil))
        guard !found.isEmpty else { throw Refusal.unknown(id) }
        return found
    }

    /// The figures as they were published, as compact JSON.
    public func figures(_ report: PublishedReport) async throws -> [UInt8] {
        try await self.database.pool.withConnection { connection in
            guard let hash = try connection.firstRow(SelectReportFigures(report: report)) else {
                throw Refusal.unknown(report.id)
            }
            return try Self.load(hash, connection)
        }
    }

    /// Hands out the evidence part by part, the head first, then the days in order.
    public func forEachPart(
        of report: PublishedReport,
        _ body: @escaping @Sendable ([UInt8]) throws -> Void
    ) async throws {
        try await self.database.pool.withConnection { connection in
            guard let head = try connection.firstRow(SelectReportHead(report: report)) else {
                throw Refusal.unknown(report.id)
            }
            try body(try Self.load(head, connection))
            for hash in try connection.rows(SelectReportParts(report: report)) {
                try body(try Self.load(hash, connection))
            }
        }
    }

    /// The evidence of one day out of the latest report by that version of the rule; `nil` when none was published with
    /// it. Another version may count other observations.
    public func evidence(
        of day: ServiceDay,
        rule: String,
        version: Int
    ) async throws -> (report: String, bytes: [UInt8])? {
        try await self.database.pool.withConnection { connection in
            guard
                let found = try connection.firstRow(
                    SelectDayEvidence(day: day, rule: rule, version: version)
                )
            else { return nil }
            return (found.report, try Self.load(found.sha256, connection))
        }
    }

    /// The greatest part, unpacked: a province's day is some tens of megabytes.
    private static let partLimit = 1 << 30

    private static func keep(
        _ bytes: [UInt8],
        in transaction: borrowing Transaction
    ) throws -> String {
        let hash = Hexadecimal.string(Digest.sha256.hash(bytes))
        guard try transaction.firstRow(SelectPartExists(sha256: hash)) == nil else { return hash }
        try transaction.run(
            InsertEvidencePart(sha256: hash, byteCount: bytes.count, packed: try Deflate().pack(bytes))
        )
        return hash
    }

    private static func load(_ hash: String, _ connection: borrowing PostgresConnection) throws -> [UInt8] {
        guard let packed = try connection.firstRow(SelectEvidencePart(sha256: hash)) else {
            throw Refusal.damaged(hash)
        }
        let bytes = try Deflate().unpack(packed, limit: Self.partLimit)
        guard Hexadecimal.string(Digest.sha256.hash(bytes)) == hash else { throw Refusal.damaged(hash) }
        return bytes
    }
}

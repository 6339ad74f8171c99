internal import Postgres
public import WaysideCore

extension HealthHistory {
    /// Pieces are made so many days ahead.
    static let daysAhead: Int64 = 2

    /// Makes the pieces of today and of two days ahead, and says which were missing. Twice is the same as once.
    @discardableResult
    public func makePartitions(now: Timestamp) async throws -> [String] {
        var wanted: Set<HealthPartition> = []
        let end = now + Self.daysAhead * ServiceDay.lengthMilliseconds
        var instant = Self.hour(of: now) - Self.hour
        while instant <= end {
            for table in HealthPartition.Table.allCases {
                wanted.insert(HealthPartition(table, holding: instant))
            }
            instant = instant + Self.hour
        }
        let made = try await self.make(wanted)
        let detail = "up to \(end.text), \(made.count) new"
        try await self.store.pool.run(UpsertHealthJob(name: .partitions, doneAt: now, detail: detail))
        return made.map(\.name)
    }

    /// Makes those that are missing.
    @discardableResult
    func make(_ wanted: Set<HealthPartition>) async throws -> [HealthPartition] {
        try await self.store.pool.transaction { transaction in
            var missing = try Self.missing(wanted, in: transaction)
            guard !missing.isEmpty else { return [] }
            try transaction.run(TakeHealthLock())
            missing = try Self.missing(wanted, in: transaction)
            for piece in missing { try transaction.runScript(piece.makingText) }
            return missing
        }
    }

    private static func missing(
        _ wanted: Set<HealthPartition>,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [HealthPartition] {
        var missing: [HealthPartition] = []
        for table in HealthPartition.Table.allCases {
            let names = Set(try transaction.rows(SelectPartitions(table: table)))
            missing += wanted.filter { $0.table == table && !names.contains($0.name) }
        }
        return missing.sorted { $0.name < $1.name }
    }

    /// The pieces that are there, the earliest first.
    func partitions(_ table: HealthPartition.Table) async throws -> [HealthPartition] {
        try await self.store.pool.rows(SelectPartitions(table: table)).compactMap {
            HealthPartition(table, name: $0)
        }.sorted { $0.span.start < $1.span.start }
    }

    /// Pieces that could not be dropped; the next time may.
    public struct Undropped: Error, Sendable, CustomStringConvertible {
        /// How many.
        public let count: Int
        /// The first of them.
        public let first: String
        /// Why that one could not, in the database's words.
        public let reason: String

        /// Names the piece, so that somebody can look who holds it.
        public var description: String {
            "\(self.count) partitions that are too old could not be dropped, the first \(self.first): "
                + "\(self.reason); see who reads it (pg_locks), it is tried again every hour"
        }
    }

    /// Drops the pieces that are older than is kept, and notes that it was done; says which.
    ///
    /// A piece that somebody reads is waited for only shortly, because everybody who comes later waits behind us; the
    /// others are dropped all the same.
    ///
    /// - Throws: ``Undropped`` when some are still there; then nothing is noted.
    @discardableResult
    public func retain(now: Timestamp) async throws -> [String] {
        var dropped: [String] = []
        var left: [(name: String, reason: String)] = []
        for table in HealthPartition.Table.allCases {
            let oldest = self.retention.oldest(table, now: now)
            for piece in try await self.partitions(table) where piece.span.end <= oldest {
                do {
                    try await self.store.pool.transaction { transaction in
                        try transaction.run(TakeHealthLock())
                        try transaction.runScript(Self.shortWait)
                        try transaction.runScript(piece.droppingText)
                    }
                    dropped.append(piece.name)
                } catch let error as PostgresError {
                    left.append((piece.name, "\(error)"))
                }
            }
        }
        if let first = left.first {
            throw Undropped(count: left.count, first: first.name, reason: first.reason)
        }
        let detail =
            "values since \(self.retention.oldest(.blocks, now: now).text), \(dropped.count) partitions dropped"
        try await self.store.pool.run(UpsertHealthJob(name: .retention, doneAt: now, detail: detail))
        return dropped
    }

    /// Readers and writers queue behind whoever waits for a table as a whole.
    private static let shortWait = "SET LOCAL lock_timeout = '2s'"

    /// Drops the piece of an hour of polls if nothing is in it; nobody can write to it meanwhile.
    func dropIfEmpty(_ piece: HealthPartition) async throws {
        try await self.store.pool.transaction { transaction in
            try transaction.run(TakeHealthLock())
            try transaction.runScript(Self.shortWait)
            try transaction.runScript("LOCK TABLE ONLY \(piece.table.rawValue) IN ACCESS EXCLUSIVE MODE")
            guard try transaction.firstRow(SelectReadingExists(span: piece.span)) == false else { return }
            try transaction.runScript(piece.droppingText)
        }
    }
}

internal import Postgres
public import WaysideCore

/// A day that must be assessed again (待重算日): all of it, or some devices of it with everything that hangs on them.
public struct DirtyDay: Hashable, Sendable {
    /// Which.
    public let day: ServiceDay
    /// Of which devices; `nil` for all.
    public let devices: Set<DeviceID>?
    /// What is cleared must be what was read: the greatest generation by device, and under `nil` that of the whole day.
    let generations: [DeviceID?: Int64]
}

/// Marks what must be assessed again, and takes the marks off.
public struct DirtyDays: Sendable {
    private let database: Store

    /// The marks in that database.
    public init(_ store: Store) { self.database = store }

    /// What is marked, the latest day first; with an instant only what was marked up to then. A mark that is newer than
    /// what is known speaks of a decision that an assessment would not count yet: it must stay.
    public func all(markedUpTo instant: Timestamp? = nil) async throws -> [DirtyDay] {
        let rows = try await self.database.pool.rows(SelectDirtyDays(markedUpTo: instant))
        var generations: [ServiceDay: [DeviceID?: Int64]] = [:]
        for row in rows { generations[row.day, default: [:]][row.device] = row.generation }
        return generations.keys.sorted(by: >).map { day in
            let marks = generations[day] ?? [:]
            let isWhole = marks[DeviceID?.none] != nil
            return DirtyDay(
                day: day,
                devices: isWhole ? nil : Set(marks.keys.compactMap { $0 }),
                generations: marks
            )
        }
    }

    /// Marks whole days.
    public func mark(_ days: [ServiceDay], at now: Timestamp) async throws {
        try await self.database.pool.run(MarkDirtyDays(days: Array(Set(days)), markedAt: now))
    }

    /// Marks days of single devices, with everything that hangs on them.
    public func mark(_ devices: Set<DeviceID>, _ days: [ServiceDay], at now: Timestamp) async throws {
        try await self.database.pool.run(
            MarkDirtyDevices(marks: days.flatMap { day in devices.map { ($0, day) } }, markedAt: now)
        )
    }

    /// Takes the marks off, unless they were set again since they were read.
    public func clear(_ dirty: DirtyDay) async throws {
        try await self.database.pool.transaction { try Self.clear(dirty, in: $0) }
    }

    static func clear(_ dirty: DirtyDay, in transaction: borrowing Transaction) throws(PostgresError) {
        if let generation = dirty.generations[DeviceID?.none] {
            try transaction.run(ClearDirtyDay(day: dirty.day, generation: generation))
        }
        let devices = dirty.generations.compactMap { device, generation in device.map { ($0, generation) } }
        if !devices.isEmpty { try transaction.run(ClearDirtyDevices(day: dirty.day, devices: devices)) }
    }
}

/// A mark, out of the tables.
struct DirtyMark: Sendable {
    let day: ServiceDay
    let device: DeviceID?
    let generation: Int64
}

/// Days to be made again, whole ones and single devices'.
struct SelectDirtyDays: Statement {
    static let sql = """
        SELECT day, NULL::bigint AS device_id, generation FROM dirty_day
         WHERE $1::timestamptz IS NULL OR marked_at <= $1::timestamptz
         UNION ALL
        SELECT day, device_id, generation FROM dirty_device
         WHERE $1::timestamptz IS NULL OR marked_at <= $1::timestamptz
        """

    let markedUpTo: Timestamp?

    var parameters: [String?] { [self.markedUpTo?.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DirtyMark {
        DirtyMark(
            day: try row.serviceDay(0),
            device: try row.optionalInt64(1).map { DeviceID($0) },
            generation: try row.int64(2)
        )
    }
}

/// Marks days of devices, many at once; one that is marked twice in one list is marked once.
struct MarkDirtyDevices: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO dirty_device (device_id, day, generation, marked_at)
        SELECT DISTINCT device_id, day, 1, $3::timestamptz
          FROM unnest($1::bigint[], $2::date[]) AS marked (device_id, day)
        ON CONFLICT (device_id, day)
        DO UPDATE SET generation = dirty_device.generation + 1, marked_at = EXCLUDED.marked_at
        """

    let marks: [(device: DeviceID, day: ServiceDay)]
    let markedAt: Timestamp

    var parameters: [String?] {
        [
            SQLText.array(self.marks.map(\.device)), SQLText.array(self.marks.map(\.day.sql)),
            self.markedAt.sql,
        ]
    }
}

/// Takes a whole day off, if it is the one that was read.
struct ClearDirtyDay: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM dirty_day WHERE day = $1 AND generation = $2"

    let day: ServiceDay
    let generation: Int64

    var parameters: [String?] { [self.day.sql, String(self.generation)] }
}

/// Takes devices of a day off, if they are those that were read.
struct ClearDirtyDevices: Statement {
    typealias Row = Never

    static let sql = """
        DELETE FROM dirty_device
         USING unnest($2::bigint[], $3::bigint[]) AS done (device_id, generation)
         WHERE dirty_device.day = $1 AND dirty_device.device_id = done.device_id
           AND dirty_device.generation = done.generation
        """

    let day: ServiceDay
    let devices: [(device: DeviceID, generation: Int64)]

    var parameters: [String?] {
        [
            self.day.sql, SQLText.array(self.devices.map(\.device)),
            SQLText.array(self.devices.map(\.generation)),
        ]
    }
}

internal import Postgres
internal import WaysideCore

/// The core's values as PostgreSQL writes them, for parameters.
extension Timestamp {
    var sql: String { SQLText.timestamp(self.milliseconds) }
}

extension ServiceDay {
    var sql: String { SQLText.day(Int(self.number)) }
}

extension JournalPosition {
    /// A `bigint`; a journal does not live to see the greatest one.
    var number: Int64 { Int64(clamping: self.index) }
    var sql: String { String(self.number) }

    init(number: Int64) { self.init(index: UInt64(max(0, number))) }
}

extension SQLText {
    static func timestamps(_ instants: some Sequence<Timestamp>) -> String {
        self.timestamps(instants.map(\.milliseconds))
    }

    static func timestamps(_ instants: some Sequence<Timestamp?>) -> String {
        self.timestamps(instants.map { $0?.milliseconds })
    }

    static func array(_ devices: some Sequence<DeviceID>) -> String { self.array(devices.map(\.number)) }
}

/// The core's values out of a row.
extension RowReader {
    func instant(_ column: Int) throws(PostgresError) -> Timestamp {
        Timestamp(milliseconds: try self.timestamp(column))
    }

    func optionalInstant(_ column: Int) throws(PostgresError) -> Timestamp? {
        try self.optionalTimestamp(column).map { Timestamp(milliseconds: $0) }
    }

    func serviceDay(_ column: Int) throws(PostgresError) -> ServiceDay {
        ServiceDay(number: Int32(clamping: try self.day(column)))
    }

    func optionalServiceDay(_ column: Int) throws(PostgresError) -> ServiceDay? {
        try self.optionalDay(column).map { ServiceDay(number: Int32(clamping: $0)) }
    }

    func device(_ column: Int) throws(PostgresError) -> DeviceID { DeviceID(try self.int64(column)) }

    /// A value that is kept by its word.
    func word<Value: RawRepresentable>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value where Value.RawValue == String {
        try Self.value(try self.text(column))
    }

    /// A value that is kept by its word, or null.
    func optionalWord<Value: RawRepresentable>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value? where Value.RawValue == String {
        guard let word = try self.optionalText(column) else { return nil }
        return try Self.value(word)
    }

    /// Values that are kept by their words.
    func words<Value: RawRepresentable>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> [Value] where Value.RawValue == String {
        var values: [Value] = []
        for word in try self.texts(column) { values.append(try Self.value(word)) }
        return values
    }

    func status(_ column: Int) throws(PostgresError) -> Status {
        let word = try self.text(column)
        guard let status = Status(name: word) else { throw Self.unknown(word, "Status") }
        return status
    }

    /// A cause that a newer version wrote reads as none: it tells why and decides nothing.
    func cause(_ column: Int) throws(PostgresError) -> Cause? {
        try self.optionalText(column).flatMap(Cause.init(rawValue:))
    }

    private static func value<Value: RawRepresentable>(
        _ word: String
    ) throws(PostgresError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: word) else { throw self.unknown(word, "\(Value.self)") }
        return value
    }

    private static func unknown(_ word: String, _ type: String) -> PostgresError {
        PostgresError(operation: .decode, message: "\(word) is no \(type) that this version knows")
    }
}

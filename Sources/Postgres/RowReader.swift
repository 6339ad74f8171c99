internal import CLibPQ

/// Reads the columns of one row, from 0 at the left. Lives only while the row is read.
///
/// Of a row in the binary format it reads whole numbers, Booleans, instants, texts and enums, and refuses the rest.
///
/// Every reading throws ``PostgresError/Operation/decode`` with the column's name when the value is null or is not
/// of the wanted form; the `optional…` readings give `nil` for null.
public struct RowReader: ~Copyable {
    private let result: OpaquePointer
    private let row: Int32
    private let statement: String

    init(result: OpaquePointer, row: Int32, statement: String) {
        self.result = result
        self.row = row
        self.statement = statement
    }

    /// How many columns the row has.
    public var columnCount: Int { Int(PQnfields(self.result)) }

    /// The column is null.
    public func isNull(_ column: Int) throws(PostgresError) -> Bool {
        try self.bytesOfText(column) == nil
    }

    /// The column's text, whatever its type.
    public func text(_ column: Int) throws(PostgresError) -> String {
        try self.present(try self.optionalText(column), column)
    }

    /// The column's text, whatever its type.
    public func optionalText(_ column: Int) throws(PostgresError) -> String? {
        try self.bytesOfText(column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A `bigint`, `integer` or `smallint`.
    public func int64(_ column: Int) throws(PostgresError) -> Int64 {
        try self.present(try self.optionalInt64(column), column)
    }

    /// A `bigint`, `integer` or `smallint`.
    public func optionalInt64(_ column: Int) throws(PostgresError) -> Int64? {
        try self.read(column, "a whole number", binary: BinaryValue.integer) {
            Int64(String(decoding: $0, as: UTF8.self))
        }
    }

    /// A `bigint`, `integer` or `smallint`.
    public func int(_ column: Int) throws(PostgresError) -> Int { Int(try self.int64(column)) }

    /// A `bigint`, `integer` or `smallint`.
    public func optionalInt(_ column: Int) throws(PostgresError) -> Int? {
        try self.optionalInt64(column).map { Int($0) }
    }

    /// A `boolean`.
    public func bool(_ column: Int) throws(PostgresError) -> Bool {
        try self.present(try self.optionalBool(column), column)
    }

    /// A `boolean`.
    public func optionalBool(_ column: Int) throws(PostgresError) -> Bool? {
        try self.read(column, "a boolean", binary: BinaryValue.bool) { bytes in
            switch bytes.first {
            case UInt8(ascii: "t") where bytes.count == 1: true
            case UInt8(ascii: "f") where bytes.count == 1: false
            default: nil
            }
        }
    }

    /// A `double precision`, `real` or `numeric`.
    public func double(_ column: Int) throws(PostgresError) -> Double {
        try self.present(try self.optionalDouble(column), column)
    }

    /// A `double precision`, `real` or `numeric`.
    public func optionalDouble(_ column: Int) throws(PostgresError) -> Double? {
        try self.read(column, "a number") { Double(String(decoding: $0, as: UTF8.self)) }
    }

    /// A `bytea`.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
        try self.present(try self.optionalBytes(column), column)
    }

    /// A `bytea`.
    public func optionalBytes(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try self.read(column, "a bytea in the hex form") { HexText.bytes($0) }
    }

    /// A `timestamptz` as milliseconds since 1970-01-01T00:00:00Z; microseconds are cut. `infinity` is refused.
    public func timestamp(_ column: Int) throws(PostgresError) -> Int64 {
        try self.present(try self.optionalTimestamp(column), column)
    }

    /// A `timestamptz` as milliseconds since 1970-01-01T00:00:00Z; microseconds are cut. `infinity` is refused.
    public func optionalTimestamp(_ column: Int) throws(PostgresError) -> Int64? {
        try self.read(column, "an instant", binary: BinaryValue.milliseconds) {
            CalendarText.milliseconds($0)
        }
    }

    /// A `date` as days since 1970-01-01. `infinity` is refused.
    public func day(_ column: Int) throws(PostgresError) -> Int {
        try self.present(try self.optionalDay(column), column)
    }

    /// A `date` as days since 1970-01-01. `infinity` is refused.
    public func optionalDay(_ column: Int) throws(PostgresError) -> Int? {
        try self.read(column, "a day") { CalendarText.daysSince1970($0) }
    }

    /// An array of whole numbers in one dimension, without nulls.
    public func int64s(_ column: Int) throws(PostgresError) -> [Int64] {
        try self.present(try self.optionalInt64s(column), column)
    }

    /// An array of whole numbers in one dimension, without nulls inside.
    public func optionalInt64s(_ column: Int) throws(PostgresError) -> [Int64]? {
        try self.read(column, "an array of whole numbers") { bytes in
            ArrayText.elements(bytes).flatMap { ArrayText.all($0) { $0.flatMap { Int64($0) } } }
        }
    }

    /// An array of numbers in one dimension, without nulls.
    public func doubles(_ column: Int) throws(PostgresError) -> [Double] {
        try self.present(
            try self.read(column, "an array of numbers") { bytes in
                ArrayText.elements(bytes).flatMap { ArrayText.all($0) { $0.flatMap { Double($0) } } }
            },
            column
        )
    }

    /// An array of texts in one dimension, without nulls.
    public func texts(_ column: Int) throws(PostgresError) -> [String] {
        try self.present(try self.optionalTexts(column), column)
    }

    /// An array of texts in one dimension, without nulls inside.
    public func optionalTexts(_ column: Int) throws(PostgresError) -> [String]? {
        try self.read(column, "an array of texts without nulls") { bytes in
            ArrayText.elements(bytes).flatMap { ArrayText.all($0) { $0 } }
        }
    }

    /// An array of texts in one dimension that may hold nulls.
    public func textsAndNulls(_ column: Int) throws(PostgresError) -> [String?] {
        try self.present(try self.read(column, "an array") { ArrayText.elements($0) }, column)
    }

    /// The column's bytes as the server wrote them, which of a text or an enum are the same in both formats; `nil` for
    /// null.
    private func bytesOfText(_ column: Int) throws(PostgresError) -> UnsafeBufferPointer<UInt8>? {
        guard column >= 0, column < self.columnCount else {
            throw self.error("column \(column) asked for, but the row has \(self.columnCount)")
        }
        let column = Int32(column)
        guard PQgetisnull(self.result, self.row, column) == 0,
            let start = PQgetvalue(self.result, self.row, column)
        else { return nil }
        let count = Int(PQgetlength(self.result, self.row, column))
        return UnsafeBufferPointer(
            start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self),
            count: count
        )
    }

    private func read<Value>(
        _ column: Int,
        _ wanted: String,
        binary: ((UnsafeBufferPointer<UInt8>) -> Value?)? = nil,
        _ parse: (UnsafeBufferPointer<UInt8>) -> Value?
    ) throws(PostgresError) -> Value? {
        guard let bytes = try self.bytesOfText(column) else { return nil }
        if PQfformat(self.result, Int32(column)) == 1 {
            guard let value = binary?(bytes) else {
                throw self.error(
                    "column \(self.name(column)) is not \(wanted) in the binary format: \(bytes.count) bytes"
                )
            }
            return value
        }
        guard let value = parse(bytes) else {
            throw self.error("column \(self.name(column)) is not \(wanted): \(ArrayText.excerpt(bytes))")
        }
        return value
    }

    private func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw self.error("column \(self.name(column)) is null") }
        return value
    }

    private func name(_ column: Int) -> String {
        let name = PQfname(self.result, Int32(column)).map { String(cString: $0) } ?? "?"
        return "\(column) (\(name))"
    }

    private func error(_ message: String) -> PostgresError {
        PostgresError(operation: .decode, statement: self.statement, message: message)
    }
}

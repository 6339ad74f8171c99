import Postgres
import StoreTestSupport
import Testing

/// The same values in both formats.
private struct Values: Equatable {
    var numbers: [Int64?]
    var instants: [Int64?]
    var texts: [String?]
    var flags: [Bool?]

    static let sql = """
        SELECT (-9223372036854775807)::bigint, 2147483647::integer, (-3)::smallint, NULL::bigint,
               '2026-03-01 00:00:10.123456+00'::timestamptz, '1999-12-31 23:59:59.9994+00'::timestamptz,
               '1969-12-31 23:59:59.999+00'::timestamptz, NULL::timestamptz,
               '桩号'::text, ''::text, 'wide'::binary_test_width, true, false
        """

    init(_ row: borrowing RowReader) throws(PostgresError) {
        self.numbers = [
            try row.optionalInt64(0), try row.optionalInt64(1), try row.optionalInt64(2),
            try row.optionalInt64(3),
        ]
        self.instants = [
            try row.optionalTimestamp(4), try row.optionalTimestamp(5), try row.optionalTimestamp(6),
            try row.optionalTimestamp(7),
        ]
        self.texts = [try row.optionalText(8), try row.optionalText(9), try row.optionalText(10)]
        self.flags = [try row.optionalBool(11), try row.optionalBool(12)]
    }
}

private struct InText: Statement {
    static let sql = Values.sql
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Values { try Values(row) }
}

private struct InBinary: Statement {
    static let sql = Values.sql
    static let format = RowFormat.binary
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Values { try Values(row) }
}

private struct HalfInBinary: Statement {
    static let sql = "SELECT 0.5::double precision"
    static let format = RowFormat.binary
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Double { try row.double(0) }
}

private struct Endless: Statement {
    static let sql = "SELECT 'infinity'::timestamptz"
    static let format = RowFormat.binary
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.timestamp(0) }
}

private struct TextAsNumber: Statement {
    static let sql = "SELECT '123'::text"
    static let format = RowFormat.binary
    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

@Suite("Rows in the binary format")
struct BinaryTests {
    @Test("every type that is read of the binary format reads as it does of text")
    func same() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript("CREATE TYPE binary_test_width AS ENUM ('narrow', 'wide')")
        let text = try #require(try connection.firstRow(InText()))
        let binary = try #require(try connection.firstRow(InBinary()))
        #expect(binary == text)
        #expect(binary.numbers == [-9_223_372_036_854_775_807, 2_147_483_647, -3, nil])
        #expect(binary.instants == [1_772_323_210_123, 946_684_799_999, -1, nil])
        #expect(binary.texts == ["桩号", "", "wide"] && binary.flags == [true, false])
    }

    @Test("what cannot be read of the binary format is refused, and never read as something else")
    func refused() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let errors = [
            postgresError { _ = try connection.firstRow(HalfInBinary()) },
            postgresError { _ = try connection.firstRow(Endless()) },
            postgresError { _ = try connection.firstRow(TextAsNumber()) },
        ]
        #expect(errors.map { $0?.operation } == [.decode, .decode, .decode])
        let isUsable = connection.isUsable
        #expect(isUsable)
    }
}

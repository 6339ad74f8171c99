import Postgres
import StoreTestSupport
import Testing

@Suite("Copying in")
struct CopyTests {
    private static let table = """
        CREATE TABLE sample (
            a bigint, b integer, c smallint, d double precision, e real, f boolean, g text, h bytea, i timestamptz,
            j date, k bigint[], l real[], m jsonb
        )
        """

    private struct Samples: CopyStatement {
        static let sql = "COPY sample FROM STDIN (FORMAT binary)"
        static let columnCount = 13
    }

    private struct Things: CopyStatement {
        static let sql = "COPY thing (id, name) FROM STDIN (FORMAT binary)"
        static let columnCount = 2
    }

    private struct TextThings: CopyStatement {
        static let sql = "COPY thing (id, name) FROM STDIN"
        static let columnCount = 2
    }

    private struct AsText: Statement {
        static let sql = "SELECT sample::text FROM sample"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
    }

    @Test("every type arrives as it was")
    func types() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(CopyTests.table)
        let count = try connection.copy(Samples.self) { writer in
            try writer.beginRow()
            try writer.append(Int64.min)
            try writer.append(Int32(-2))
            try writer.append(Int16(3))
            try writer.append(0.1)
            try writer.append(Float(1.5))
            try writer.append(true)
            try writer.append("桩号, \"x\"")
            try writer.append(bytes: [0, 255])
            try writer.append(timestamp: 1_772_323_210_123)
            try writer.append(day: 20_513)
            try writer.append([1, -2] as [Int64])
            try writer.append([] as [Float])
            try writer.append(jsonb: #"{"a":1}"#)
            try writer.beginRow()
            for _ in 0..<13 { try writer.appendNull() }
        }
        #expect(count == 2)
        let rows = try connection.rows(AsText())
        #expect(
            rows == [
                #"(-9223372036854775808,-2,3,0.1,1.5,t,"桩号, ""x""","\\x00ff","2026-03-01 00:00:10.123+00","#
                    + #"2026-03-01,"{1,-2}",{},"{""a"": 1}")"#,
                "(,,,,,,,,,,,,)",
            ]
        )
    }

    @Test("a hundred thousand rows go in")
    func many() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let count = try connection.copy(Things.self) { writer in
            for number in 0..<100_000 {
                try writer.beginRow()
                try writer.append(Int64(number))
                try writer.append("thing \(number)")
            }
        }
        #expect(count == 100_000)
        #expect(try connection.firstRow(Count()) == 100_000)
    }

    @Test("a writer that fails, a row that is not whole and a row that the table refuses leave nothing")
    func failures() throws {
        struct Failure: Error {}
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        #expect(throws: Failure.self) {
            try connection.copy(Things.self) { writer in
                try writer.beginRow()
                try writer.append(Int64(1))
                try writer.append("one")
                throw Failure()
            }
        }
        let short = postgresError {
            try connection.copy(Things.self) { writer in
                try writer.beginRow()
                try writer.append(Int64(1))
            }
        }
        #expect(short?.message == "a row lacks 1 values")
        let long = postgresError {
            try connection.copy(Things.self) { writer in
                try writer.beginRow()
                for _ in 0..<3 { try writer.appendNull() }
            }
        }
        #expect(long?.message.contains("more values") == true)
        let refused = postgresError {
            try connection.copy(Things.self) { writer in
                for _ in 0..<2 {
                    try writer.beginRow()
                    try writer.append(Int64(7))
                    try writer.appendNull()
                }
            }
        }
        #expect(refused?.isUniqueViolation == true)
        let text = postgresError { try connection.copy(TextThings.self) { _ in } }
        #expect(text?.operation == .copy)
        #expect(try connection.firstRow(Count()) == 0)
    }
}

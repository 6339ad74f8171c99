import Postgres
import StoreTestSupport
import Testing

@Suite("Values there and back")
struct ValueTests {
    @Test(
        "an instant is exact to the millisecond, before and after 1970, before and after Christ, in any zone"
    )
    func instants() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        var instants: [Int64] = [
            0, 1, -1, 999, -999, 1_772_323_210_123, 951_782_400_000, 951_868_799_999, 4_107_542_399_999,
            -62_135_596_800_000, -62_135_596_800_001, -62_167_219_200_001, 253_402_300_800_000,
            -210_000_000_000_000,
        ]
        var seed: UInt64 = 7
        for _ in 0..<300 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            instants.append(Int64(bitPattern: seed) % 100_000_000_000_000)
        }
        for instant in instants {
            let text = SQLText.timestamp(instant)
            #expect(try connection.firstRow(EpochOf(text: text)) == instant, "\(text)")
            #expect(try connection.firstRow(Echo<AsInstant>(text: text)) == .some(instant), "\(text)")
        }
        for zone in ["Asia/Kolkata", "America/St_Johns", "UTC", "Asia/Shanghai"] {
            try connection.runScript("SET TimeZone = '\(zone)'")
            #expect(
                try connection.firstRow(Echo<AsInstant>(text: "1901-02-03 04:05:06.789+00"))
                    == -2_174_586_893_211
            )
        }
    }

    @Test("microseconds are cut towards the past, and infinity is refused")
    func cutting() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        #expect(try connection.firstRow(Echo<AsInstant>(text: "1970-01-01 00:00:00.001999+00")) == 1)
        #expect(try connection.firstRow(Echo<AsInstant>(text: "1969-12-31 23:59:59.998001+00")) == -2)
        #expect(try connection.firstRow(Echo<AsInstant>(text: nil)) == .some(nil))
        let error = postgresError { _ = try connection.firstRow(Echo<AsInstant>(text: "infinity")) }
        #expect(error?.operation == .decode)
        #expect(error?.message.contains("infinity") == true)
    }

    @Test("days, numbers, booleans and bytes come back as they went")
    func simpleValues() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        for day in [0, -1, 20_513, -719_163, -800_000, 2_932_897, 11_016] {
            #expect(try connection.firstRow(Echo<AsDay>(text: SQLText.day(day))) == .some(day))
        }
        for number in [Int64.min, -1, 0, .max] {
            #expect(try connection.firstRow(Echo<AsNumber>(text: String(number))) == .some(number))
        }
        for number in [0.1, -1e-300, 1e300, 1.0 / 3, .infinity, -.infinity, .leastNonzeroMagnitude] {
            #expect(try connection.firstRow(Echo<AsDouble>(text: SQLText.double(number))) == .some(number))
        }
        #expect(try connection.firstRow(Echo<AsDouble>(text: SQLText.double(.nan)))??.isNaN == true)
        for value in [true, false] {
            #expect(try connection.firstRow(Echo<AsBool>(text: SQLText.bool(value))) == .some(value))
        }
        let bytes = (0...255).map { UInt8($0) }
        #expect(try connection.firstRow(Echo<AsBytes>(text: SQLText.bytes(bytes))) == .some(bytes))
        #expect(try connection.firstRow(Echo<AsBytes>(text: SQLText.bytes([UInt8]()))) == .some([]))
    }

    @Test("arrays keep nulls, the word NULL, empty texts, quotation marks, commas, braces and Chinese")
    func arrays() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let texts: [String?] = [
            "", " ", "NULL", nil, "a,b", "{x}", "\"", "\\", "\\\"", "line\nend", "桩号 K12+300", "é",
        ]
        #expect(try connection.firstRow(Echo<AsTexts>(text: SQLText.array(texts))) == .some(texts))
        #expect(try connection.firstRow(Echo<AsTexts>(text: SQLText.array([String]()))) == .some([]))
        let numbers: [Int64] = [1, -2, .max, .min]
        #expect(try connection.firstRow(Echo<AsNumbers>(text: SQLText.array(numbers))) == .some(numbers))
        #expect(try connection.firstRow(Echo<AsNumbers>(text: SQLText.array([Int64]()))) == .some([]))
        let gap = postgresError {
            _ = try connection.firstRow(Echo<AsNumbers>(text: SQLText.array([1, nil] as [Int64?])))
        }
        #expect(gap?.operation == .decode)
    }

    @Test("a text with U+0000 is refused and not cut off")
    func nothing() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        let error = postgresError { _ = try connection.firstRow(Echo<AsText>(text: "a\u{0}b")) }
        #expect(error?.message == "parameter $1 contains U+0000, which PostgreSQL cannot hold")
        #expect(try connection.firstRow(Echo<AsText>(text: "ab")) == "ab")
    }
}

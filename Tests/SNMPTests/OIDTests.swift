import Testing

@testable import SNMP

@Suite("Object names")
struct OIDTests {
    @Test("a name is read with or without its leading dot and printed without")
    func text() {
        #expect(OID("1.3.6.1.2.1.1.3.0") == [1, 3, 6, 1, 2, 1, 1, 3, 0])
        #expect(OID(".1.3.6.1")?.description == "1.3.6.1")
        #expect(OID("2.999.4294967295")?.subidentifiers == [2, 999, .max])
    }

    @Test(
        "what is no name is refused",
        arguments: [
            "", ".", "1.", "1..3", "3.1", "1.40", "0.40", "1.3.4294967296", "1.3.-1", "1.3.+1", "sysUpTime.0",
            "1. 3",
        ]
    )
    func refused(text: String) {
        #expect(OID(text) == nil)
    }

    @Test("a name longer than 128 numbers is refused")
    func longest() {
        #expect(OID([UInt32](repeating: 1, count: 128)) != nil)
        #expect(OID([UInt32](repeating: 1, count: 129)) == nil)
    }

    @Test("names are ordered by numbers, although their bytes are not")
    func order() {
        let low: OID = [1, 3, 16_383]
        let high: OID = [1, 3, 16_384]
        #expect(low < high)
        #expect(([1, 3] as OID) < [1, 3, 0])
        var writer = BERWriter()
        writer.name(low)
        let lowBytes = writer.bytes
        writer = BERWriter()
        writer.name(high)
        // The bytes sort the other way round once the length octet is left out.
        #expect(writer.bytes.dropFirst(2).lexicographicallyPrecedes(lowBytes.dropFirst(2)))
    }

    @Test("a row's index is what follows the column's name")
    func index() {
        let column: OID = [1, 3, 6, 1, 2, 1, 2, 2, 1, 2]
        #expect(column.appending(10, 1)?.index(under: column).map(Array.init) == [10, 1])
        #expect(([1, 3, 6, 2] as OID).index(under: column) == nil)
        #expect(column.isWithin(column))
    }

    @Test(
        "a name survives the wire",
        arguments: ["0.0", "1.39.1", "2.47.5", "2.4294967295", "1.3.128.16384.4294967295"]
    )
    func roundTrip(text: String) throws {
        let name = try #require(OID(text))
        var writer = BERWriter()
        writer.name(name)
        let bytes = writer.bytes
        var reader = BERReader(bytes.span.bytes)
        #expect(try reader.name(in: bytes.span.bytes) == name)
    }
}

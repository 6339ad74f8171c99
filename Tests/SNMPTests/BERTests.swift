import Testing

@testable import SNMP

/// Decodes one value element.
private func value(_ bytes: [UInt8]) throws(BERFault) -> SNMPValue {
    let span = bytes.span.bytes
    var reader = BERReader(span)
    let (tag, content) = try reader.element(in: span)
    return SNMPValue(tag: tag, content: content, in: span)
}

private struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    let expected: SNMPValue
    var testDescription: String { self.name }

    init(_ name: String, _ bytes: [UInt8], _ expected: SNMPValue) {
        self.name = name
        self.bytes = bytes
        self.expected = expected
    }
}

@Suite("Values on the wire")
struct BERValueTests {
    @Test(
        "a value is read exactly, or not at all",
        arguments: [
            Case("zero", [2, 1, 0], .integer(0)),
            Case("minus one", [2, 1, 0xFF], .integer(-1)),
            Case("the least Integer32", [2, 4, 0x80, 0, 0, 0], .integer(-2_147_483_648)),
            Case(
                "an INTEGER beyond 32 bits, as some counters come",
                [2, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF],
                .integer(4_294_967_295)
            ),
            Case("a padded INTEGER", [2, 3, 0, 0, 7], .integer(7)),
            Case("an INTEGER of no bytes", [2, 0], .undecodable(tag: 2, content: [])),
            Case(
                "an INTEGER of nine bytes",
                [2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                .undecodable(tag: 2, content: [0, 0, 0, 0, 0, 0, 0, 0, 1])
            ),
            Case(
                "the greatest Counter32 with its zero",
                [0x41, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF],
                .counter32(.max)
            ),
            Case("the greatest Counter32 without", [0x41, 4, 0xFF, 0xFF, 0xFF, 0xFF], .counter32(.max)),
            Case(
                "a Counter32 that may be -1 or 255",
                [0x41, 1, 0xFF],
                .undecodable(tag: 0x41, content: [0xFF])
            ),
            Case(
                "a Counter32 of 33 bits",
                [0x41, 5, 1, 0, 0, 0, 0],
                .undecodable(tag: 0x41, content: [1, 0, 0, 0, 0])
            ),
            Case("a Counter32 of no bytes", [0x41, 0], .undecodable(tag: 0x41, content: [])),
            Case("a Gauge32", [0x42, 2, 0x03, 0xE8], .gauge32(1_000)),
            Case("an UInteger32 of RFC 1442", [0x47, 1, 9], .gauge32(9)),
            Case("TimeTicks", [0x43, 4, 0x7F, 0xFF, 0xFF, 0xFF], .timeTicks(2_147_483_647)),
            Case(
                "the greatest Counter64 with its zero",
                [0x46, 9, 0] + [UInt8](repeating: 0xFF, count: 8),
                .counter64(.max)
            ),
            Case(
                "the greatest Counter64 without",
                [0x46, 8] + [UInt8](repeating: 0xFF, count: 8),
                .counter64(.max)
            ),
            Case(
                "a Counter64 of 72 bits",
                [0x46, 9, 1] + [UInt8](repeating: 0, count: 8),
                .undecodable(tag: 0x46, content: [1] + [UInt8](repeating: 0, count: 8))
            ),
            Case("bytes that are no text", [4, 3, 0xFF, 0, 0xFE], .octets([0xFF, 0, 0xFE])),
            Case("a short length in its long form", [4, 0x84, 0, 0, 0, 1, 0x41], .octets([0x41])),
            Case("NULL", [5, 0], .null),
            Case("NULL with content", [5, 1, 0], .undecodable(tag: 5, content: [0])),
            Case("a name", [6, 3, 0x2B, 6, 1], .oid([1, 3, 6, 1])),
            Case("a name of no bytes", [6, 0], .oid([0, 0])),
            Case("an unfinished name", [6, 2, 0x2B, 0x86], .undecodable(tag: 6, content: [0x2B, 0x86])),
            Case(
                "a sub-identifier of 35 bits",
                [6, 6, 0x2B, 0x90, 0x80, 0x80, 0x80, 0],
                .undecodable(tag: 6, content: [0x2B, 0x90, 0x80, 0x80, 0x80, 0])
            ),
            Case("an IP address", [0x40, 4, 192, 0, 2, 255], .ipAddress(0xC000_02FF)),
            Case(
                "an IP address of five bytes",
                [0x40, 5, 1, 2, 3, 4, 5],
                .undecodable(tag: 0x40, content: [1, 2, 3, 4, 5])
            ),
            Case("an opaque float", [0x44, 7, 0x9F, 0x78, 4, 0x3F, 0xC0, 0, 0], .opaqueFloat(1.5)),
            Case(
                "an opaque double",
                [0x44, 11, 0x9F, 0x79, 8, 0xC0, 0x02, 0, 0, 0, 0, 0, 0],
                .opaqueDouble(-2.25)
            ),
            Case(
                "an opaque float cut short",
                [0x44, 6, 0x9F, 0x78, 4, 0x3F, 0xC0, 0],
                .opaque([0x9F, 0x78, 4, 0x3F, 0xC0, 0])
            ),
            Case("no such object", [0x80, 0], .noSuchObject),
            Case("no such instance", [0x81, 0], .noSuchInstance),
            Case("the end of the view", [0x82, 0], .endOfMibView),
            Case(
                "an end of the view that says something",
                [0x82, 1, 0],
                .undecodable(tag: 0x82, content: [0])
            ),
            Case(
                "a type that SNMP does not have",
                [0x13, 1, 0x41],
                .undecodable(tag: 0x13, content: [0x41])
            ),
        ]
    )
    private func reads(_ example: Case) throws {
        #expect(try value(example.bytes) == example.expected)
    }

    @Test(
        "an element whose frame is wrong is a fault",
        arguments: [
            ([], BERFault.truncated), ([2], .truncated), ([2, 1], .truncated), ([4, 5, 1, 2], .truncated),
            ([4, 0x80, 0, 0], .badLength), ([4, 0x85, 0, 0, 0, 0, 1, 7], .badLength),
            ([4, 0x82, 1], .truncated),
            ([4, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], .truncated), ([0x1F, 0x81, 0], .longTag),
            ([0x3F, 1, 0], .longTag), ([4, 0xFF], .badLength),
        ] as [([UInt8], BERFault)]
    )
    func frames(bytes: [UInt8], fault: BERFault) {
        #expect(throws: fault) { try value(bytes) }
    }

    @Test("every value that is written is read back")
    func roundTrips() throws {
        let values: [SNMPValue] = [
            .integer(.min), .integer(.max), .integer(-129), .integer(128), .integer(-128), .octets([]),
            .octets([UInt8](repeating: 7, count: 300)), .oid([1, 3, 6, 1, 4, 1, .max]), .null, .ipAddress(1),
            .counter32(0x8000_0000), .gauge32(.max), .timeTicks(0), .counter64(1 << 63), .opaque([1]),
            .opaqueFloat(.infinity), .opaqueDouble(-0.0), .noSuchObject, .noSuchInstance, .endOfMibView,
        ]
        for expected in values {
            var writer = BERWriter()
            writer.value(expected)
            #expect(try value(writer.bytes) == expected)
        }
    }

    @Test("a number is read across types only where that is exact")
    func conversions() {
        #expect(SNMPValue.counter64(.max).unsigned == .max)
        #expect(SNMPValue.counter64(.max).signed == nil)
        #expect(SNMPValue.integer(-1).unsigned == nil)
        #expect(SNMPValue.timeTicks(.max).signed == 4_294_967_295)
        #expect(SNMPValue.octets(Array("12".utf8)).unsigned == nil)
        #expect(SNMPValue.octets([0xFF]).text == nil)
        #expect(SNMPValue.octets(Array("渝A".utf8)).text == "渝A")
        #expect(SNMPValue.octets([0xFF, 0]).description == "ff 00")
    }
}

@Suite("Hostile messages")
struct HostileMessageTests {
    /// A right answer to take apart.
    private static let good: [UInt8] = {
        var writer = BERWriter()
        writer.element(BERTag.sequence) { message in
            message.element(0xA2) { pdu in
                pdu.element(BERTag.sequence) { list in
                    for index in (1...6).reversed() {
                        list.element(BERTag.sequence) { pair in
                            switch index {
                            case 1: pair.value(.octets(Array("a switch".utf8)))
                            case 2: pair.value(.counter64(.max))
                            case 3: pair.value(.oid([1, 3, 6, 1, 4, 1, 99_999]))
                            case 4: pair.value(.opaqueFloat(1.5))
                            case 5: pair.value(.noSuchInstance)
                            default: pair.value(.integer(-5))
                            }
                            pair.name([1, 3, 6, 1, 2, 1, 1, UInt32(index), 0])
                        }
                    }
                }
                pdu.integer(0)
                pdu.integer(0)
                pdu.fixedInteger(0x1234_5678)
            }
            message.octets(Array("right".utf8))
            message.integer(1)
        }
        return writer.bytes
    }()

    private static func read(_ bytes: [UInt8]) throws(BERFault) -> ResponsePDU? {
        let span = bytes.span.bytes
        let envelope = try MessageEnvelope(span)
        guard !envelope.isCut else { return nil }
        return try ResponsePDU(envelope.body, in: span)
    }

    @Test("a message cut anywhere is never an answer, and is known by its id once that is there")
    func cuts() throws {
        #expect(try Self.read(Self.good)?.varBinds.count == 6)
        var isKnown = 0
        for length in 0..<Self.good.count {
            let cut = Array(Self.good.prefix(length))
            guard let envelope = try? MessageEnvelope(cut.span.bytes) else { continue }
            #expect(envelope.isCut)
            #expect(envelope.requestID == 0x1234_5678)
            isKnown += 1
        }
        #expect(isKnown > Self.good.count / 2)
    }

    @Test("bytes inside the message that nobody accounts for are a fault, bytes after it are not")
    func leftOver() throws {
        #expect(try Self.read(Self.good + [0, 0, 0])?.varBinds.count == 6)
        var inside = Self.good + [5, 0]
        // The outer length takes the two bytes in; the good message is shorter than 256 bytes.
        #expect(inside[1] == 0x81)
        inside[2] += 2
        #expect(throws: BERFault.leftOver) { try Self.read(inside) }
    }

    @Test("a hundred thousand damaged messages are each read or refused", arguments: UInt64(0)..<4)
    func mutations(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let interesting: [UInt8] = [0, 1, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA2, 0xFF]
        var readable = 0
        for _ in 0..<25_000 {
            var bytes = Self.good
            for _ in 0..<Int.random(in: 1...4, using: &numbers) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                switch Int.random(in: 0..<6, using: &numbers) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes[place] = interesting.randomElement(using: &numbers) ?? 0
                case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                case 3: bytes.remove(at: place)
                case 4: bytes.insert(interesting.randomElement(using: &numbers) ?? 0, at: place)
                default: bytes.removeLast(Int.random(in: 0...min(20, bytes.count), using: &numbers))
                }
            }
            guard let pdu = try? Self.read(bytes) else { continue }
            readable += 1
            #expect(pdu.varBinds.count <= 60)
        }
        #expect(readable > 1_000)
    }

    @Test("a datagram of 65,507 bytes full of the smallest bindings is read within its limit")
    func widest() throws {
        let pair: [UInt8] = [0x30, 5, 6, 1, 0x2B, 5, 0]
        func message(_ count: Int) -> [UInt8] {
            var writer = BERWriter()
            writer.element(BERTag.sequence) { message in
                message.element(0xA2) { pdu in
                    pdu.element(BERTag.sequence) { list in for _ in 0..<count { list.raw(pair) } }
                    for _ in 0..<3 { pdu.integer(0) }
                }
                message.octets([])
                message.integer(1)
            }
            return writer.bytes
        }
        #expect(try Self.read(message(8_192))?.varBinds.count == 8_192)
        #expect(throws: BERFault.tooManyVarBinds) { try Self.read(message(9_000)) }
    }
}

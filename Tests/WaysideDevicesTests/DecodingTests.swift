import SNMP
import Testing

@testable import WaysideDevices

@Suite("What agents send")
struct DecodingTests {
    @Test(
        "text is UTF-8, else GB18030, else Latin-1, without dirt",
        arguments: [
            ([0xE4, 0xB8, 0xAD, 0xE6, 0x96, 0x87], "中文"), ([0xD6, 0xD0, 0xCE, 0xC4], "中文"),
            ([0xD6, 0xD0, 0xCE, 0xC4, 0xFF], "中文"), ([0x73, 0x6B, 0xF8], "skø"),
            ([0x20, 0x22, 0x41, 0x0D, 0x0A, 0x42, 0x07, 0x00, 0x22, 0x20], "A\nB"), ([], ""),
        ] as [([UInt8], String)]
    )
    func text(bytes: [UInt8], text: String) { #expect(AgentText.decoded(bytes) == text) }

    @Test(
        "a hardware address is one, in whatever notation",
        arguments: [
            "94-e1-ac-e4-6e-c7", "94:E1:AC:E4:6E:C7", "94 E1 AC E4 6E C7", "94E1ACE46EC7", "94e1.ace4.6ec7",
        ]
    )
    func address(notation: String) {
        #expect(AgentText.hardwareAddress(.words(notation)) == "94:e1:ac:e4:6e:c7")
        #expect(
            AgentText.hardwareAddress(.octets([0x94, 0xE1, 0xAC, 0xE4, 0x6E, 0xC7])) == "94:e1:ac:e4:6e:c7"
        )
    }

    @Test("what is no hardware address is none")
    func noAddress() {
        #expect(AgentText.hardwareAddress(.words("b8:a4:4f:0:0:0")) == "b8:a4:4f:00:00:00")
        for value in [SNMPValue.octets([0]), .words("9c:8e:cd:xx:xx:xx"), .integer(7), .words("")] {
            #expect(AgentText.hardwareAddress(value) == nil, "\(value)")
        }
    }

    @Test("numbers are read across types, and sentinels and NULL are unknown")
    func numbers() {
        let reading = Self.reading(.number, none: [-1, 65_535], texts: ["N/A"], range: -273...100_000)
        let cases: [(SNMPValue, FactValue)] = [
            (.integer(7), .number(7)), (.gauge32(7), .number(7)), (.counter64(7), .number(7)),
            (.words("7"), .number(7)), (.words(" 7.5 "), .number(7.5)), (.opaqueFloat(7.5), .number(7.5)),
            (.words("7 W"), .unknown), (.words("N/A"), .unknown), (.null, .unknown), (.integer(-1), .unknown),
            (.words("65535"), .unknown), (.integer(2_147_483_647), .unknown), (.opaqueFloat(.nan), .unknown),
            (.words("nan"), .unknown), (.words(""), .unknown), (.undecodable(tag: 2, content: []), .unknown),
        ]
        for (value, expected) in cases { #expect(reading.value(value) == expected, "\(value)") }
    }

    @Test(
        "a text that begins with its number is that number",
        arguments: [
            ("52 PERCENT", 52), ("117.8 GB", 117.8), ("33 C/91 F", 33), ("-4.5dB", -4.5), ("1000MHZ", 1_000),
            ("PERCENT 52", nil), ("N/A", nil), ("", nil), (".", nil),
        ] as [(String, Double?)]
    )
    func firstNumber(text: String, number: Double?) {
        #expect(Self.reading(.firstNumber).value(.words(text)).number == number)
    }

    @Test(
        "the power of ten is the plausible one",
        arguments: [
            (5_000, 50), (500, 50), (4_999, 49.99), (600, 60), (0, 0), (3, 0.3),
        ] as [(Int64, Double)]
    )
    func powerOfTen(sent: Int64, hertz: Double) {
        #expect(Self.reading(.number, scale: 0.1, plausible: 40...70).value(.integer(sent)) == .number(hertz))
    }

    @Test("sizes past 2³¹ units come with a minus sign, and mean more, not less")
    func negativeSizes() {
        #expect(Self.reading(.unsigned32).value(.integer(-2)) == .number(4_294_967_294))
        #expect(Self.reading(.number).value(.integer(-2)) == .number(-2))
    }

    @Test("a text is cut step by step, and what cannot be cut gives nothing")
    func cuts() {
        let axis = "; AXIS Q1656; Box Camera; 10.12.240; date; hwid; 1"
        #expect(TextCut.apply([.field(2, of: ";")], to: axis) == "AXIS Q1656")
        #expect(TextCut.apply([.field(9, of: ";")], to: axis) == nil)
        let cisco = "Cisco IOS Software, Version 15.0(2a)EX5, RELEASE"
        #expect(TextCut.apply([.after("Version "), .before(",")], to: cisco) == "15.0(2a)EX5")
        #expect(TextCut.apply([.after("Rev ")], to: cisco) == nil)
        #expect(TextCut.apply([.printable], to: "NBN-498\u{1}\u{2}") == "NBN-498")
    }

    static func reading(
        _ kind: ValueReading.Kind,
        scale: Double = 1,
        plausible: ClosedRange<Double>? = nil,
        none: Set<Double> = [],
        texts: Set<String> = [],
        range: ClosedRange<Double>? = nil
    ) -> ValueReading {
        ValueReading(
            kind: kind,
            scale: scale,
            plausible: plausible,
            sentinels: none,
            sentinelTexts: texts,
            range: range
        )
    }
}

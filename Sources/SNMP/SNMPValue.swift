/// What an agent says an object holds (RFC 3416 §3, RFC 2578 §7), as sent: nothing is converted on the way.
///
/// Agents often send another type than their MIB promises (a counter as INTEGER, a speed as text). The type
/// is therefore the agent's own, and `unsigned`, `signed` and `text` read across types where that is exact.
public enum SNMPValue: Sendable, Hashable {
    /// INTEGER, Integer32. Beyond 32 bits only from agents that break RFC 2578 §7.1.1.
    case integer(Int64)
    /// OCTET STRING: raw bytes, which need not be text in any encoding.
    case octets([UInt8])
    /// OBJECT IDENTIFIER; `0.0` also stands for one of no length, as some agents send it.
    case oid(OID)
    /// NULL: the agent names the object and gives no value.
    case null
    /// IpAddress: an IPv4 address in host order.
    case ipAddress(UInt32)
    /// Counter32: wraps to 0 after 4 294 967 295.
    case counter32(UInt32)
    /// Gauge32, Unsigned32 and the UInteger32 of RFC 1442.
    case gauge32(UInt32)
    /// TimeTicks: hundredths of a second, wrapping after 497 days.
    case timeTicks(UInt32)
    /// Opaque: bytes that are not one of the two floats.
    case opaque([UInt8])
    /// Opaque that wraps an IEEE 754 single (tag 9F 78), as net-snmp agents send it.
    case opaqueFloat(Float)
    /// Opaque that wraps an IEEE 754 double (tag 9F 79).
    case opaqueDouble(Double)
    /// Counter64: all 64 bits count.
    case counter64(UInt64)
    /// The agent implements no such object (RFC 3416 §4.2.1).
    case noSuchObject
    /// The agent implements the object, but not this instance of it.
    case noSuchInstance
    /// A walk has passed the agent's last object.
    case endOfMibView
    /// A value whose bytes do not fit its type: *unknown*, never guessed at.
    case undecodable(tag: UInt8, content: [UInt8])
}

extension SNMPValue {
    /// True for the three answers of SNMPv2 that mean "there is none".
    public var isMissing: Bool {
        switch self {
        case .noSuchObject, .noSuchInstance, .endOfMibView: true
        default: false
        }
    }

    /// The value as a whole number that is not negative, whatever numeric type the agent chose; `nil`
    /// otherwise.
    public var unsigned: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .counter32(let value), .gauge32(let value), .timeTicks(let value): UInt64(value)
        case .counter64(let value): value
        default: nil
        }
    }

    /// The value as a whole number, whatever numeric type the agent chose; `nil` where it does not fit.
    public var signed: Int64? {
        switch self {
        case .integer(let value): value
        default: self.unsigned.flatMap(Int64.init(exactly:))
        }
    }

    /// The bytes of an OCTET STRING; `nil` for other types.
    public var octets: [UInt8]? {
        guard case .octets(let bytes) = self else { return nil }
        return bytes
    }

    /// The text of an OCTET STRING that is whole UTF-8; `nil` otherwise.
    public var text: String? {
        self.octets.flatMap { String(validating: $0, as: UTF8.self) }
    }
}

extension SNMPValue: CustomStringConvertible {
    /// The value in words for logs and terminals; bytes that are not printable text as hexadecimal.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .octets(let bytes): Self.printable(bytes) ?? Self.hexadecimal(bytes)
        case .oid(let name): name.description
        case .null: "null"
        case .ipAddress(let bits):
            "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .counter32(let value), .gauge32(let value), .timeTicks(let value): "\(value)"
        case .opaque(let bytes): "opaque \(Self.hexadecimal(bytes))"
        case .opaqueFloat(let value): "\(value)"
        case .opaqueDouble(let value): "\(value)"
        case .counter64(let value): "\(value)"
        case .noSuchObject: "no such object"
        case .noSuchInstance: "no such instance"
        case .endOfMibView: "end of MIB view"
        case .undecodable(let tag, let content):
            "undecodable (tag \(Self.hexadecimal([tag]))): \(Self.hexadecimal(content))"
        }
    }

    private static func printable(_ bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? text : nil
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined(separator: " ")
    }
}

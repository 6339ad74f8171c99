@testable import SNMP

extension BERWriter {
    /// Writes a value as a correct agent would.
    mutating func value(_ value: SNMPValue) {
        switch value {
        case .integer(let number): self.integer(number)
        case .octets(let bytes): self.octets(bytes)
        case .oid(let name): self.name(name)
        case .null: self.null()
        case .ipAddress(let bits):
            self.octets(
                (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) },
                tag: BERTag.ipAddress
            )
        case .counter32(let number): self.unsigned(UInt64(number), tag: BERTag.counter32)
        case .gauge32(let number): self.unsigned(UInt64(number), tag: BERTag.gauge32)
        case .timeTicks(let number): self.unsigned(UInt64(number), tag: BERTag.timeTicks)
        case .counter64(let number): self.unsigned(number, tag: BERTag.counter64)
        case .opaque(let bytes): self.octets(bytes, tag: BERTag.opaque)
        case .opaqueFloat(let number):
            let bits = number.bitPattern
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
            self.octets([0x9F, 0x78, 4] + bytes, tag: BERTag.opaque)
        case .opaqueDouble(let number):
            let bits = number.bitPattern
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
            self.octets([0x9F, 0x79, 8] + bytes, tag: BERTag.opaque)
        case .noSuchObject: self.null(tag: BERTag.noSuchObject)
        case .noSuchInstance: self.null(tag: BERTag.noSuchInstance)
        case .endOfMibView: self.null(tag: BERTag.endOfMibView)
        case .undecodable(let tag, let content): self.octets(content, tag: tag)
        }
    }
}

internal import CNetSNMP
import Glibc
import Testing

@testable import SNMP

extension ReadMessage {
    /// The message in the words in which the test's door to libsnmp writes what libsnmp reads.
    fileprivate var asNetSNMPReads: [String] {
        guard let pdu = self.pdu else { return [] }
        let head =
            "\(self.version) \(hexadecimal(self.community)) \(hexadecimal([self.tag])) \(self.requestID) "
            + "\(pdu.errorStatus.rawValue) \(pdu.errorIndex)"
        return [head] + pdu.varBinds.map { "\($0.name) \($0.value.asNetSNMPReads)" }
    }
}

extension SNMPValue {
    fileprivate var asNetSNMPReads: String {
        switch self {
        case .integer(let number): "02:\(number)"
        case .octets(let bytes): "04:" + hexadecimal(bytes)
        case .oid(let name): "06:\(name)"
        case .null: "05:"
        case .ipAddress(let bits): "40:" + hexadecimal(bigEndian(bits))
        case .counter32(let number): "41:\(number)"
        case .gauge32(let number): "42:\(number)"
        case .timeTicks(let number): "43:\(number)"
        case .opaque(let bytes): "44:" + hexadecimal(bytes)
        case .opaqueFloat(let number): "78:" + hexadecimal(bigEndian(number.bitPattern))
        case .opaqueDouble(let number): "79:" + hexadecimal(bigEndian(number.bitPattern))
        case .counter64(let number): "46:\(number)"
        case .noSuchObject: "80:"
        case .noSuchInstance: "81:"
        case .endOfMibView: "82:"
        case .undecodable(let tag, let content): "?" + hexadecimal([tag]) + ":" + hexadecimal(content)
        }
    }
}

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

/// How our reader and libsnmp's may differ; anything else is a fault of one of them.
private enum Difference: String, CaseIterable {
    /// libsnmp cuts a number to 32 bits; we keep it, for agents send octet counters as INTEGER.
    case beyond32Bits
    /// A value whose content does not fit its type: libsnmp guesses, we keep it as undecodable.
    case guessed
    /// An object name of no bytes: libsnmp says `0`, we say `0.0`, which is how it is written.
    case emptyName
    /// One value that cannot be read: libsnmp throws the whole message away, we keep the others.
    case oneBadValue
    /// Opaque that looks like a float and is none: libsnmp throws the message away, we keep the bytes.
    case brokenFloat
    /// Other numbers that net-snmp wraps in Opaque: libsnmp unwraps them, we keep the bytes.
    case wrappedNumber
    /// Bytes inside the message that nobody accounts for: libsnmp passes over them, we refuse.
    case leftOver
    /// A community that is no OCTET STRING but another string-like type: libsnmp takes it, we refuse.
    case strangeCommunity
}

@Suite("Against libsnmp's own reader", .serialized)
struct DifferentialTests {
    private static func peer(_ bytes: [UInt8]) -> [String]? {
        guard let text = netsnmp_reading(bytes, bytes.count) else { return nil }
        defer { free(text) }
        return String(cString: text).split(separator: "\n").map(String.init)
    }

    /// What differs about one message: nothing, something that is known, or what it is in words.
    private enum Verdict: Equatable {
        case bothRefuse
        case same
        case known(Set<Difference>)
        case unknown(String)
    }

    private static func compare(_ bytes: [UInt8]) -> Verdict {
        let theirs = Self.peer(bytes)
        do throws(BERFault) {
            let message = try ReadMessage(bytes.span.bytes)
            // The engine looks at the PDU's tag before it looks into the PDU, libsnmp within. A trap of v1 has
            // another body, which is not read here.
            if message.tag == 0xA4 { return .bothRefuse }
            guard message.pdu != nil, (0xA0...0xA8).contains(message.tag) else {
                return theirs == nil ? .bothRefuse : .unknown("libsnmp reads what we do not: \(theirs ?? [])")
            }
            let ours = message.asNetSNMPReads
            if let theirs { return Self.compare(ours, theirs) }
            if ours.contains(where: { $0.contains(" ?") }) { return .known([.oneBadValue]) }
            if ours.contains(where: { $0.contains(" 44:9f") }) { return .known([.brokenFloat]) }
            return .unknown("we read what libsnmp refuses: \(ours)")
        } catch {
            guard let theirs else { return .bothRefuse }
            switch error {
            case .leftOver: return .known([.leftOver])
            case .unexpectedTag(let found, wanted: BERTag.octets) where (0x40...0x45).contains(found):
                return .known([.strangeCommunity])
            default: return .unknown("\(error), but libsnmp reads \(theirs)")
            }
        }
    }

    private static func compare(_ ours: [String], _ theirs: [String]) -> Verdict {
        guard ours.count == theirs.count else { return .unknown("\(ours) is not \(theirs)") }
        var differences: Set<Difference> = []
        for (index, (left, right)) in zip(ours, theirs).enumerated() where left != right {
            let (a, b) = (left.split(separator: " "), right.split(separator: " "))
            // In the first line any number may be cut; in others the name must be the same.
            let isHead = index == 0
            guard a.count == b.count, isHead ? a[1] == b[1] && a[2] == b[2] : a[0] == b[0] else {
                return .unknown("\(left) is not \(right)")
            }
            for (x, y) in zip(a, b) where x != y {
                guard let difference = Self.difference(String(x), String(y)) else {
                    return .unknown("\(left) is not \(right)")
                }
                differences.insert(difference)
            }
        }
        return differences.isEmpty ? .same : .known(differences)
    }

    private static func difference(_ ours: String, _ theirs: String) -> Difference? {
        if ours.hasPrefix("?") { return .guessed }
        if ours == "06:0.0" { return theirs == "06:0" ? .emptyName : nil }
        if ours.hasPrefix("44:9f") {
            return ["76:", "7a:", "7b:"].contains(where: theirs.hasPrefix) ? .wrappedNumber : nil
        }
        guard let number = Int64(ours.hasPrefix("02:") ? ours.dropFirst(3) : ours[...]),
            let cut = Int64(theirs.hasPrefix("02:") ? theirs.dropFirst(3) : theirs[...]),
            Int32(exactly: number) == nil
        else { return nil }
        // libsnmp keeps the low 32 bits, and takes those of a negative number for its distance below 0.
        let low = Int64(UInt32(truncatingIfNeeded: number))
        guard cut == low || cut == -low else { return nil }
        return .beyond32Bits
    }

    @Test("whatever a real snmpd answers is read as libsnmp reads it")
    func real() throws {
        let answers = try Corpus.inputs(of: "snmp-response").filter { $0.name.hasPrefix("snmpd-") }
        #expect(answers.count >= 12)
        for (name, bytes) in answers { #expect(Self.compare(bytes) == .same, "\(name)") }
    }

    @Test("damaged messages are read as libsnmp reads them, but for differences that are known and wanted")
    func damaged() throws {
        var numbers = SeededNumbers(seed: 11)
        var (same, refused) = (0, 0)
        var met: Set<Difference> = []
        var surprises: [String] = []
        func take(_ bytes: [UInt8]) {
            switch Self.compare(bytes) {
            case .same: same += 1
            case .bothRefuse: refused += 1
            case .known(let differences): met.formUnion(differences)
            case .unknown(let words): surprises.append("\(words) in \(hexadecimal(bytes))")
            }
        }
        for (_, bytes) in try Corpus.inputs(of: "snmp-response") {
            take(bytes)
            guard bytes.count < 400 else { continue }
            for _ in 0..<1_500 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...2, using: &numbers) {
                    let place = Int.random(in: 0..<bytes.count, using: &numbers)
                    changed[place] = UInt8.random(in: 0...255, using: &numbers)
                }
                take(changed)
            }
        }
        #expect(surprises.isEmpty, "\(surprises.count) differences, such as \(surprises.prefix(3))")
        #expect(met == Set(Difference.allCases))
        #expect(same > 10_000 && refused > 10_000)
    }
}

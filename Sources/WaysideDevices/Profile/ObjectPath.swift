public import SNMP

/// The name of an object as a profile writes it: an OID, of which numbers may be taken from the device's own
/// `sysObjectID` (`{id}`), because some makers put the product's number into every name.
///
/// `E.` stands for `1.3.6.1.4.1.` (enterprises), `M.` for `1.3.6.1.2.1.` (mib-2).
public struct ObjectPath: Sendable, Hashable {
    /// One place of a name.
    enum Part: Sendable, Hashable {
        case number(UInt32)
        /// The number that follows, in `sysObjectID`, the prefix by which the profile was recognised; from 1.
        case identifier(Int)
    }

    let parts: [Part]

    /// Reads `E.39165.1.7.0` or `E.8691.7.{id}.1.54.0`; `nil` for what is no such name.
    public init?(_ text: String) {
        var rest = text[...]
        var parts: [Part] = []
        for (short, branch) in [("E.", UInt32(4)), ("M.", 2)] where rest.hasPrefix(short) {
            rest = rest.dropFirst(2)
            parts = [1, 3, 6, 1, branch, 1].map { .number($0) }
            break
        }
        for word in rest.split(separator: ".", omittingEmptySubsequences: false) {
            if word == "{id}" {
                parts.append(.identifier(1))
            } else if word.hasPrefix("{id"), word.hasSuffix("}"),
                let place = Int(word.dropFirst(3).dropLast()),
                (1...8).contains(place)
            {
                parts.append(.identifier(place))
            } else if word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(word) {
                parts.append(.number(number))
            } else {
                return nil
            }
        }
        self.parts = parts
        // Whatever the device's numbers are, the name must be one.
        guard self.resolved([UInt32](repeating: 1, count: 8)[...]) != nil else { return nil }
    }

    /// The OID on a device whose `sysObjectID` goes on with these numbers; `nil` when it lacks one.
    public func resolved(_ identifiers: ArraySlice<UInt32>) -> OID? {
        var numbers: [UInt32] = []
        for part in self.parts {
            switch part {
            case .number(let number): numbers.append(number)
            case .identifier(let place):
                guard place <= identifiers.count else { return nil }
                numbers.append(identifiers[identifiers.startIndex + place - 1])
            }
        }
        return OID(numbers)
    }
}

/// The name of a managed object (object identifier, ITU-T X.660), such as `1.3.6.1.2.1.1.3.0`.
///
/// Has 1 to 128 sub-identifiers of 32 bits each (RFC 2578 §3.5), the first at most 2 and, below a first
/// of 0 or 1, the second at most 39 (X.660). Ordered by sub-identifiers, never by encoded bytes: base-128
/// bytes do not sort as the numbers do.
public struct OID: Sendable, Hashable {
    /// The most sub-identifiers a name may have (RFC 2578 §3.5).
    public static let longest = 128

    /// The numbers of the name, from the root of the tree.
    public let subidentifiers: [UInt32]

    /// Makes a name of its numbers; `nil` where X.660 or RFC 2578 know no such name.
    public init?(_ subidentifiers: [UInt32]) {
        guard Self.isName(subidentifiers) else { return nil }
        self.subidentifiers = subidentifiers
    }

    /// Takes numbers that a decoder has already held against the rules.
    init(decoded subidentifiers: [UInt32]) {
        self.subidentifiers = subidentifiers
    }

    /// Says whether the numbers form a name.
    private static func isName(_ subidentifiers: [UInt32]) -> Bool {
        guard let first = subidentifiers.first, first <= 2, subidentifiers.count <= Self.longest else {
            return false
        }
        return first == 2 || subidentifiers.count == 1 || subidentifiers[1] < 40
    }

    /// Says whether this name lies in the subtree of `root`, or is it.
    public func isWithin(_ root: OID) -> Bool {
        self.subidentifiers.starts(with: root.subidentifiers)
    }

    /// The numbers that follow `root` (the index of a row); `nil` outside its subtree.
    public func index(under root: OID) -> ArraySlice<UInt32>? {
        guard self.isWithin(root) else { return nil }
        return self.subidentifiers[root.subidentifiers.count...]
    }

    /// The name below this one; `nil` when it would be longer than a name may be.
    public func appending(_ index: UInt32...) -> OID? {
        OID(self.subidentifiers + index)
    }
}

extension OID: ExpressibleByArrayLiteral {
    /// Makes a name that stands in the source; one that is no name is a fault of that source.
    public init(arrayLiteral elements: UInt32...) {
        precondition(Self.isName(elements), "no object identifier: \(elements)")
        self.subidentifiers = elements
    }
}

extension OID: Comparable {
    /// Orders as a walk does: sub-identifier by sub-identifier, a name before its own subtree.
    public static func < (left: OID, right: OID) -> Bool {
        left.subidentifiers.lexicographicallyPrecedes(right.subidentifiers)
    }
}

extension OID: LosslessStringConvertible {
    /// Reads `1.3.6.1` or `.1.3.6.1`; `nil` for anything else, object names included.
    public init?(_ text: String) {
        let dotted = text.hasPrefix(".") ? text.dropFirst() : text[...]
        var subidentifiers: [UInt32] = []
        for part in dotted.split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(part) else {
                return nil
            }
            subidentifiers.append(number)
        }
        self.init(subidentifiers)
    }

    /// The numbers with dots between, without a leading dot.
    public var description: String {
        self.subidentifiers.map(String.init).joined(separator: ".")
    }
}

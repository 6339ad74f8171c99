/// A place along a road (桩号, stake mark): `K1234+567` is 1 234 567 m from the road's zero.
public struct StakeMark: Hashable, Comparable, Sendable {
    /// Metres from the road's zero; `0...9_999_999`.
    public let metres: Int

    /// The place so many metres from the road's zero; `nil` outside `0...9_999_999`.
    public init?(metres: Int) {
        guard (0...9_999_999).contains(metres) else { return nil }
        self.metres = metres
    }

    /// Reads strictly `K<km>+<metres, three digits>`, such as `K100+100`; at most four digits of kilometres.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "K"), let plus = bytes.firstIndex(of: UInt8(ascii: "+")),
            (2...5).contains(plus), bytes.count == plus + 4
        else { return nil }
        var reader = DigitReader(bytes: bytes[1...])
        guard let kilometres = reader.number(digits: plus - 1), reader.take("+"),
            let metres = reader.number(digits: 3), reader.isAtEnd
        else { return nil }
        self.metres = Int(kilometres * 1_000 + metres)
    }

    /// Nearer to the road's zero is smaller.
    public static func < (left: StakeMark, right: StakeMark) -> Bool { left.metres < right.metres }
}

extension StakeMark: CustomStringConvertible {
    /// `K1234+567`.
    public var description: String { "K\(self.metres / 1_000)+" + padded(self.metres % 1_000, 3) }
}

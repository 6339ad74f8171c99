public import WaysideCore

/// Figures in sixteen digits (摘要): FNV-1a of 64 bits over whole numbers and keys, to compare two runs at a glance. It
/// proves nothing to anybody who has a reason to cheat.
public struct SheetDigest: Hashable, Sendable, CustomStringConvertible {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Of nothing.
    public init() {}

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(self.state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Goes on with a sheet: its day, every device's eleven sums and rates, every group's rates. Not whether it is
    /// provisional, which says nothing of a figure.
    public mutating func add(_ sheet: RateSheet) {
        self.add(Int64(sheet.day.number))
        self.add(sheet.rule.id)
        for row in sheet.devices {
            self.add(row.device)
            for timeClass in TimeClass.allCases { self.add(row.tally[timeClass]) }
            self.add(row.figures)
        }
        for row in sheet.groups {
            self.add(row.kind.rawValue)
            self.add(row.key)
            self.add(Int64(row.devices))
            self.add(Int64(row.notAssessable))
            self.add(row.figures)
        }
    }

    private mutating func add(_ figures: RateSheet.Figures) {
        for rate in [figures.raw, figures.assessed, figures.coverage, figures.low, figures.high] {
            self.add(rate.numerator)
            self.add(rate.denominator)
        }
        self.add(figures.isAssessable ? 1 : 0)
        self.add(figures.grade ?? "")
    }

    private mutating func add(_ number: Int64) {
        var rest = UInt64(bitPattern: number)
        for _ in 0..<8 {
            self.add(byte: UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    private mutating func add(_ text: String) {
        for byte in text.utf8 { self.add(byte: byte) }
        self.add(byte: 0xFF)
    }

    private mutating func add(byte: UInt8) {
        self.state ^= UInt64(byte)
        self.state &*= 0x100_0000_01B3
    }
}

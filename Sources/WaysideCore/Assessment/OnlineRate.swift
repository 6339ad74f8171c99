/// A rate (在线率) kept as two whole numbers until it is printed. Rates add; percentages do not.
public struct OnlineRate: Hashable, Sendable {
    /// In what the two numbers are counted.
    public enum Unit: String, Hashable, Sendable {
        /// Milliseconds.
        case millisecond = "ms"
        /// Samples.
        case sample
        /// Devices.
        case device
    }

    /// What counted for it, in thousandths of the unit; 0 or more. Of a mean, in 10⁻⁹ of a device.
    public var numerator: Int64
    /// What counted at all, in the same measure.
    public var denominator: Int64
    /// The unit.
    public var unit: Unit

    /// A rate.
    public init(numerator: Int64, denominator: Int64, unit: Unit) {
        (self.numerator, self.denominator, self.unit) = (numerator, denominator, unit)
    }

    /// Nothing out of nothing.
    public static func none(_ unit: Unit) -> OnlineRate {
        OnlineRate(numerator: 0, denominator: 0, unit: unit)
    }

    /// The rate of both together; the unit is the left one's.
    public static func + (left: OnlineRate, right: OnlineRate) -> OnlineRate {
        OnlineRate(
            numerator: left.numerator + right.numerator,
            denominator: left.denominator + right.denominator,
            unit: left.unit
        )
    }

    /// Hundredths of a percent, cut and not rounded, so that only a perfect rate prints as 100.00 %;
    /// `nil` when nothing was assessed.
    public var basisPoints: Int64? { self.cut(to: 10_000) }

    /// The rate in 10⁻⁹, cut; `nil` when nothing was assessed.
    public var billionths: Int64? { self.cut(to: 1_000_000_000) }

    private func cut(to scale: Int64) -> Int64? {
        guard self.denominator > 0 else { return nil }
        return Int64(Int128(self.numerator) * Int128(scale) / Int128(self.denominator))
    }

    /// Whether the rate is at least so many thousandths; equality passes. Nothing assessed reaches nothing.
    public func reaches(thousandths: Int64) -> Bool {
        self.denominator > 0
            && Int128(self.numerator) * 1_000 >= Int128(thousandths) * Int128(self.denominator)
    }

    /// `97.83 %`, cut; `—` when nothing was assessed.
    public var text: String {
        guard let basisPoints = self.basisPoints else { return "—" }
        return "\(basisPoints / 100)." + padded(basisPoints % 100, 2) + " %"
    }
}

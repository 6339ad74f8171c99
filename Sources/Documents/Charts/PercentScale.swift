/// The grid of an axis in percent: from a round number to a round number, in four to seven round steps, and never beyond
/// 100 % unless a value is.
struct PercentScale {
    /// Percent.
    let low: Double
    let high: Double
    let step: Double

    /// For values of which 1 is 100 %.
    init(_ values: some Sequence<Double>) {
        let percents = values.filter(\.isFinite).map { $0 * 100 }
        let least = max(0, percents.min() ?? 0)
        let most = max(least, percents.max() ?? 100)
        // Below a hundredth nothing is printed; a flat line gets a span that does not shout.
        let span = max(most - least, 0.05)
        let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1_000]
        let step = steps.first { span / $0 <= 5 } ?? span / 5
        var low = max(0, (least / step + 1e-9).rounded(.down) * step)
        var high = (most / step - 1e-9).rounded(.up) * step
        if most <= 100 { high = min(high, 100) }
        // Room for the eye on both sides of a line that lies on the edge.
        if least - low < step * 0.1, low > 0 { low = max(0, low - step) }
        while high - low < step * 2.5 {
            if high + step <= 100 || most > 100 {
                high += step
            } else if low > 0 {
                low -= step
            } else {
                break
            }
        }
        (self.low, self.high, self.step) = (max(0, low), high, step)
    }

    /// The grid's lines, from below, in percent.
    var marks: [Double] {
        let count = Int(((self.high - self.low) / self.step + 1e-6).rounded(.down))
        return (0...max(0, count)).map { self.low + Double($0) * self.step }
    }

    /// Where a value stands between the ends: 0 at the lower, 1 at the upper.
    func place(_ value: Double) -> Double { (value * 100 - self.low) / max(self.high - self.low, 1e-9) }

    /// As printed: as many places as the steps have.
    func text(_ percent: Double) -> String {
        let places = self.step >= 1 ? 0 : self.step >= 0.1 ? 1 : 2
        let factor = [1, 10, 100][places]
        let units = Int((percent * Double(factor)).rounded())
        guard places > 0 else { return "\(units)%" }
        let digits = String(units % factor)
        return "\(units / factor).\(String(repeating: "0", count: places - digits.count))\(digits)%"
    }
}

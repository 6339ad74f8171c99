public import WaysideCore

extension OnlineRate {
    /// From this rate to the other in percentage points with two decimals and a sign, such as `+0.12`: the difference
    /// of the printed figures, so that what a reader subtracts is what is printed. `nil` when one of them is "—".
    public func points(to other: OnlineRate) -> String? {
        guard let before = self.basisPoints, let after = other.basisPoints else { return nil }
        return DailyBriefWording.signed(points: after - before)
    }
}

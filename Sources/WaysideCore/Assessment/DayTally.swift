/// Eleven whole numbers of milliseconds that make one whole (日统计): a device-facet's day by class.
public struct DayTally: Hashable, Sendable {
    private var milliseconds = [Int64](repeating: 0, count: TimeClass.allCases.count)

    /// Nothing counted yet.
    public init() {}

    /// The milliseconds of a class.
    public subscript(timeClass: TimeClass) -> Int64 {
        get { self.milliseconds[timeClass.rawValue] }
        set { self.milliseconds[timeClass.rawValue] = newValue }
    }

    /// All eleven together; a whole day's are 86 400 000.
    public var total: Int64 { self.milliseconds.reduce(0, +) }

    /// The sums of both.
    public static func + (left: DayTally, right: DayTally) -> DayTally {
        var sum = left
        for timeClass in TimeClass.allCases { sum[timeClass] += right[timeClass] }
        return sum
    }

    /// What was watched, and what was watched or unknown, outside exempt and uncommissioned.
    public var watched: (watched: Int64, countable: Int64) {
        let watched = self[.online] + self[.abnormal] + self[.offline] + self[.upstream]
        return (watched, watched + self[.unknown])
    }
}

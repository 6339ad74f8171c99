/// A line for each of some series over the same positions, in percent. Where a value is missing, the line has a gap.
public struct LineChart: Sendable, Hashable {
    /// One line.
    public struct Series: Sendable, Hashable {
        /// Its name in the legend.
        public var name: String
        /// A value for each position: 1 is 100 %, never negative; `nil` where there is none.
        public var values: [Double?]

        /// A line.
        public init(_ name: String, _ values: [Double?]) { (self.name, self.values) = (name, values) }
    }

    /// A level that the lines are compared with.
    public struct Target: Sendable, Hashable {
        /// Its name in the legend.
        public var name: String
        /// 1 is 100 %.
        public var value: Double

        /// A level.
        public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
    }

    /// Lines in one chart; more cannot be told apart.
    public static let seriesLimit = 6

    /// What is shown; may be empty.
    public var title: String
    /// What stands under each position; as many are printed as there is room for.
    public var labels: [String]
    /// The lines, 1...6, each with a value for each label.
    public var series: [Series]
    /// A level to compare with.
    public var target: Target?

    /// A chart.
    public init(title: String = "", labels: [String], series: [Series], target: Target? = nil) {
        precondition((1...Self.seriesLimit).contains(series.count), "a chart has 1...6 lines")
        let isWhole = series.allSatisfy { $0.values.count == labels.count }
        precondition(isWhole, "a line has a value for each label")
        (self.title, self.labels, self.series, self.target) = (title, labels, series, target)
    }
}

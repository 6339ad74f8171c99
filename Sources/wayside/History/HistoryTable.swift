internal import WaysideCore
internal import WaysideReports
internal import WaysideStore
internal import WaysideWeb

/// Health over time as a table (指标表).
enum HistoryTable {
    /// The series of a device.
    static func series(_ series: [HealthSeries]) -> Table {
        Table(
            columns: [
                Table.Column("metric", "指标"), Table.Column("instance", "部位"), Table.Column("kind", "类型"),
                Table.Column("last", "最新值", isNumeric: true), Table.Column("unit", "单位"),
                Table.Column("at", "时间"),
            ],
            rows: series.map { series in
                [
                    .text(series.metric.name), .text(series.metric.instance),
                    .text(series.metric.kind.rawValue), Self.cell(series.last?.value),
                    .text(series.metric.unit), Table.Cell(series.last?.at.text),
                ]
            }
        )
    }

    /// Every value of every series.
    static func all(_ readings: [HealthHistory.Reading]) -> Table {
        Table(
            columns: [
                Table.Column("metric", "指标"), Table.Column("instance", "部位"), Table.Column("unit", "单位"),
                Table.Column("at", "时间"), Table.Column("value", "值", isNumeric: true),
            ],
            rows: readings.flatMap { reading in
                reading.points.map { point in
                    [
                        .text(reading.metric.name), .text(reading.metric.instance),
                        .text(reading.metric.unit),
                        .text(point.at.text), Self.cell(point.value),
                    ]
                }
            }
        )
    }

    /// Values or sums of one series.
    static func values(_ answer: HealthAnswer) -> Table {
        let isCounter = answer.metric.kind == .counter
        switch answer.content {
        case .points(let points, _):
            let steps = HistorySteps.perSecond(points)
            return Table(
                columns: [Table.Column("at", "时间"), Table.Column("value", "值", isNumeric: true)]
                    + (isCounter ? [Table.Column("per_second", "每秒", isNumeric: true)] : []),
                rows: points.enumerated().map { index, point in
                    [.text(point.at.text), Self.cell(point.value)]
                        + (isCounter ? [Self.cell(steps[index])] : [])
                }
            )
        case .buckets(let buckets):
            return Table(
                columns: [
                    Table.Column("at", "时间"), Table.Column("count", "次数", isNumeric: true),
                    Table.Column("min", "最小", isNumeric: true), Table.Column("max", "最大", isNumeric: true),
                    Table.Column("avg", "平均", isNumeric: true), Table.Column("last", "最后", isNumeric: true),
                ]
                    + (isCounter
                        ? [
                            Table.Column("increase", "增量", isNumeric: true),
                            Table.Column("per_second", "每秒", isNumeric: true),
                        ] : []),
                rows: buckets.map { bucket in
                    [
                        .text(bucket.start.text), .integer(Int64(bucket.count)),
                        Self.cell(bucket.least), Self.cell(bucket.greatest), Self.cell(bucket.mean),
                        Self.cell(bucket.last),
                    ]
                        + (isCounter
                            ? [
                                Self.cell(bucket.increase.map { .count($0) }), Self.cell(bucket.perSecond),
                            ] : [])
                }
            )
        }
    }

    private static func cell(_ number: Double?) -> Table.Cell { self.cell(number.map { .level($0) }) }

    /// A number; nothing where there is none, or none that JSON can say.
    private static func cell(_ value: HealthPoll.Value?) -> Table.Cell {
        guard let value, value.number.isFinite else { return .empty }
        return .number(value.description)
    }
}

/// Rates from reading to reading.
enum HistorySteps {
    /// At each point the rate a second since the one before; `nil` where nothing is known.
    static func perSecond(_ points: [HealthPoint]) -> [Double?] {
        var rates: [Double?] = []
        rates.reserveCapacity(points.count)
        var last: HealthPoint?
        for point in points {
            var rate: Double?
            if let last, case .count(let from) = last.value, case .count(let to) = point.value,
                point.at - last.at <= HealthBucket.longestStepMilliseconds,
                case .increase(let step) = CounterStep(from: from, to: to)
            {
                rate = Double(step) * 1_000 / Double(point.at - last.at)
            }
            rates.append(rate)
            last = point
        }
        return rates
    }
}

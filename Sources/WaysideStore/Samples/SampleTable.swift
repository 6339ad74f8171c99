internal import Packing
internal import WaysideCore

/// Samples of one device, put together from polls and blocks in any order (采样合并): what comes later wins where two
/// speak of the same series at the same instant, so that the same poll twice counts once.
struct SampleTable {
    private var parts: [SampleBlock] = []

    mutating func add(_ part: SampleBlock) { self.parts.append(part) }

    /// All of it as one block. Of more rows than a block may have the latest are kept.
    func block() -> SampleBlock {
        if self.parts.count == 1 { return self.parts[0] }
        var times = self.parts.flatMap(\.times)
        if !zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) { times = Array(Set(times)).sorted() }
        let keys = self.keys()
        let limit = min(SampleBlock.rowLimit, SampleBlock.cellLimit / max(keys.count, 1))
        times = Array(times.suffix(limit))
        var rows: [Int64: Int] = [:]
        for (row, time) in times.enumerated() { rows[time] = row }
        var presences = [[Bool]](repeating: [Bool](repeating: false, count: times.count), count: keys.count)
        var values = [[UInt64]](repeating: [UInt64](repeating: 0, count: times.count), count: keys.count)
        for part in self.parts {
            let places = part.times.map { rows[$0] }
            var hint = 0
            for column in part.columns {
                let key = Self.key(column)
                while keys[hint] != key { hint += 1 }
                var next = 0
                for (index, place) in places.enumerated() where column.presence?[index] ?? true {
                    if let place {
                        presences[hint][place] = true
                        values[hint][place] = column.bits[next]
                    }
                    next += 1
                }
            }
        }
        return SampleBlock(
            times: times,
            columns: keys.indices.compactMap { index in
                let presence = presences[index]
                let count = presence.count { $0 }
                guard count > 0 else { return nil }
                let isWhole = count == times.count
                return SampleBlock.Column(
                    series: UInt32(keys[index] >> 1),
                    kind: keys[index] & 1 == 0 ? .level : .count,
                    presence: isWhole ? nil : presence,
                    bits: isWhole ? values[index] : zip(values[index], presence).compactMap { $1 ? $0 : nil }
                )
            }
        )
    }

    private static func key(_ column: SampleBlock.Column) -> UInt64 {
        UInt64(column.series) << 1 | UInt64(column.kind.rawValue)
    }

    /// The columns of all parts, rising. Mostly every part has the same ones.
    private func keys() -> [UInt64] {
        var keys: [UInt64] = []
        for part in self.parts {
            let own = part.columns.map(Self.key)
            if own != keys { keys = keys.isEmpty ? own : Array(Set(keys).union(own)).sorted() }
        }
        return keys
    }
}

extension SampleBlock {
    /// One poll, by the numbers of its metrics.
    init(_ poll: HealthPoll, numbers: [Metric: Int32]) {
        var columns: [Column] = []
        columns.reserveCapacity(poll.readings.count)
        for reading in poll.readings {
            guard let number = numbers[reading.metric] else { continue }
            switch reading.value {
            case .level(let level):
                columns.append(Column(series: UInt32(number), kind: .level, bits: [level.bitPattern]))
            case .count(let count):
                columns.append(Column(series: UInt32(number), kind: .count, bits: [count]))
            }
        }
        columns.sort { ($0.series, $0.kind.rawValue) < ($1.series, $1.kind.rawValue) }
        // A series that a poll names twice has its last value; the sort is stable.
        var whole: [Column] = []
        whole.reserveCapacity(columns.count)
        for column in columns {
            if whole.last?.series == column.series { whole.removeLast() }
            whole.append(column)
        }
        self.init(times: [poll.at.milliseconds], columns: whole)
    }

    /// The numbers of the series, rising, each once.
    var series: [UInt32] {
        var series: [UInt32] = []
        for column in self.columns where series.last != column.series { series.append(column.series) }
        return series
    }

    /// Where the columns of a series are: one or two of them, or none; by halving, because they rise.
    private func columnPlaces(of series: UInt32) -> Range<Int> {
        var (low, high) = (0, self.columns.count)
        while low < high {
            let middle = (low + high) / 2
            if self.columns[middle].series < series { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < self.columns.count, self.columns[end].series == series { end += 1 }
        return low..<end
    }

    /// The values of one series, rising in time.
    func points(of series: UInt32) -> [HealthPoint] {
        var points: [HealthPoint] = []
        let own = self.columnPlaces(of: series).map { self.columns[$0] }
        for column in own {
            var next = 0
            points.reserveCapacity(points.count + column.bits.count)
            for (row, time) in self.times.enumerated() where column.presence?[row] ?? true {
                let bits = column.bits[next]
                let value =
                    column.kind == .count ? HealthPoll.Value.count(bits) : .level(Double(bitPattern: bits))
                points.append(HealthPoint(at: Timestamp(milliseconds: time), value: value))
                next += 1
            }
        }
        if own.count > 1 { points.sort { $0.at < $1.at } }
        return points
    }

    /// The last value of one series.
    func lastPoint(of series: UInt32) -> HealthPoint? {
        var last: HealthPoint?
        for place in self.columnPlaces(of: series) {
            let column = self.columns[place]
            guard let bits = column.bits.last,
                let row = column.presence.map({ $0.lastIndex(of: true) }) ?? (self.times.count - 1)
            else { continue }
            let at = Timestamp(milliseconds: self.times[row])
            if let last, last.at > at { continue }
            let value =
                column.kind == .count ? HealthPoll.Value.count(bits) : .level(Double(bitPattern: bits))
            last = HealthPoint(at: at, value: value)
        }
        return last
    }
}

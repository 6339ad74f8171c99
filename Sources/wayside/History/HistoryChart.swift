internal import WaysideCore
internal import WaysideReports
internal import WaysideWeb

/// A series as a line of braille dots (终端曲线): 2 × 4 dots a character, the unit at the axis, gaps left empty.
struct HistoryChart {
    /// What is drawn.
    struct Dot: Hashable {
        let at: Timestamp
        let value: Double
    }

    let title: String
    let unit: String
    let from: Timestamp
    let to: Timestamp
    let dots: [Dot]

    init(title: String, unit: String, from: Timestamp, to: Timestamp, dots: [Dot]) {
        (self.title, self.unit, self.from, self.to) = (title, unit, from, to)
        self.dots = dots.filter { $0.value.isFinite }
    }

    /// Levels as they are, counters as rates.
    init(_ answer: HealthAnswer) {
        let isCounter = answer.metric.kind == .counter
        var dots: [Dot] = []
        switch answer.content {
        case .points(let points, _):
            let rates = isCounter ? HistorySteps.perSecond(points) : []
            for (index, point) in points.enumerated() {
                guard let value = isCounter ? rates[index] : point.value.number else { continue }
                dots.append(Dot(at: point.at, value: value))
            }
        case .buckets(let buckets):
            for bucket in buckets {
                guard let value = isCounter ? bucket.perSecond : bucket.mean else { continue }
                dots.append(Dot(at: bucket.start, value: value))
            }
        }
        let unit = answer.metric.unit
        self.init(
            title: "\(answer.metric)",
            unit: isCounter ? (unit.isEmpty ? "/s" : "\(unit)/s") : unit,
            from: answer.from,
            to: answer.to,
            dots: dots
        )
    }

    /// Characters that a label of the axis of time needs, with the space behind it.
    private static let labelWidth = 8

    /// The chart, line by line: a title, the drawing, the axis of time with marks, and what the numbers come to. Where
    /// nothing is known the drawing is empty and the axis is dashed.
    func lines(width: Int, height: Int) -> [String] {
        let heading = "\(self.title)\(self.unit.isEmpty ? "" : "  [\(self.unit)]")"
        let stretch = "\(Self.minute(self.from)) … \(Self.minute(self.to))  UTC+8"
        guard let least = self.dots.map(\.value).min(), let greatest = self.dots.map(\.value).max() else {
            return [heading, stretch, "没有数据 no values"]
        }
        // A level line stands in the middle.
        let margin = least == greatest ? max(abs(least) / 2, 1) : 0
        let (low, high) = (least - margin, greatest + margin)
        let labels = [0, height / 3, 2 * height / 3, height - 1].map { row in
            (row, Self.short(high - (high - low) * Double(row) / Double(height - 1)))
        }
        let texts = Dictionary(labels) { first, _ in first }
        let axis = texts.values.map(\.count).max() ?? 0
        let columns = max(10, width - axis - 2)
        var cells = BrailleCells(columns: columns, rows: height)
        self.draw(on: &cells, low, high)
        var lines = [heading, stretch]
        for row in 0..<height {
            let label = texts[row] ?? ""
            let mark = texts[row] == nil ? "│" : "┤"
            lines.append(String(repeating: " ", count: axis - label.count) + label + mark + cells.text(row))
        }
        lines += self.timeAxis(cells, columns).map { String(repeating: " ", count: axis) + $0 }
        return lines + [self.summary(least, greatest)]
    }

    /// The axis of time: marks at whole hours or days with their names below.
    private func timeAxis(_ cells: BrailleCells, _ columns: Int) -> [String] {
        var axis = (0..<columns).map { cells.isBlank(column: $0) ? Character("╌") : "─" }
        var names = [Character](repeating: " ", count: columns + Self.labelWidth)
        let span = max(1, self.to - self.from)
        let day = ServiceDay.lengthMilliseconds
        let steps: [Int64] =
            [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map { $0 * 60_000 }
            + [1, 2, 5, 7, 14, 30, 90].map { $0 * day }
        let marks = Int64(max(1, columns / (Self.labelWidth + 2)))
        let step = steps.first { span / $0 <= marks } ?? span
        // Counted from a local midnight, so that marks of hours and days fall on them.
        let midnight = ServiceDay(containing: self.from).start
        var at = midnight + (self.from - midnight + step - 1) / step * step
        while at < self.to {
            let column = Int((at - self.from) * Int64(columns) / span)
            axis[column] = "┴"
            let text = at.text
            let isMidnight = text.dropFirst(11).prefix(5) == "00:00"
            for (place, letter) in (isMidnight ? text.dropFirst(5).prefix(5) : text.dropFirst(11).prefix(5))
                .enumerated()
            {
                names[column + place] = letter
            }
            at = at + step
        }
        let line = String(names.prefix(columns))
        return ["└" + String(axis), " " + line.trimmingEnd]
    }

    private func summary(_ least: Double, _ greatest: Double) -> String {
        let mean = self.dots.reduce(0) { $0 + $1.value / Double(self.dots.count) }
        let last = self.dots.last.map { "  最新 last \(Self.short($0.value)) (\(Self.minute($0.at)))" } ?? ""
        let gaps = self.hasGaps ? "  ╌ 无数据 no values" : ""
        return
            "最小 min \(Self.short(least))  平均 avg \(Self.short(mean))  最大 max \(Self.short(greatest))\(last)\(gaps)"
    }

    /// Whether somewhere between the ends, or at one of them, nothing is known.
    private var hasGaps: Bool {
        guard let first = self.dots.first, let last = self.dots.last else { return true }
        let longest = self.longestStep
        return first.at - self.from > longest || self.to - last.at > longest
            || zip(self.dots, self.dots.dropFirst()).contains { $1.at - $0.at > longest }
    }

    private func draw(on cells: inout BrailleCells, _ low: Double, _ high: Double) {
        let span = Double(max(1, self.to - self.from))
        func place(_ dot: Dot) -> (x: Int, y: Int) {
            let x = Double(dot.at - self.from) / span * Double(cells.width)
            let y = (high - dot.value) / (high - low) * Double(cells.height - 1)
            return (min(max(Int(x), 0), cells.width - 1), min(max(Int(y.rounded()), 0), cells.height - 1))
        }
        let longest = self.longestStep
        var last: Dot?
        for dot in self.dots {
            let here = place(dot)
            if let last, dot.at - last.at <= longest {
                cells.line(from: place(last), to: here)
            } else {
                cells.set(here.x, here.y)
            }
            last = dot
        }
    }

    /// Neighbours further apart than two and a half usual steps are not joined.
    private var longestStep: Int64 {
        let steps = zip(self.dots, self.dots.dropFirst()).map { $1.at - $0.at }.sorted()
        guard !steps.isEmpty else { return 0 }
        return steps[steps.count / 2] * 5 / 2
    }

    /// A number in at most four significant digits, with k, M, G, T for thousands.
    static func short(_ value: Double) -> String {
        let names = ["", "k", "M", "G", "T", "P", "E"]
        var (scaled, place) = (value, 0)
        while abs(scaled) >= 10_000, place < names.count - 1 {
            scaled /= 1_000
            place += 1
        }
        let factor: Double = abs(scaled) >= 1_000 ? 1 : abs(scaled) >= 100 ? 10 : 100
        let rounded = (scaled * factor).rounded() / factor
        return HealthPoll.Value.level(rounded).description + names[place]
    }

    /// `2026-03-01 08:00`, local time.
    private static func minute(_ instant: Timestamp) -> String {
        let text = instant.text
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }
}

extension String {
    /// Without blanks at its end.
    fileprivate var trimmingEnd: String {
        String(self.reversed().drop { $0 == " " }.reversed())
    }
}

/// Characters of 2 × 4 dots (Unicode 16, block U+2800).
struct BrailleCells {
    private let columns: Int
    private var cells: [UInt32]
    /// In dots.
    let width: Int
    /// In dots.
    let height: Int

    init(columns: Int, rows: Int) {
        self.columns = columns
        (self.width, self.height) = (columns * 2, rows * 4)
        self.cells = [UInt32](repeating: 0, count: columns * rows)
    }

    /// The dot's bit by its place in the character: columns of 1, 2, 3, 7 and 4, 5, 6, 8.
    private static let bits: [[UInt32]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

    mutating func set(_ x: Int, _ y: Int) {
        self.cells[y / 4 * self.columns + x / 2] |= Self.bits[x % 2][y % 4]
    }

    /// A line without holes.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
        let steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
        for step in 0...steps {
            self.set(
                start.x + (end.x - start.x) * step / steps,
                start.y + (end.y - start.y) * step / steps
            )
        }
    }

    /// Whether nothing is in that column of characters.
    func isBlank(column: Int) -> Bool {
        stride(from: column, to: self.cells.count, by: self.columns).allSatisfy { self.cells[$0] == 0 }
    }

    /// A row of characters; blanks where nothing is.
    func text(_ row: Int) -> String {
        var text = String.UnicodeScalarView()
        for cell in self.cells[(row * self.columns)..<((row + 1) * self.columns)] {
            text.append(cell == 0 ? " " : Unicode.Scalar(0x2800 + cell) ?? " ")
        }
        return String(text)
    }
}

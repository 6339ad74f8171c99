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

    /// The chart, line by line: a title, the drawing, the axis of time.
    func lines(width: Int, height: Int) -> [String] {
        let heading = "\(self.title)\(self.unit.isEmpty ? "" : "  [\(self.unit)]")"
        guard let least = self.dots.map(\.value).min(), let greatest = self.dots.map(\.value).max() else {
            return [heading, "没有数据 no values from \(self.from.text) to \(self.to.text)"]
        }
        // A level line stands in the middle.
        let margin = least == greatest ? max(abs(least) / 2, 1) : 0
        let (low, high) = (least - margin, greatest + margin)
        let labels = [
            (0, high), (height / 2, high - (high - low) * Double(height / 2) / Double(height - 1)),
            (height - 1, low),
        ]
        let texts = Dictionary(labels.map { ($0.0, Self.short($0.1)) }) { first, _ in first }
        let axis = texts.values.map(\.count).max() ?? 0
        let columns = max(10, width - axis - 2)
        var cells = BrailleCells(columns: columns, rows: height)
        self.draw(on: &cells, low, high)
        var lines = [heading]
        for row in 0..<height {
            let label = texts[row] ?? ""
            let mark = texts[row] == nil ? "│" : "┤"
            lines.append(String(repeating: " ", count: axis - label.count) + label + mark + cells.text(row))
        }
        lines.append(String(repeating: " ", count: axis) + "└" + String(repeating: "─", count: columns))
        let (begin, end) = (Self.shortTime(self.from), Self.shortTime(self.to))
        let space = max(1, columns - begin.count - end.count)
        lines.append(
            String(repeating: " ", count: axis + 1) + begin + String(repeating: " ", count: space) + end
        )
        return lines
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

    /// `03-01 08:00`, local time.
    private static func shortTime(_ instant: Timestamp) -> String {
        let text = instant.text
        return "\(text.dropFirst(5).prefix(5)) \(text.dropFirst(11).prefix(5))"
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

    /// A row of characters; blanks where nothing is.
    func text(_ row: Int) -> String {
        var text = String.UnicodeScalarView()
        for cell in self.cells[(row * self.columns)..<((row + 1) * self.columns)] {
            text.append(cell == 0 ? " " : Unicode.Scalar(0x2800 + cell) ?? " ")
        }
        return String(text)
    }
}

extension PDFDocument {
    /// A line chart over the page's whole width.
    public mutating func addChart(_ chart: LineChart) {
        let titleHeight = chart.title.isEmpty ? 0 : self.engine.lineHeight(.chartBold) + 4
        let height = titleHeight + 200
        self.ensure(height)
        let drawing = LineChartDrawing(
            chart: chart,
            x: self.page.left,
            y: self.y,
            width: self.page.contentWidth,
            height: height,
            titleHeight: titleHeight
        )
        self.place(height: height) { canvas, engine in drawing.draw(on: canvas, engine) }
        self.skip(12)
    }
}

/// A line chart that has its place on a page.
private struct LineChartDrawing {
    let chart: LineChart
    let x: Double
    let y: Double
    let width: Double
    let height: Double
    let titleHeight: Double

    private static let dashes: [[Double]] = [[], [5, 2.5], [1.5, 2], [7, 2, 1.5, 2], [3, 1.5], [9, 3]]

    /// The rectangle that the lines live in.
    private struct Field {
        var left: Double
        var right: Double
        var top: Double
        var bottom: Double
        var scale: PercentScale
        var positionCount: Int

        func x(_ index: Int) -> Double {
            self.left + (self.right - self.left) * (Double(index) + 0.5) / Double(max(self.positionCount, 1))
        }

        func y(_ value: Double) -> Double {
            self.bottom - (self.bottom - self.top) * min(max(self.scale.place(value), 0), 1)
        }
    }

    func draw(on canvas: borrowing Canvas, _ engine: borrowing TextEngine) {
        if !self.chart.title.isEmpty {
            let frame = TextFrame(x: self.x, y: self.y, width: self.width, lineLimit: 1)
            engine.draw(self.chart.title, .chartBold, .text, in: frame, on: canvas)
        }
        let legendHeight = self.drawLegend(on: canvas, engine)
        let values = self.chart.series.flatMap { $0.values.compactMap(\.self) }
        let target = self.chart.target.map { [$0.value] } ?? []
        let scale = PercentScale(values.isEmpty ? [0, 1] : values + target)
        let labelWidth = scale.marks.map { engine.size(of: scale.text($0), .chart).width }.max() ?? 0
        let field = Field(
            left: self.x + labelWidth + 7,
            right: self.x + self.width,
            top: self.y + self.titleHeight + legendHeight + 8,
            bottom: self.y + self.height - 16,
            scale: scale,
            positionCount: self.chart.labels.count
        )
        self.drawGrid(field, labelWidth: labelWidth, on: canvas, engine)
        self.drawLabels(field, on: canvas, engine)
        if let target = self.chart.target {
            let y = field.y(target.value)
            canvas.line([(field.left, y), (field.right, y)], .warning, width: 0.9, dashes: [4, 3])
        }
        for (index, series) in self.chart.series.enumerated() {
            self.draw(series, index, field, on: canvas)
        }
        if values.isEmpty {
            let frame = TextFrame(
                x: field.left,
                y: (field.top + field.bottom) / 2 - 8,
                width: field.right - field.left,
                alignment: .centre
            )
            engine.draw("—", .heading, .quiet, in: frame, on: canvas)
        }
    }

    private func drawGrid(
        _ field: Field,
        labelWidth: Double,
        on canvas: borrowing Canvas,
        _ engine: borrowing TextEngine
    ) {
        let half = engine.lineHeight(.chart) / 2
        for (index, mark) in field.scale.marks.enumerated() {
            let y = field.y(mark / 100)
            canvas.rule(
                y: y,
                from: field.left,
                to: field.right,
                index == 0 ? .strongRule : .rule,
                width: index == 0 ? 0.8 : 0.5
            )
            let frame = TextFrame(x: self.x, y: y - half, width: labelWidth, alignment: .right)
            engine.draw(field.scale.text(mark), .chart, .quiet, in: frame, on: canvas)
        }
    }

    /// Every label, or every second, third … when they would touch.
    private func drawLabels(_ field: Field, on canvas: borrowing Canvas, _ engine: borrowing TextEngine) {
        let widest = self.chart.labels.map { engine.size(of: $0, .chart).width }.max() ?? 0
        guard widest > 0 else { return }
        let slot = (field.right - field.left) / Double(self.chart.labels.count)
        let stride = max(1, Int(((widest + 8) / slot).rounded(.up)))
        for (index, label) in self.chart.labels.enumerated() where index % stride == 0 {
            let x = field.x(index)
            canvas.line([(x, field.bottom), (x, field.bottom + 2.5)], .strongRule, width: 0.6)
            // Those at the ends stay within the paper.
            let left = min(max(x - widest / 2, self.x), field.right - widest)
            let frame = TextFrame(x: left, y: field.bottom + 4, width: widest, alignment: .centre)
            engine.draw(label, .chart, .quiet, in: frame, on: canvas)
        }
    }

    private func draw(_ series: LineChart.Series, _ index: Int, _ field: Field, on canvas: borrowing Canvas) {
        let ink = Ink.series[index % Ink.series.count]
        let hasDots = series.values.count <= 40
        var run: [(x: Double, y: Double)] = []
        func end() {
            if run.count > 1 {
                canvas.line(run, ink, width: 1.4, dashes: Self.dashes[index % Self.dashes.count])
            }
            if hasDots || run.count == 1 {
                for point in run { canvas.dot(x: point.x, y: point.y, radius: 1.7, ink) }
            }
            run = []
        }
        for (position, value) in series.values.enumerated() {
            if let value, value.isFinite { run.append((field.x(position), field.y(value))) } else { end() }
        }
        end()
    }

    /// Names beside samples of their lines, over as many rows as they need; tells the height.
    private func drawLegend(on canvas: borrowing Canvas, _ engine: borrowing TextEngine) -> Double {
        typealias Entry = (name: String, ink: Ink, dashes: [Double], width: Double)
        var entries: [Entry] = self.chart.series.enumerated().map { index, series in
            (series.name, Ink.series[index % Ink.series.count], Self.dashes[index % Self.dashes.count], 1.4)
        }
        if let target = self.chart.target { entries.append((target.name, .warning, [4, 3], 0.9)) }
        let line = engine.lineHeight(.chart) + 2
        var (x, y) = (self.x, self.y + self.titleHeight)
        for entry in entries {
            let width = min(engine.size(of: entry.name, .chart).width, self.width / 2)
            if x + 26 + width > self.x + self.width {
                (x, y) = (self.x, y + line)
            }
            let middle = y + line / 2 - 1
            canvas.line([(x, middle), (x + 20, middle)], entry.ink, width: entry.width, dashes: entry.dashes)
            engine.draw(
                entry.name,
                .chart,
                .text,
                in: TextFrame(x: x + 24, y: y, width: width, lineLimit: 1),
                on: canvas
            )
            x += 24 + width + 16
        }
        return y + line - self.y - self.titleHeight
    }
}

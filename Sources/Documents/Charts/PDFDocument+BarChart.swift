extension PDFDocument {
    /// A bar chart over the page's whole width; many bars go on over pages.
    public mutating func addChart(_ chart: BarChart) {
        let engine = BarMeasure(chart, width: self.page.contentWidth, engine: self.engine)
        if !chart.title.isEmpty {
            let height = self.engine.lineHeight(.chartBold) + 4
            self.ensure(height + 3 * BarMeasure.barHeight)
            let (page, y) = (self.page, self.y)
            self.place(height: height) { canvas, engine in
                let frame = TextFrame(x: page.left, y: y, width: page.contentWidth, lineLimit: 1)
                engine.draw(chart.title, .chartBold, .text, in: frame, on: canvas)
            }
        }
        for bar in chart.bars {
            self.ensure(BarMeasure.barHeight)
            let (x, y) = (self.page.left, self.y)
            self.place(height: BarMeasure.barHeight) { canvas, texts in
                engine.draw(bar, x: x, y: y, on: canvas, texts)
            }
        }
        self.skip(12)
    }
}

/// How a bar chart's width is shared between names, bars and figures.
private struct BarMeasure {
    static let barHeight = 17.0

    private let labelWidth: Double
    private let textWidth: Double
    private let barWidth: Double
    private let fullValue: Double

    init(_ chart: BarChart, width: Double, engine: borrowing TextEngine) {
        var (label, text) = (0.0, 0.0)
        for bar in chart.bars {
            label = max(label, engine.size(of: bar.label, .cell).width)
            text = max(text, engine.size(of: bar.text, .cellBold).width)
        }
        self.labelWidth = min(label, width * 0.35)
        self.textWidth = min(text, width * 0.3)
        self.barWidth = width - self.labelWidth - self.textWidth - 16
        let greatest = chart.bars.compactMap(\.value).filter(\.isFinite).max() ?? 0
        let full = chart.fullValue ?? greatest
        self.fullValue = full > 0 ? full : 1
    }

    func draw(
        _ bar: BarChart.Bar,
        x: Double,
        y: Double,
        on canvas: borrowing Canvas,
        _ engine: borrowing TextEngine
    ) {
        let textY = y + (Self.barHeight - engine.lineHeight(.cell)) / 2
        engine.draw(
            bar.label,
            .cell,
            .text,
            in: TextFrame(x: x, y: textY, width: self.labelWidth, alignment: .right, lineLimit: 1),
            on: canvas
        )
        let start = x + self.labelWidth + 8
        canvas.fill(x: start, y: y + 3.5, width: self.barWidth, height: Self.barHeight - 7, .stripe)
        var end = start
        if let value = bar.value, value.isFinite {
            let length = self.barWidth * min(max(value / self.fullValue, 0), 1)
            let ink: Ink = bar.isEmphasized ? .warning : .bar
            canvas.fill(x: start, y: y + 3.5, width: length, height: Self.barHeight - 7, ink)
            end += length
        }
        engine.draw(
            bar.text,
            .cellBold,
            bar.isEmphasized ? .warning : .text,
            in: TextFrame(
                x: start + self.barWidth + 8,
                y: textY,
                width: self.textWidth,
                alignment: .right,
                lineLimit: 1
            ),
            on: canvas
        )
    }
}

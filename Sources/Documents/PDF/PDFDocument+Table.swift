extension PDFDocument {
    /// A table over the page's whole width. Its heading is repeated on every page; cells too wide for their column are
    /// broken over lines up to the column's limit and then end in "…"; numbers stand at the right.
    ///
    /// `totals` are rows at the end, in bold. Each row has a cell for each column. The rows are asked for twice: now,
    /// and when the document is drawn; a lazy collection is never held whole.
    public mutating func addTable(
        columns: [DocumentColumn],
        rows: some RandomAccessCollection<[DocumentCell]>,
        totals: [[DocumentCell]] = []
    ) {
        precondition(!columns.isEmpty, "a table has columns")
        let plan = TablePlan(
            columns: columns,
            rows: rows,
            totals: totals,
            width: self.page.contentWidth,
            engine: self.engine
        )
        let row = { (index: Int) in
            index < rows.count
                ? rows[rows.index(rows.startIndex, offsetBy: index)] : totals[index - rows.count]
        }
        let (count, bodyCount) = (rows.count + totals.count, rows.count)
        var next = 0
        repeat {
            var heights: [Double] = []
            var total = plan.headingHeight
            // The heading wants two rows below it; the last row is not left alone.
            if next == 0 { self.ensure(total + 2 * plan.rowHeight + 4) }
            while next + heights.count < count {
                let index = next + heights.count
                let style = index < bodyCount ? plan.style : plan.boldStyle
                let height = plan.height(of: row(index), style, engine: self.engine)
                // One row goes onto the page whatever its height, so that this comes to an end.
                guard total + height <= self.roomLeft || heights.isEmpty else { break }
                heights.append(height)
                total += height
            }
            let segment = TableSegment(
                plan: plan,
                first: next,
                heights: heights,
                bodyCount: bodyCount,
                x: self.page.left,
                y: self.y
            )
            self.place(height: total) { canvas, engine in segment.draw(row: row, on: canvas, engine) }
            next += heights.count
            if next < count { self.beginPage() }
        } while next < count
        self.skip(10)
    }
}

/// The part of a table that stands on one page.
private struct TableSegment {
    let plan: TablePlan
    let first: Int
    let heights: [Double]
    let bodyCount: Int
    let x: Double
    let y: Double

    func draw(row: (Int) -> [DocumentCell], on canvas: borrowing Canvas, _ engine: borrowing TextEngine) {
        let end = self.x + self.plan.width
        canvas.fill(
            x: self.x,
            y: self.y,
            width: self.plan.width,
            height: self.plan.headingHeight,
            .headingFill
        )
        self.draw(
            self.plan.columns.map { DocumentCell.text($0.heading) },
            self.plan.boldStyle,
            .accent,
            y: self.y,
            isHeading: true,
            on: canvas,
            engine
        )
        var y = self.y + self.plan.headingHeight
        canvas.rule(y: self.y, from: self.x, to: end, .strongRule, width: 0.8)
        canvas.rule(y: y, from: self.x, to: end, .strongRule, width: 0.8)
        for (offset, height) in self.heights.enumerated() {
            let index = self.first + offset
            let isTotal = index >= self.bodyCount
            if isTotal || index % 2 == 1 {
                canvas.fill(
                    x: self.x,
                    y: y + 0.3,
                    width: self.plan.width,
                    height: height - 0.3,
                    isTotal ? .totalFill : .stripe
                )
            }
            if index == self.bodyCount, offset > 0 {
                canvas.rule(y: y, from: self.x, to: end, .strongRule, width: 0.8)
            }
            self.draw(
                row(index),
                isTotal ? self.plan.boldStyle : self.plan.style,
                .text,
                y: y,
                isHeading: false,
                on: canvas,
                engine
            )
            y += height
            let isLast = offset + 1 == self.heights.count
            canvas.rule(
                y: y,
                from: self.x,
                to: end,
                isLast ? .strongRule : .rule,
                width: isLast ? 0.8 : 0.4
            )
        }
    }

    private func draw(
        _ cells: [DocumentCell],
        _ style: TextStyle,
        _ ink: Ink,
        y: Double,
        isHeading: Bool,
        on canvas: borrowing Canvas,
        _ engine: borrowing TextEngine
    ) {
        var x = self.x
        for (index, column) in self.plan.columns.enumerated() {
            let width = self.plan.widths[index]
            let frame = TextFrame(
                x: x + TablePlan.sidePadding,
                y: y + TablePlan.topPadding,
                width: width - 2 * TablePlan.sidePadding,
                alignment: column.isNumeric ? .right : .left,
                lineLimit: isHeading ? TablePlan.headingLineLimit : column.lineLimit
            )
            let text = cells[index].text
            if !text.isEmpty { engine.draw(text, style, ink, in: frame, on: canvas) }
            x += width
        }
    }
}

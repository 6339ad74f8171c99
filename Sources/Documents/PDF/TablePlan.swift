/// How wide a table's columns are, how large its letters, and from that how high its rows.
struct TablePlan {
    static let sidePadding = 4.5
    static let topPadding = 3.0
    static let headingLineLimit = 3

    let columns: [DocumentColumn]
    let width: Double
    let widths: [Double]
    /// Smaller letters when many columns crowd the page.
    let style: TextStyle
    let boldStyle: TextStyle
    let headingHeight: Double
    /// Of a row with one line.
    let rowHeight: Double

    init(
        columns: [DocumentColumn],
        rows: some RandomAccessCollection<[DocumentCell]>,
        totals: [[DocumentCell]],
        width: Double,
        engine: borrowing TextEngine
    ) {
        (self.columns, self.width) = (columns, width)
        var wants = columns.map { ColumnWant($0) }
        for row in rows { Self.show(row, isBold: false, to: &wants) }
        for row in totals { Self.show(row, isBold: true, to: &wants) }
        var (style, boldStyle): (TextStyle, TextStyle) = (.cell, .cellBold)
        var measured = wants.map { $0.measured(style, boldStyle, engine: engine) }
        if measured.map(\.natural).reduce(0, +) > width * 1.1 {
            (style, boldStyle) = (.denseCell, .denseCellBold)
            measured = wants.map { $0.measured(style, boldStyle, engine: engine) }
        }
        (self.style, self.boldStyle) = (style, boldStyle)
        self.widths = Self.share(width, among: measured)
        self.rowHeight = engine.lineHeight(style) + 2 * Self.topPadding
        var headingHeight = engine.lineHeight(boldStyle)
        for (column, width) in zip(columns, self.widths) {
            let size = engine.size(
                of: column.heading,
                boldStyle,
                width: width - 2 * Self.sidePadding,
                lineLimit: Self.headingLineLimit
            )
            headingHeight = max(headingHeight, size.height)
        }
        self.headingHeight = headingHeight + 2 * Self.topPadding
    }

    /// What a row needs; only cells that may not fit on one line are laid out.
    func height(of row: [DocumentCell], _ style: TextStyle, engine: borrowing TextEngine) -> Double {
        var height = engine.lineHeight(style)
        for (index, cell) in row.enumerated() {
            let (text, room) = (cell.text, self.widths[index] - 2 * Self.sidePadding)
            guard text.widthAtMost(size: style.size).map({ $0 > room }) ?? true else { continue }
            let limit = self.columns[index].lineLimit
            height = max(height, engine.size(of: text, style, width: room, lineLimit: limit).height)
        }
        return height + 2 * Self.topPadding
    }

    private static func show(_ row: [DocumentCell], isBold: Bool, to wants: inout [ColumnWant]) {
        precondition(row.count == wants.count, "a row has a cell for each column")
        for (index, cell) in row.enumerated() { wants[index].see(cell, isBold: isBold) }
    }

    /// All get what they want, and what is left over is shared in proportion. Where there is too little, headings are
    /// broken over lines first; then columns of words share what numbers and unbroken words leave, none more than it
    /// wants.
    private static func share(_ width: Double, among wants: [ColumnWant.Width]) -> [Double] {
        for wish in [wants.map(\.natural), wants.map(\.content)] {
            let sum = wish.reduce(0, +)
            if sum <= width { return wish.map { $0 + (width - sum) * $0 / max(sum, 1) } }
        }
        let rigid = wants.map(\.least).reduce(0, +)
        // Too many columns even so: all give way alike.
        guard rigid < width else { return wants.map { $0.least * width / rigid } }
        var widths = wants.map(\.least)
        var left = width - rigid
        var hungry = wants.indices.filter { wants[$0].content > widths[$0] }
        while left > 0.01, !hungry.isEmpty {
            // The more is missing, the more is given, by its root: a long remark does not starve a name.
            let roots = hungry.map { (wants[$0].content - widths[$0]).squareRoot() }
            let (portion, sum) = (left, roots.reduce(0, +))
            for (index, root) in zip(hungry, roots) {
                let given = min(portion * root / sum, wants[index].content - widths[index])
                widths[index] += given
                left -= given
            }
            hungry = hungry.filter { wants[$0].content - widths[$0] > 0.01 }
        }
        return widths
    }
}

/// What a column would like to have: its widest cells are remembered by estimate and measured at the end.
private struct ColumnWant {
    /// Points, padding among them.
    struct Width {
        /// So that nothing is broken.
        var natural: Double
        /// So that no cell is broken, though the heading may be.
        var content: Double
        /// So that no number and no unbroken word is.
        var least: Double
    }

    private struct Sample {
        var text = ""
        var isBold = false
        var estimate = 0.0

        mutating func see(_ text: String, isBold: Bool) {
            let estimate = Double(text.placeCount) * (isBold ? 1.06 : 1)
            if estimate > self.estimate { self = Sample(text: text, isBold: isBold, estimate: estimate) }
        }
    }

    private let heading: String
    private var widest = Sample()
    private var widestRigid = Sample()

    /// Longer words may be broken: they are no names or numbers but addresses and hashes.
    private static let wordPlaceLimit = 18

    init(_ column: DocumentColumn) { self.heading = column.heading }

    mutating func see(_ cell: DocumentCell, isBold: Bool) {
        let text = cell.text
        self.widest.see(text, isBold: isBold)
        guard cell.isBreakable else { return self.widestRigid.see(text, isBold: isBold) }
        let words = text.unicodeScalars.split { $0.isWide || $0.properties.isWhitespace }
        for word in words where (2...Self.wordPlaceLimit).contains(word.count) {
            self.widestRigid.see(String(word), isBold: isBold)
        }
    }

    func measured(_ style: TextStyle, _ boldStyle: TextStyle, engine: borrowing TextEngine) -> Width {
        func width(_ sample: Sample) -> Double {
            engine.size(of: sample.text, sample.isBold ? boldStyle : style).width
        }
        let padding = 2 * TablePlan.sidePadding
        let heading = engine.size(of: self.heading, boldStyle).width
        // Half the heading, so that it takes two lines, three at most.
        let narrowHeading = min(heading, max(heading / 2 + boldStyle.size, 2 * boldStyle.size + 1))
        let (content, rigid) = (width(self.widest), width(self.widestRigid))
        return Width(
            natural: max(content, heading) + padding,
            content: max(content, narrowHeading) + padding,
            least: max(rigid, narrowHeading, 12) + padding
        )
    }
}

extension String {
    /// More than it takes at a size, in points; `nil` when it holds letters that nobody here can estimate.
    fileprivate func widthAtMost(size: Double) -> Double? {
        var width = 0.0
        for scalar in self.unicodeScalars {
            switch scalar.value {
            case 0x30...0x39, 0x2C...0x2F, 0x3A, 0x20: width += 0.6
            case 0x21...0x7E: width += 0.98
            case 0x3000...0x30FF, 0x4E00...0x9FFF, 0xFF00...0xFFEF: width += 1
            case 0x2014: width += 1
            default: return nil
            }
        }
        return width * size
    }
}

/// How a text looks.
enum TextStyle: CaseIterable {
    case title, subtitle, heading, body, bodyBold, small
    case cell, cellBold, denseCell, denseCellBold
    case chart, chartBold

    /// Points.
    var size: Double {
        switch self {
        case .title: 19
        case .heading: 12.5
        case .subtitle, .body, .bodyBold: 10
        case .chartBold: 9.5
        case .cell, .cellBold: 8.5
        case .denseCell, .denseCellBold: 7.5
        case .small, .chart: 7.5
        }
    }

    var isBold: Bool {
        switch self {
        case .title, .heading, .bodyBold, .cellBold, .denseCellBold, .chartBold: true
        case .subtitle, .body, .cell, .denseCell, .small, .chart: false
        }
    }
}

/// Where a text stands in its width.
enum TextAlignment { case left, centre, right }

/// What a text needs, in points.
struct TextSize {
    var width: Double
    var height: Double
}

/// The room a text is given.
struct TextFrame {
    /// Where it begins; the top of its first line.
    var x: Double
    var y: Double
    /// Wider text is broken over lines, at words and between Chinese characters.
    var width: Double
    var alignment = TextAlignment.left
    /// Longer text ends in "…"; `nil` for as many lines as it wants.
    var lineLimit: Int?
}

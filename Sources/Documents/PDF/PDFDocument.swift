/// A report on paper (PDF, A4): title, words, tables that go on over pages, charts; at each foot a text and "n / m".
///
/// What is added is measured and given its place at once, and drawn when all is there, because only then the number of
/// pages is known. Rows of tables are asked for again then, and not kept. The same input makes the same bytes, with
/// the same releases of cairo, Pango and the fonts. One thread at a time.
public struct PDFDocument: ~Copyable {
    /// Pages of one document; who needs more wants a workbook.
    public static let pageLimit = 5_000

    typealias Drawing = (borrowing Canvas, borrowing TextEngine) -> Void

    /// The sheet of paper.
    public let page: PDFPage
    let engine: TextEngine
    private let properties: DocumentProperties
    private let footer: String
    private var pages: [[Drawing]] = [[]]
    /// Where the next thing goes on the last page.
    private(set) var y: Double

    /// An empty document.
    ///
    /// `footer` stands at the foot of every page, on one line. Throws when the font is not there.
    public init(
        properties: DocumentProperties,
        page: PDFPage = .portrait,
        footer: String = "",
        fontFamily: String = "Noto Sans CJK SC"
    ) throws(DocumentError) {
        self.engine = try TextEngine(family: fontFamily)
        (self.page, self.properties, self.footer) = (page, properties, footer)
        self.y = page.top(ofPage: 0)
    }

    /// Pages so far.
    public var pageCount: Int { self.pages.count }

    /// Goes on at the top of a new page, if anything is on this one.
    public mutating func beginPage() {
        guard self.y > self.page.top(ofPage: self.pages.count - 1) else { return }
        self.pages.append([])
        self.y = self.page.top(ofPage: self.pages.count - 1)
    }

    /// Writes the file: whole, in place of what was there, or not at all.
    public consuming func write(to path: String) throws(DocumentError) {
        let document = self
        var file = try PartialFile(for: path)
        try document.draw(into: ByteSink(path: file.path), subject: path)
        try file.commit()
    }

    /// The file's bytes.
    public consuming func bytes() throws(DocumentError) -> [UInt8] {
        let document = self
        let sink = ByteSink()
        try document.draw(into: sink, subject: "the document in memory")
        return sink.bytes
    }

    var roomLeft: Double { self.page.bottom - self.y }

    /// Begins a page unless this one has so much room, in points.
    mutating func ensure(_ height: Double) {
        if self.roomLeft < height { self.beginPage() }
    }

    /// Puts something on the last page, and moves on by its height.
    mutating func place(height: Double, _ drawing: @escaping Drawing) {
        self.pages[self.pages.count - 1].append(drawing)
        self.y += height
    }

    /// Leaves room, but not at the top of a page.
    mutating func skip(_ height: Double) {
        if self.y > self.page.top(ofPage: self.pages.count - 1) { self.y += height }
    }

    private func draw(into sink: ByteSink, subject: String) throws(DocumentError) {
        guard self.pages.count <= Self.pageLimit else {
            throw DocumentError(
                .write,
                subject,
                "\(self.pages.count) pages; a document has at most \(Self.pageLimit)",
                mend: "narrow what is asked for, or write a workbook"
            )
        }
        let canvas = Canvas(page: self.page, properties: self.properties, sink: sink)
        for (index, drawings) in self.pages.enumerated() {
            for drawing in drawings { drawing(canvas, self.engine) }
            self.drawMargins(ofPage: index, on: canvas)
            canvas.endPage()
        }
        let fault = canvas.finish()
        if let code = sink.fault { throw PartialFile.error(subject, code) }
        if let fault { throw DocumentError(.write, subject, fault) }
    }

    private func drawMargins(ofPage index: Int, on canvas: borrowing Canvas) {
        let page = self.page
        if index > 0 {
            let frame = TextFrame(x: page.left, y: 34, width: page.contentWidth, lineLimit: 1)
            self.engine.draw(self.properties.title, .small, .quiet, in: frame, on: canvas)
            canvas.rule(y: 50, from: page.left, to: page.right, .rule)
        }
        let y = page.height - 44
        canvas.rule(y: y, from: page.left, to: page.right, .rule)
        let numberWidth = 70.0
        self.engine.draw(
            self.footer,
            .small,
            .quiet,
            in: TextFrame(
                x: page.left,
                y: y + 5,
                width: page.contentWidth - numberWidth - 8,
                lineLimit: 1
            ),
            on: canvas
        )
        self.engine.draw(
            "\(index + 1) / \(self.pages.count)",
            .small,
            .quiet,
            in: TextFrame(
                x: page.right - numberWidth,
                y: y + 5,
                width: numberWidth,
                alignment: .right,
                lineLimit: 1
            ),
            on: canvas
        )
    }
}

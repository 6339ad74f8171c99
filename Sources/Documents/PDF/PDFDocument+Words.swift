extension PDFDocument {
    /// The document's title in large letters, and what it covers in smaller ones.
    public mutating func addTitle(_ text: String, subtitle: String = "") {
        self.add(text, .title, .accent)
        if !subtitle.isEmpty {
            self.skip(2)
            self.add(subtitle, .subtitle, .quiet)
        }
        self.skip(8)
        let (page, y) = (self.page, self.y)
        self.place(height: 14) { canvas, _ in
            canvas.rule(y: y, from: page.left, to: page.right, .accent, width: 1.2)
        }
    }

    /// The heading of a section, never alone at the end of a page; the reader's table of contents lists it.
    public mutating func addHeading(_ text: String) {
        self.skip(10)
        let width = self.page.contentWidth - 10
        let height = self.engine.size(of: text, .heading, width: width).height
        self.ensure(height + 80)
        let (page, y, index) = (self.page, self.y, self.pageCount - 1)
        self.place(height: height + 6) { canvas, engine in
            canvas.addOutline(text, pageIndex: index, y: y)
            canvas.fill(x: page.left, y: y + 3, width: 3, height: height - 6, .bar)
            engine.draw(
                text,
                .heading,
                .accent,
                in: TextFrame(x: page.left + 10, y: y, width: width),
                on: canvas
            )
        }
    }

    /// Words, broken over lines, and at their own line breaks.
    public mutating func addParagraph(_ text: String) {
        self.add(text, .body, .text)
        self.skip(6)
    }

    /// Words in smaller, paler letters: a source, a remark.
    public mutating func addNote(_ text: String) {
        self.add(text, .small, .quiet)
        self.skip(5)
    }

    /// Lines of a name and what it stands for; the values begin under one another.
    public mutating func addFacts(_ facts: [(name: String, value: String)]) {
        let widest = facts.map { self.engine.size(of: $0.name, .body).width }.max() ?? 0
        let nameWidth = min(widest, self.page.contentWidth * 0.35)
        let valueX = self.page.left + nameWidth + 16
        let valueWidth = self.page.right - valueX
        for (name, value) in facts {
            let size = self.engine.size(of: name, .body, width: nameWidth)
            let (valueSize, limit) = self.limited(value, .bodyBold, width: valueWidth)
            let height = max(size.height, valueSize.height) + 3
            self.ensure(height)
            let (page, y) = (self.page, self.y)
            self.place(height: height) { canvas, engine in
                engine.draw(
                    name,
                    .body,
                    .quiet,
                    in: TextFrame(x: page.left, y: y, width: nameWidth),
                    on: canvas
                )
                let frame = TextFrame(x: valueX, y: y, width: valueWidth, lineLimit: limit)
                engine.draw(value, .bodyBold, .text, in: frame, on: canvas)
            }
        }
        self.skip(6)
    }

    /// Adds words paragraph by paragraph, so that a long text goes on over pages. A single paragraph longer than a
    /// page is cut into pieces between words or Chinese characters.
    private mutating func add(_ text: String, _ style: TextStyle, _ ink: Ink) {
        let width = self.page.contentWidth
        for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            // At most half a page a piece, counted by places, so that no piece fails to fit a page.
            let lineCount = Int(self.page.height / 2 / self.engine.lineHeight(style))
            let limit = max(200, lineCount * Int(width / style.size))
            for piece in String(paragraph).pieces(of: limit) {
                let height = self.engine.size(of: piece, style, width: width).height
                self.ensure(height)
                let (page, y) = (self.page, self.y)
                self.place(height: height) { canvas, engine in
                    engine.draw(
                        piece,
                        style,
                        ink,
                        in: TextFrame(x: page.left, y: y, width: width),
                        on: canvas
                    )
                }
            }
        }
    }

    /// A value's size, and the limit of lines that keeps it on half a page.
    private func limited(_ text: String, _ style: TextStyle, width: Double) -> (TextSize, limit: Int?) {
        let whole = self.engine.size(of: text, style, width: width)
        guard whole.height > self.page.height / 2 else { return (whole, nil) }
        let limit = 12
        return (self.engine.size(of: text, style, width: width, lineLimit: limit), limit)
    }
}

extension String {
    /// Itself when it is no longer than the limit, else pieces of at most so many characters, ended at a space or
    /// a mark where one is near.
    fileprivate func pieces(of limit: Int) -> [String] {
        guard self.count > limit else { return [self] }
        var (pieces, rest): ([String], Substring) = ([], self[...])
        while rest.count > limit {
            let piece = rest.prefix(limit)
            let mark = piece.suffix(limit / 4).lastIndex { $0.isWhitespace || "，。；、".contains($0) }
            let end = mark.map { rest.index(after: $0) } ?? piece.endIndex
            pieces.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return rest.isEmpty ? pieces : pieces + [String(rest)]
    }
}

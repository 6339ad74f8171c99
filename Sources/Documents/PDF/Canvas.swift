internal import CPangoCairo

/// The owner of cairo's PDF surface: draws page after page, and passes the bytes on as they come.
struct Canvas: ~Copyable {
    let page: PDFPage
    private let surface: OpaquePointer
    private let context: OpaquePointer
    private let sink: ByteSink

    init(page: PDFPage, properties: DocumentProperties, sink: ByteSink) {
        (self.page, self.sink) = (page, sink)
        // The sink outlives the surface, which `deinit` ends first.
        let unowned = Unmanaged.passUnretained(sink).toOpaque()
        self.surface = cairo_pdf_surface_create_for_stream(
            { closure, bytes, count in
                guard let closure else { return CAIRO_STATUS_WRITE_ERROR }
                let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
                let input = UnsafeRawBufferPointer(start: bytes, count: Int(count))
                return sink.take(input) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR
            },
            unowned,
            page.width,
            page.height
        )
        self.context = cairo_create(self.surface)
        self.set(CAIRO_PDF_METADATA_TITLE, properties.title)
        self.set(CAIRO_PDF_METADATA_AUTHOR, properties.author)
        self.set(CAIRO_PDF_METADATA_SUBJECT, properties.subject)
        self.set(CAIRO_PDF_METADATA_CREATE_DATE, properties.createdText)
        self.set(CAIRO_PDF_METADATA_MOD_DATE, properties.createdText)
    }

    deinit {
        cairo_destroy(self.context)
        cairo_surface_destroy(self.surface)
    }

    /// Ends the last page's document; cairo's words when anything went wrong on the way.
    func finish() -> String? {
        cairo_surface_finish(self.surface)
        for status in [cairo_status(self.context), cairo_surface_status(self.surface)]
        where status != CAIRO_STATUS_SUCCESS {
            return String(cString: cairo_status_to_string(status))
        }
        return nil
    }

    func endPage() { cairo_show_page(self.context) }

    /// An entry of the reader's table of contents that leads to a place of the page being drawn, counted from 0.
    func addOutline(_ text: String, pageIndex: Int, y: Double) {
        let place = "page=\(pageIndex + 1) pos=[\(self.page.left) \(max(0, y - 6))]"
        _ = cairo_pdf_surface_add_outline(self.surface, 0, text, place, CAIRO_PDF_OUTLINE_FLAG_OPEN)
    }

    func show(_ layout: OpaquePointer, x: Double, y: Double, _ ink: Ink) {
        self.set(ink)
        cairo_move_to(self.context, x, y)
        pango_cairo_show_layout(self.context, layout)
    }

    func fill(x: Double, y: Double, width: Double, height: Double, _ ink: Ink) {
        self.set(ink)
        cairo_rectangle(self.context, x, y, width, height)
        cairo_fill(self.context)
    }

    /// A line through points; `dashes` are lengths drawn and left out in turn.
    func line(_ points: [(x: Double, y: Double)], _ ink: Ink, width: Double, dashes: [Double] = []) {
        guard let first = points.first else { return }
        self.set(ink)
        cairo_set_line_width(self.context, width)
        cairo_set_line_join(self.context, CAIRO_LINE_JOIN_ROUND)
        cairo_set_dash(self.context, dashes, Int32(dashes.count), 0)
        cairo_move_to(self.context, first.x, first.y)
        for point in points.dropFirst() { cairo_line_to(self.context, point.x, point.y) }
        cairo_stroke(self.context)
    }

    func rule(y: Double, from start: Double, to end: Double, _ ink: Ink, width: Double = 0.5) {
        self.line([(start, y), (end, y)], ink, width: width)
    }

    func dot(x: Double, y: Double, radius: Double, _ ink: Ink) {
        self.set(ink)
        cairo_new_sub_path(self.context)
        cairo_arc(self.context, x, y, radius, 0, 2 * Double.pi)
        cairo_fill(self.context)
    }

    private func set(_ ink: Ink) { cairo_set_source_rgb(self.context, ink.red, ink.green, ink.blue) }

    private func set(_ key: cairo_pdf_metadata_t, _ text: String) {
        if !text.isEmpty { cairo_pdf_surface_set_metadata(self.surface, key, text) }
    }
}

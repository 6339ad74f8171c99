internal import CPangoCairo

/// The owner of Pango's fonts and of the one layout through which all texts go, measured and drawn alike.
struct TextEngine: ~Copyable {
    private let fontMap: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private let layout: OpaquePointer
    private let fonts: [TextStyle: OpaquePointer]
    private let lineHeights: [TextStyle: Double]

    /// Throws when fontconfig knows no such family, since what it gives instead may have no Chinese.
    init(family: String) throws(DocumentError) {
        guard let fontMap = pango_cairo_font_map_new() else {
            throw DocumentError(.begin, "font map", "pangocairo made none")
        }
        // A point is a unit.
        pango_cairo_font_map_set_resolution(OpaquePointer(fontMap), 72)
        let context: OpaquePointer = pango_font_map_create_context(fontMap)
        Self.setUp(context)
        guard let found = Self.familyFound(for: family, fontMap, context), found == family else {
            let found = Self.familyFound(for: family, fontMap, context) ?? "no font at all"
            g_object_unref(UnsafeMutableRawPointer(context))
            g_object_unref(fontMap)
            throw DocumentError(
                .begin,
                "font \(family)",
                "fontconfig gives \(found)",
                mend: "apt-get install fonts-noto-cjk fontconfig (fc-list :lang=zh shows what is there)"
            )
        }
        let layout: OpaquePointer = pango_layout_new(context)
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        pango_layout_set_auto_dir(layout, 0)
        var fonts: [TextStyle: OpaquePointer] = [:]
        for style in TextStyle.allCases {
            let font: OpaquePointer = pango_font_description_new()
            pango_font_description_set_family(font, family)
            pango_font_description_set_weight(font, style.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
            pango_font_description_set_absolute_size(font, Double(pango_from_points(style.size)))
            fonts[style] = font
        }
        (self.fontMap, self.context, self.layout, self.fonts) = (fontMap, context, layout, fonts)
        var lineHeights: [TextStyle: Double] = [:]
        for (style, font) in fonts {
            pango_layout_set_font_description(layout, font)
            pango_layout_set_text(layout, "国g", -1)
            lineHeights[style] = Self.size(of: layout).height
        }
        self.lineHeights = lineHeights
    }

    deinit {
        for font in self.fonts.values { pango_font_description_free(font) }
        g_object_unref(UnsafeMutableRawPointer(self.layout))
        g_object_unref(UnsafeMutableRawPointer(self.context))
        g_object_unref(self.fontMap)
    }

    /// What a line of Chinese takes.
    func lineHeight(_ style: TextStyle) -> Double { self.lineHeights[style] ?? style.size * 1.5 }

    /// What a text takes; without a width, on lines of its own length.
    func size(of text: String, _ style: TextStyle, width: Double? = nil, lineLimit: Int? = nil) -> TextSize {
        self.prepare(text, style, width: width, lineLimit: lineLimit, alignment: .left)
        return Self.size(of: self.layout)
    }

    /// Draws a text, and tells what it took.
    @discardableResult
    func draw(
        _ text: String,
        _ style: TextStyle,
        _ ink: Ink,
        in frame: TextFrame,
        on canvas: borrowing Canvas
    ) -> TextSize {
        self.prepare(
            text,
            style,
            width: frame.width,
            lineLimit: frame.lineLimit,
            alignment: frame.alignment
        )
        canvas.show(self.layout, x: frame.x, y: frame.y, ink)
        return Self.size(of: self.layout)
    }

    private func prepare(
        _ text: String,
        _ style: TextStyle,
        width: Double?,
        lineLimit: Int?,
        alignment: TextAlignment
    ) {
        guard let font = self.fonts[style] else { preconditionFailure("every style has its font") }
        pango_layout_set_font_description(self.layout, font)
        // A hair more than was measured: the two are rounded differently.
        pango_layout_set_width(self.layout, width.map { pango_from_points($0 + 0.02) } ?? -1)
        pango_layout_set_height(self.layout, lineLimit.map { -Int32($0) } ?? -1)
        pango_layout_set_ellipsize(
            self.layout,
            lineLimit == nil ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END
        )
        switch alignment {
        case .left: pango_layout_set_alignment(self.layout, PANGO_ALIGN_LEFT)
        case .centre: pango_layout_set_alignment(self.layout, PANGO_ALIGN_CENTER)
        case .right: pango_layout_set_alignment(self.layout, PANGO_ALIGN_RIGHT)
        }
        pango_layout_set_text(self.layout, text.printable(isOneParagraph: lineLimit != nil), -1)
    }

    private static func setUp(_ context: OpaquePointer) {
        // Paper has no pixels to fit letters to.
        pango_context_set_round_glyph_positions(context, 0)
        pango_context_set_language(context, pango_language_from_string("zh-cn"))
        let options = cairo_font_options_create()
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
    }

    private static func familyFound(
        for family: String,
        _ fontMap: UnsafeMutablePointer<PangoFontMap>,
        _ context: OpaquePointer
    ) -> String? {
        let wanted: OpaquePointer = pango_font_description_new()
        defer { pango_font_description_free(wanted) }
        pango_font_description_set_family(wanted, family)
        pango_font_description_set_absolute_size(wanted, Double(pango_from_points(10)))
        guard let font = pango_font_map_load_font(fontMap, context, wanted) else { return nil }
        defer { g_object_unref(font) }
        guard let found = pango_font_describe(font) else { return nil }
        defer { pango_font_description_free(found) }
        return pango_font_description_get_family(found).map { String(cString: $0) }
    }

    private static func size(of layout: OpaquePointer) -> TextSize {
        var logical = PangoRectangle()
        pango_layout_get_extents(layout, nil, &logical)
        return TextSize(width: pango_to_points(logical.width), height: pango_to_points(logical.height))
    }
}

extension String {
    /// Without what is no letter and has no place on paper; within a cell, line breaks are spaces.
    fileprivate func printable(isOneParagraph: Bool) -> String {
        func isOdd(_ scalar: Unicode.Scalar) -> Bool {
            let isBreak = scalar == "\n" || scalar.value == 0x2028 || scalar.value == 0x2029
            return isBreak ? isOneParagraph : scalar.properties.generalCategory == .control
        }
        guard self.unicodeScalars.contains(where: isOdd) else { return self }
        var text = String.UnicodeScalarView()
        for scalar in self.unicodeScalars where scalar != "\r" { text.append(isOdd(scalar) ? " " : scalar) }
        return String(text)
    }
}

internal import CXLSXWriter

/// How cells look; the formats belong to the workbook, which frees them.
struct CellStyles {
    typealias Format = UnsafeMutablePointer<lxw_format>

    let title: Format
    let subtitle: Format
    let heading: Format
    let numericHeading: Format
    let plain: Set
    let total: Set

    /// The formats of a row's cells.
    struct Set {
        let text: Format
        let numericText: Format
        let wrapped: Format
        let integer: Format
        let percentage: Format
        let dateTime: Format
        let date: Format
        let flag: Format
    }

    /// None when there is no memory for them.
    init?(of workbook: UnsafeMutablePointer<lxw_workbook>) {
        func make(_ change: (Format) -> Void) -> Format? {
            guard let format = workbook_add_format(workbook) else { return nil }
            format_set_align(format, UInt8(LXW_ALIGN_VERTICAL_CENTER.rawValue))
            change(format)
            return format
        }
        func makeHeading(_ alignment: lxw_format_alignments) -> Format? {
            make { format in
                format_set_bold(format)
                format_set_align(format, UInt8(alignment.rawValue))
                format_set_bg_color(format, 0xDCE6F1)
                format_set_font_color(format, 0x1F3A5F)
                format_set_border(format, UInt8(LXW_BORDER_THIN.rawValue))
                format_set_border_color(format, 0xB4C2D3)
                format_set_text_wrap(format)
            }
        }
        func makeSet(isTotal: Bool) -> Set? {
            func cell(_ change: (Format) -> Void) -> Format? {
                make { format in
                    format_set_border(format, UInt8(LXW_BORDER_THIN.rawValue))
                    format_set_border_color(format, 0xD9DFE7)
                    if isTotal {
                        format_set_bold(format)
                        format_set_bg_color(format, 0xF2F5F9)
                    }
                    change(format)
                }
            }
            let (right, centre) = (UInt8(LXW_ALIGN_RIGHT.rawValue), UInt8(LXW_ALIGN_CENTER.rawValue))
            func number(_ pattern: String, _ alignment: UInt8) -> Format? {
                cell { format in
                    format_set_num_format(format, pattern)
                    format_set_align(format, alignment)
                }
            }
            guard let text = cell({ _ in }), let numericText = cell({ format_set_align($0, right) }),
                let wrapped = cell({ format_set_text_wrap($0) }), let integer = number("0", right),
                let percentage = number("0.00%", right),
                let dateTime = number("yyyy-mm-dd hh:mm:ss", centre),
                let date = number("yyyy-mm-dd", centre), let flag = cell({ format_set_align($0, centre) })
            else { return nil }
            return Set(
                text: text,
                numericText: numericText,
                wrapped: wrapped,
                integer: integer,
                percentage: percentage,
                dateTime: dateTime,
                date: date,
                flag: flag
            )
        }
        let title = make { format in
            format_set_bold(format)
            format_set_font_size(format, 15)
            format_set_font_color(format, 0x1F3A5F)
        }
        let subtitle = make { format_set_font_color($0, 0x5B6673) }
        guard let title, let subtitle, let heading = makeHeading(LXW_ALIGN_LEFT),
            let numericHeading = makeHeading(LXW_ALIGN_RIGHT), let plain = makeSet(isTotal: false),
            let total = makeSet(isTotal: true)
        else { return nil }
        (self.title, self.subtitle) = (title, subtitle)
        (self.heading, self.numericHeading, self.plain, self.total) = (heading, numericHeading, plain, total)
    }
}

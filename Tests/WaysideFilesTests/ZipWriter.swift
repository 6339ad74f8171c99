import Packing

/// Makes a ZIP archive of deflated entries (APPNOTE 6.3), as spreadsheets are.
struct ZipWriter {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    mutating func add(_ name: String, _ text: String) throws {
        let bytes = Array(text.utf8)
        let packed = try Deflate().pack(bytes)
        let shared =
            Self.two(20) + Self.two(0) + Self.two(8) + Self.four(0) + Self.four(Self.crc32(bytes))
            + Self.four(UInt32(packed.count)) + Self.four(UInt32(bytes.count))
            + Self.two(UInt16(name.utf8.count))
        self.directory +=
            Array("PK\u{1}\u{2}".utf8) + Self.two(20) + shared + Self.two(0) + Self.two(0) + Self.two(0)
        self.directory += Self.two(0) + Self.four(0) + Self.four(UInt32(self.body.count)) + Array(name.utf8)
        self.body += Array("PK\u{3}\u{4}".utf8) + shared + Self.two(0) + Array(name.utf8) + packed
        self.count += 1
    }

    var bytes: [UInt8] {
        let end =
            Array("PK\u{5}\u{6}".utf8) + Self.two(0) + Self.two(0) + Self.two(UInt16(self.count))
            + Self.two(UInt16(self.count)) + Self.four(UInt32(self.directory.count))
            + Self.four(UInt32(self.body.count)) + Self.two(0)
        return self.body + self.directory + end
    }

    private static func two(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    private static func four(_ value: UInt32) -> [UInt8] {
        self.two(UInt16(value & 0xFFFF)) + self.two(UInt16(value >> 16))
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var checksum = ~UInt32(0)
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = checksum & 1 == 1
                checksum >>= 1
                if isOdd { checksum ^= 0xEDB8_8320 }
            }
        }
        return ~checksum
    }
}

/// Makes a workbook of sheets of cells; the first half of the columns as shared strings, the rest inline, whole
/// numbers as numbers.
struct WorkbookWriter {
    static func bytes(_ sheets: [(name: String, rows: [[String]])]) throws -> [UInt8] {
        var zip = ZipWriter()
        var strings: [String] = []
        var (tabs, relations) = ("", "")
        for (index, sheet) in sheets.enumerated() {
            tabs += "<sheet name=\"\(sheet.name)\" sheetId=\"\(index + 1)\" r:id=\"rId\(index + 1)\"/>"
            relations +=
                "<Relationship Id=\"rId\(index + 1)\" Type=\"t\" Target=\"worksheets/sheet\(index + 1).xml\"/>"
            var xml = "<?xml version=\"1.0\"?><worksheet><sheetData>"
            for (number, row) in sheet.rows.enumerated() {
                xml += "<row r=\"\(number + 1)\">"
                for (place, text) in row.enumerated() where !text.isEmpty {
                    let reference = "\(Character(Unicode.Scalar(UInt8(65 + place))))\(number + 1)"
                    if let value = Int(text) {
                        xml += "<c r=\"\(reference)\"><v>\(value)</v></c>"
                    } else if place % 2 == 0 {
                        strings.append(text)
                        xml += "<c r=\"\(reference)\" t=\"s\"><v>\(strings.count - 1)</v></c>"
                    } else {
                        xml +=
                            "<c r=\"\(reference)\" t=\"inlineStr\"><is><t>\(Self.escaped(text))</t></is></c>"
                    }
                }
                xml += "</row>"
            }
            try zip.add("xl/worksheets/sheet\(index + 1).xml", xml + "</sheetData></worksheet>")
        }
        try zip.add("xl/workbook.xml", "<workbook xmlns:r=\"r\"><sheets>\(tabs)</sheets></workbook>")
        try zip.add("xl/_rels/workbook.xml.rels", "<Relationships>\(relations)</Relationships>")
        let shared = strings.map { "<si><t>\(Self.escaped($0))</t></si>" }.joined()
        try zip.add("xl/sharedStrings.xml", "<sst>\(shared)</sst>")
        return zip.bytes
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : String($0) }.joined()
    }
}

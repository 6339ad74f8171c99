internal import WaysideCore

/// One row of an inventory table while it is read: hands out typed fields and remembers what is wrong.
struct InventoryRow {
    /// The sheet it stands in.
    let sheet: InventorySheet
    /// The row.
    let row: SheetTable.Row
    /// What is wrong with it so far.
    private(set) var problems: [FileProblem] = []
    /// Why it cannot stay although nothing is wrong with it: the bad rows that it refers to.
    private(set) var consequences: [FileProblem] = []

    /// Whether it can stay.
    var isGood: Bool { self.problems.isEmpty && self.consequences.isEmpty }

    init(_ row: SheetTable.Row, of sheet: InventorySheet) {
        (self.sheet, self.row) = (sheet, row)
        guard row.fields.count != sheet.table.headings.count else { return }
        let surplus = row.fields.dropFirst(sheet.table.headings.count)
        guard row.fields.count < sheet.table.headings.count || surplus.contains(where: { !$0.text.isEmpty })
        else {
            return
        }
        // A sheet ends its rows where nothing follows; a line of CSV that does so has lost a separator.
        if row.fields.count > sheet.table.headings.count || !sheet.table.endsRowsEarly {
            self.problems.append(
                FileProblem(
                    file: sheet.table.file,
                    row: row.number,
                    wrong: "\(row.fields.count) fields under \(sheet.table.headings.count) headings",
                    mend:
                        "write one field a heading, empty ones too, and put a field that holds a comma in quotes"
                )
            )
        }
    }

    /// The field's text; empty when the column is not there.
    func text(_ column: InventoryColumn) -> String { self.field(column)?.text ?? "" }

    /// The field's text; `nil` when it is empty.
    func filled(_ column: InventoryColumn) -> String? {
        let text = self.text(column)
        return text.isEmpty ? nil : text
    }

    /// Says what is wrong with a field.
    mutating func complain(_ column: InventoryColumn, _ wrong: String, _ mend: String) {
        self.problems.append(self.problem(column, wrong, mend))
    }

    /// Says why the row cannot stay although nothing is wrong with it.
    mutating func setAside(_ column: InventoryColumn, _ wrong: String, _ mend: String) {
        self.consequences.append(self.problem(column, wrong, mend))
    }

    private func problem(_ column: InventoryColumn, _ wrong: String, _ mend: String) -> FileProblem {
        let heading = self.sheet.places[column].map { self.sheet.table.headings[$0] } ?? column.rawValue
        return FileProblem(
            file: self.sheet.table.file,
            row: self.row.number,
            column: heading,
            wrong: wrong,
            mend: mend
        )
    }

    /// How many problems there are; what is found later can be forgotten again.
    var problemCount: Int { self.problems.count }

    /// Forgets what was found since there were so many problems.
    mutating func forgetProblems(after count: Int) { self.problems.removeLast(self.problems.count - count) }

    /// The identity of a device or an organization.
    mutating func key(_ column: InventoryColumn) -> String? {
        guard let text = self.filled(column) else {
            self.complain(column, "it is empty", "write the key that names this row for good")
            return nil
        }
        guard self.isKey(text) else {
            self.complain(
                column,
                "\(quoted(text)) cannot be a key",
                "write at most 128 characters without blanks and without ; , & or quotes"
            )
            return nil
        }
        return text
    }

    private func isKey(_ text: String) -> Bool {
        text.unicodeScalars.count <= 128
            && text.unicodeScalars.allSatisfy { scalar in
                !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
                    && !";,&\"".unicodeScalars.contains(scalar)
            }
    }

    /// One of a fixed list of words.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ column: InventoryColumn) -> Word?
    where Word.RawValue == String {
        guard let text = self.filled(column) else { return nil }
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue)
        let meant = InventoryWords.english[text] ?? Spelling.nearest(to: text, among: known)
        self.complain(
            column,
            "unknown \(column.rawValue) \(quoted(text))",
            "the nearest known one is \(meant ?? known[0]) (of \(Spelling.list(known)))"
        )
        return nil
    }

    /// A whole number inside the range.
    mutating func wholeNumber(_ column: InventoryColumn, in range: ClosedRange<Int>) -> Int? {
        guard let text = self.filled(column) else { return nil }
        if let number = Int(text), range.contains(number),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        {
            return number
        }
        self.complain(
            column,
            "\(quoted(text)) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
            "write one of them or leave it empty"
        )
        return nil
    }

    /// A decimal number inside the range, in degrees.
    mutating func degrees(_ column: InventoryColumn, within limit: Double) -> Double? {
        guard let text = self.filled(column) else { return nil }
        let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        if isDecimal, let number = Double(text), number.magnitude <= limit { return number }
        self.complain(
            column,
            "\(quoted(text)) is not in degrees from -\(Int(limit)) to \(Int(limit))",
            column == .longitude
                ? "write them as a decimal such as 117.283042" : "write them as a decimal such as 31.861190"
        )
        return nil
    }

    /// A day, `YYYY-MM-DD`; a spreadsheet's own date counts days from 1899-12-30 (ECMA-376 part 1, 18.17.4.1).
    mutating func day(_ column: InventoryColumn) -> ServiceDay? {
        guard let text = self.filled(column) else { return nil }
        if let day = ServiceDay(text) { return day }
        if self.field(column)?.isNumber ?? false, let serial = Int32(text), (1...2_958_465).contains(serial) {
            return ServiceDay(number: serial - 25_569)
        }
        self.complain(
            column,
            "\(quoted(text)) is no day",
            "write \(Self.dayLike(text) ?? "YYYY-MM-DD, such as 2026-03-01")"
        )
        return nil
    }

    /// `2026-03-01` for `2026/3/1` and its like; `nil` when no day can be made out.
    private static func dayLike(_ text: String) -> String? {
        let numbers = text.split { !("0"..."9").contains($0) }.map(String.init)
        guard numbers.count == 3, numbers[0].count == 4 else { return nil }
        let guess = ([numbers[0]] + numbers[1...].map { $0.count == 1 ? "0" + $0 : $0 }).joined(
            separator: "-"
        )
        return ServiceDay(guess).map(\.description)
    }

    /// A place along the road.
    mutating func stakeMark() -> StakeMark? {
        guard let text = self.filled(.stakeMark) else { return nil }
        if let mark = StakeMark(text) { return mark }
        self.complain(
            .stakeMark,
            "\(quoted(text)) is no stake mark",
            "write \(Self.stakeMarkLike(text) ?? "K<kilometres>+<metres in three digits>, such as K100+100")"
        )
        return nil
    }

    /// `K12+030` for `k12+30` and its like; `nil` when no stake mark can be made out. Decimals of kilometres are
    /// not guessed at: `K12.3` may be 300 m or 3 m.
    private static func stakeMarkLike(_ text: String) -> String? {
        let parts = text.uppercased().split(separator: "+").map { $0.filter { ("0"..."9").contains($0) } }
        guard parts.count == 2, let kilometres = Int(parts[0]), let metres = Int(parts[1]), metres < 1_000,
            kilometres < 10_000, let mark = StakeMark(metres: kilometres * 1_000 + metres)
        else { return nil }
        return mark.description
    }

    /// Keys apart by `;`, each once.
    mutating func keys(_ column: InventoryColumn) -> [String] {
        var keys: [String] = []
        for part in self.text(column).split(whereSeparator: InventoryWords.isSeparator) {
            let key = trimmedText(String(part))
            guard !key.isEmpty else { continue }
            if keys.contains(key) {
                self.complain(column, "\(quoted(key)) stands twice", "write each once")
            } else {
                keys.append(key)
            }
        }
        return keys
    }

    /// Roads apart by `&`, each once.
    mutating func roads() -> [String] {
        guard let text = self.filled(.road) else { return [] }
        let roads = text.split(separator: "&", omittingEmptySubsequences: false).map {
            trimmedText(String($0))
        }
        if roads.contains("") || Set(roads).count < roads.count {
            self.complain(
                .road,
                "\(quoted(text)) names no road between its &, or one twice",
                "write them as G42&S38"
            )
            return []
        }
        return roads
    }

    private func field(_ column: InventoryColumn) -> SheetTable.Field? {
        guard let place = self.sheet.places[column], place < self.row.fields.count else { return nil }
        return self.row.fields[place]
    }
}

/// Chinese words that people write where files want the English one.
enum InventoryWords {
    /// Whether it parts keys in a list; Chinese keyboards write the wide one.
    static func isSeparator(_ character: Character) -> Bool { character == ";" || character == "；" }

    static let english: [String: String] = [
        "摄像机": "camera", "编码器": "encoder", "录像机": "recorder", "交换机": "switch", "网关": "gateway",
        "视频上云网关": "gateway", "链路": "link", "不间断电源": "ups", "服务器": "server", "平台": "platform",
        "省": "province", "路公司": "company", "公司": "company", "路段": "section", "分中心": "subcentre",
        "路段分中心": "subcentre", "运维单位": "maintainer", "上行": "up", "下行": "down", "双向": "both",
        "可达": "reach", "视频流": "stream", "图像": "picture", "录像": "recording",
    ]
}

extension SampleBlock {
    /// The block that was packed into these bytes, or only some of its series.
    ///
    /// Bytes that are no block, damaged or hostile, give an error; nothing is allocated that the limits do not allow.
    ///
    /// Only the series with a wanted number are unpacked, all with `nil`; the others are skipped.
    public init(packed bytes: [UInt8], only wanted: Set<UInt32>? = nil) throws(PackingError) {
        guard let version = bytes.first else { throw PackingError(.unpack, .truncated, "there are no bytes") }
        guard version == SampleFormat.version else {
            throw PackingError(.unpack, .unsupported, "version \(version); known is \(SampleFormat.version)")
        }
        guard bytes.count >= 7 else { throw PackingError(.unpack, .truncated, "\(bytes.count) bytes") }
        let end = bytes.count - 4
        var checksum: UInt32 = 0
        for index in 0..<4 { checksum |= UInt32(bytes[end + index]) << UInt32(8 * index) }
        guard CRC32C.checksum(bytes[..<end]) == checksum else {
            throw PackingError(.unpack, .checksum, "the block is damaged: its checksum does not agree")
        }
        var reader = SampleReader(bytes: bytes, end: end)
        let rows = try reader.count(atMost: Self.rowLimit, "rows")
        let columnCount = try reader.count(atMost: Self.columnLimit, "columns")
        guard rows * columnCount <= Self.cellLimit else {
            throw PackingError(.unpack, .tooLarge, "\(rows) rows of \(columnCount) columns")
        }
        // The shortest column has two bytes, so a short block cannot promise many.
        guard columnCount * 2 <= end - reader.index else {
            throw PackingError(.unpack, .truncated, "\(columnCount) columns are promised")
        }
        self.times = try reader.times(rows)
        self.columns = []
        self.columns.reserveCapacity(min(columnCount, wanted?.count ?? columnCount))
        var (series, kind, presence): (UInt32, UInt8, [Bool]?) = (0, 0, nil)
        for index in 0..<columnCount {
            let step = try reader.varint()
            let next = UInt64(series) + step
            guard step <= UInt64(UInt32.max), let number = UInt32(exactly: next) else {
                throw PackingError(.unpack, .malformed, "column \(index) has a series beyond 32 bits")
            }
            let isWanted = wanted?.contains(number) ?? true
            let column = try reader.column(number, rows, presence, isWanted: isWanted)
            guard index == 0 || (series, kind) < (number, column.kind.rawValue) else {
                throw PackingError(.unpack, .malformed, "column \(index) is out of order")
            }
            (series, kind, presence) = (number, column.kind.rawValue, column.presence)
            if isWanted { self.columns.append(column) }
        }
        guard reader.index == end else {
            throw PackingError(.unpack, .trailing, "\(end - reader.index) bytes after the last column")
        }
    }
}

/// Reads the parts of a block, never past its end.
struct SampleReader {
    let bytes: [UInt8]
    let end: Int
    private(set) var index = 1

    init(bytes: [UInt8], end: Int) { (self.bytes, self.end) = (bytes, end) }

    private func truncated(_ what: String) -> PackingError {
        PackingError(.unpack, .truncated, "\(what) at byte \(self.index) is cut off")
    }

    private mutating func byte() throws(PackingError) -> UInt8 {
        guard self.index < self.end else { throw self.truncated("what should be") }
        defer { self.index += 1 }
        return self.bytes[self.index]
    }

    mutating func varint() throws(PackingError) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try self.byte()
            // The tenth byte holds the last of 64 bits.
            guard shift < 63 || byte <= 1 else {
                throw PackingError(
                    .unpack,
                    .malformed,
                    "a number at byte \(self.index) has more than 64 bits"
                )
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    private mutating func zigzag() throws(PackingError) -> Int64 {
        let raw = try self.varint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    mutating func count(atMost limit: Int, _ what: String) throws(PackingError) -> Int {
        let value = try self.varint()
        guard value <= UInt64(limit) else {
            throw PackingError(.unpack, .tooLarge, "\(value) \(what); at most \(limit)")
        }
        return Int(value)
    }

    mutating func times(_ rows: Int) throws(PackingError) -> [Int64] {
        guard rows > 0 else { return [] }
        var times = [try self.zigzag()]
        guard rows > 1 else { return times }
        times.reserveCapacity(rows)
        let steps = try self.numbers(rows - 1)
        var time = times[0]
        for step in steps {
            let (next, overflows) = time.addingReportingOverflow(Int64(bitPattern: step))
            guard !overflows, next > time else {
                throw PackingError(.unpack, .malformed, "the instants do not rise")
            }
            times.append(next)
            time = next
        }
        return times
    }

    mutating func column(
        _ series: UInt32,
        _ rows: Int,
        _ presenceBefore: [Bool]?,
        isWanted: Bool
    ) throws(PackingError) -> SampleBlock.Column {
        let flags = try self.byte()
        let kind = flags & 1 == 0 ? SampleBlock.Kind.level : .count
        let places = flags >> 3 & 15
        guard flags < 128, let presence = SampleFormat.Presence(rawValue: flags >> 1 & 3),
            places == SampleFormat.bitsMark || places <= UInt8(SampleFormat.placesLimit),
            kind == .level || places == 0
        else {
            throw PackingError(.unpack, .malformed, "flags \(flags) of series \(series) mean nothing")
        }
        var there: [Bool]?
        switch presence {
        case .everywhere: there = nil
        case .bitmap: there = try self.bitmap(rows)
        case .asBefore:
            guard let presenceBefore else {
                throw PackingError(
                    .unpack,
                    .malformed,
                    "series \(series) has the gaps of a column without any"
                )
            }
            there = presenceBefore
        }
        let count = there?.count { $0 } ?? rows
        var column = SampleBlock.Column(series: series, kind: kind, presence: there, bits: [])
        guard count > 0 else { return column }
        guard isWanted else {
            try self.skipNumbers(count)
            return column
        }
        column.bits = try self.numbers(count)
        if kind == .level && places != SampleFormat.bitsMark {
            let power = SampleFormat.powers[Int(places)]
            for index in column.bits.indices {
                column.bits[index] = (Double(Int64(bitPattern: column.bits[index])) / power).bitPattern
            }
        }
        return column
    }

    private mutating func bitmap(_ rows: Int) throws(PackingError) -> [Bool] {
        let length = (rows + 7) / 8
        guard self.end - self.index >= length else { throw self.truncated("a bitmap") }
        var there: [Bool] = []
        there.reserveCapacity(rows)
        for row in 0..<rows { there.append(self.bytes[self.index + row >> 3] >> UInt8(row & 7) & 1 == 1) }
        if rows & 7 != 0, self.bytes[self.index + length - 1] >> UInt8(rows & 7) != 0 {
            throw PackingError(.unpack, .malformed, "a bitmap speaks of rows that are not there")
        }
        self.index += length
        return there
    }

    /// What stands before packed numbers.
    private struct Head {
        let way: SampleFormat.Way
        let width: Int
        var first: Int64 = 0
        var step: Int64 = 0
        var least: Int64 = 0
        /// Numbers that are packed.
        var packed: Int
    }

    private mutating func head(_ count: Int) throws(PackingError) -> Head {
        let byte = try self.byte()
        guard let way = SampleFormat.Way(rawValue: byte >> 6), way != .plain || byte & 63 == 0 else {
            throw PackingError(.unpack, .malformed, "numbers are packed in an unknown way")
        }
        var head = Head(way: way, width: way == .plain ? 64 : Int(byte & 63), packed: count)
        switch way {
        case .plain: break
        case .offsets: head.least = try self.zigzag()
        case .differences:
            head.first = try self.zigzag()
            head.least = try self.zigzag()
            head.packed = count - 1
        case .seconds:
            guard count > 1 else {
                throw PackingError(.unpack, .malformed, "one number has no difference")
            }
            head.first = try self.zigzag()
            head.step = try self.zigzag()
            head.least = try self.zigzag()
            head.packed = count - 2
        }
        guard (head.packed * head.width + 7) / 8 <= self.end - self.index else {
            throw self.truncated("a row of numbers")
        }
        return head
    }

    private mutating func skipNumbers(_ count: Int) throws(PackingError) {
        let head = try self.head(count)
        self.index += (head.packed * head.width + 7) / 8
    }

    /// Whole numbers, at least one.
    private mutating func numbers(_ count: Int) throws(PackingError) -> [UInt64] {
        let head = try self.head(count)
        let least = UInt64(bitPattern: head.least)
        let start = self.index
        let width = head.width
        let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
        let limit = self.end
        let length = (head.packed * width + 7) / 8
        self.index += length
        return self.bytes.withUnsafeBytes { bytes in
            [UInt64](unsafeUninitializedCapacity: count) { numbers, initialized in
                var place = 0
                var value = UInt64(bitPattern: head.first)
                var step = UInt64(bitPattern: head.step)
                if head.way == .differences || head.way == .seconds {
                    numbers[place] = value
                    place += 1
                }
                if head.way == .seconds {
                    value &+= step
                    numbers[place] = value
                    place += 1
                }
                for packed in 0..<head.packed {
                    var raw: UInt64 = 0
                    if width > 0 {
                        let bit = packed * width
                        let (byte, shift) = (start + bit >> 3, bit & 7)
                        raw = Self.word(bytes, byte, limit) >> UInt64(shift)
                        if shift + width > 64 {
                            raw |= UInt64(bytes[byte + 8]) << UInt64(64 - shift)
                        }
                        raw &= mask
                    }
                    switch head.way {
                    case .plain: value = raw
                    case .offsets: value = raw &+ least
                    case .differences: value = value &+ raw &+ least
                    case .seconds:
                        step = step &+ raw &+ least
                        value = value &+ step
                    }
                    numbers[place] = value
                    place += 1
                }
                initialized = place
            }
        }
    }

    /// Eight bytes from there, with zeros past the end.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ byte: Int, _ limit: Int) -> UInt64 {
        if byte + 8 <= limit {
            return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
        }
        var word: UInt64 = 0
        var (index, shift) = (byte, UInt64(0))
        while index < limit {
            word |= UInt64(bytes[index]) << shift
            index += 1
            shift += 8
        }
        return word
    }
}

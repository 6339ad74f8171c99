extension SampleBlock {
    /// The block, packed.
    ///
    /// - Throws: ``PackingError`` when it is beyond the limits, its instants do not rise, or a column does not fit its
    ///   presence.
    public func packed() throws(PackingError) -> [UInt8] {
        try self.check()
        var writer = SampleWriter()
        writer.bytes.reserveCapacity(16 + self.columns.count * 8 + self.sampleCount)
        writer.bytes.append(SampleFormat.version)
        writer.put(varint: UInt64(self.times.count))
        writer.put(varint: UInt64(self.columns.count))
        if let first = self.times.first {
            writer.put(zigzag: first)
            if self.times.count > 1 {
                var steps: [Int64] = []
                steps.reserveCapacity(self.times.count - 1)
                for index in 1..<self.times.count {
                    steps.append(self.times[index] &- self.times[index - 1])
                }
                writer.put(numbers: steps)
            }
        }
        var before: (series: UInt32, presence: [Bool]?) = (0, nil)
        for column in self.columns {
            writer.put(varint: UInt64(column.series - before.series))
            writer.put(column, presenceBefore: before.presence)
            before = (column.series, column.presence)
        }
        let checksum = CRC32C.checksum(writer.bytes)
        for shift in [0, 8, 16, 24] as [UInt32] {
            writer.bytes.append(UInt8(truncatingIfNeeded: checksum >> shift))
        }
        return writer.bytes
    }

    private func check() throws(PackingError) {
        guard self.times.count <= Self.rowLimit, self.columns.count <= Self.columnLimit,
            self.times.count * self.columns.count <= Self.cellLimit
        else {
            throw PackingError(
                .pack,
                .tooLarge,
                "\(self.times.count) rows of \(self.columns.count) columns; the limits are \(Self.rowLimit), "
                    + "\(Self.columnLimit) and \(Self.cellLimit) in all"
            )
        }
        for index in self.times.indices.dropFirst() where self.times[index] <= self.times[index - 1] {
            throw PackingError(.pack, .malformed, "the instant of row \(index) is not after the one before")
        }
        for (index, column) in self.columns.enumerated() {
            let rows = column.presence?.count ?? self.times.count
            let values = column.presence?.count { $0 } ?? self.times.count
            guard rows == self.times.count, values == column.bits.count else {
                throw PackingError(.pack, .malformed, "series \(column.series) has not one value a row")
            }
            guard index > 0 else { continue }
            let last = self.columns[index - 1]
            guard (last.series, last.kind.rawValue) < (column.series, column.kind.rawValue) else {
                throw PackingError(
                    .pack,
                    .malformed,
                    "series \(column.series) is out of order, or twice there"
                )
            }
        }
    }
}

/// Writes the parts of a block.
struct SampleWriter {
    var bytes: [UInt8] = []

    mutating func put(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    mutating func put(zigzag value: Int64) {
        self.put(varint: UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
    }

    mutating func put(_ column: SampleBlock.Column, presenceBefore: [Bool]?) {
        var flags = column.kind.rawValue
        var presence = SampleFormat.Presence.everywhere
        if let rows = column.presence { presence = rows == presenceBefore ? .asBefore : .bitmap }
        flags |= presence.rawValue << 1
        let numbers: [Int64]
        switch column.kind {
        case .count: numbers = column.bits.map { Int64(bitPattern: $0) }
        case .level:
            let scaled = Self.whole(levels: column.bits)
            flags |= scaled.places << 3
            numbers = scaled.numbers
        }
        self.bytes.append(flags)
        if presence == .bitmap, let rows = column.presence { self.put(bitmap: rows) }
        if !numbers.isEmpty { self.put(numbers: numbers) }
    }

    private mutating func put(bitmap rows: [Bool]) {
        var byte: UInt8 = 0
        for (index, isThere) in rows.enumerated() {
            if isThere { byte |= 1 << UInt8(index & 7) }
            if index & 7 == 7 {
                self.bytes.append(byte)
                byte = 0
            }
        }
        if rows.count & 7 != 0 { self.bytes.append(byte) }
    }

    /// Levels as whole numbers of their last decimal place, if each comes back bit for bit from them; else their bits.
    static func whole(levels bits: [UInt64]) -> (places: UInt8, numbers: [Int64]) {
        var places = 0
        var numbers: [Int64] = []
        numbers.reserveCapacity(bits.count)
        var index = 0
        while index < bits.count {
            let level = Double(bitPattern: bits[index])
            let scaled = (level * SampleFormat.powers[places]).rounded()
            // Not a number fails the first comparison, a negative zero and a longer decimal the second.
            if abs(scaled) < SampleFormat.greatestWhole,
                (Double(Int64(scaled)) / SampleFormat.powers[places]).bitPattern == bits[index]
            {
                numbers.append(Int64(scaled))
                index += 1
                continue
            }
            guard places < SampleFormat.placesLimit, level.isFinite else {
                return (SampleFormat.bitsMark, bits.map { Int64(bitPattern: $0) })
            }
            places += 1
            numbers.removeAll(keepingCapacity: true)
            index = 0
        }
        return (UInt8(places), numbers)
    }

    // MARK: - Whole numbers

    /// How wide the distances from the least number are.
    private struct Fit {
        var least: Int64 = .max
        var greatest: Int64 = .min

        mutating func take(_ number: Int64) {
            if number < self.least { self.least = number }
            if number > self.greatest { self.greatest = number }
        }

        var width: Int {
            64 - (UInt64(bitPattern: self.greatest) &- UInt64(bitPattern: self.least)).leadingZeroBitCount
        }
    }

    private static func length(zigzag value: Int64) -> Int {
        let raw = UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
        return max(1, (64 - raw.leadingZeroBitCount + 6) / 7)
    }

    /// Whole numbers, at least one, in the shortest way.
    mutating func put(numbers: [Int64]) {
        let count = numbers.count
        var (plain, first, second) = (Fit(), Fit(), Fit())
        var (last, lastStep): (Int64, Int64) = (0, 0)
        for index in 0..<count {
            let number = numbers[index]
            plain.take(number)
            if index > 0 {
                let step = number &- last
                first.take(step)
                if index > 1 { second.take(step &- lastStep) }
                lastStep = step
            }
            last = number
        }
        var best = Self.length(zigzag: plain.least) + (count * plain.width + 7) / 8
        var way = plain.width == 64 ? SampleFormat.Way.plain : .offsets
        if way == .plain { best = count * 8 }
        if count > 1, first.width < 64 {
            let length =
                Self.length(zigzag: numbers[0]) + Self.length(zigzag: first.least)
                + ((count - 1) * first.width + 7) / 8
            if length < best { (best, way) = (length, .differences) }
        }
        if count > 2, second.width < 64 {
            let length =
                Self.length(zigzag: numbers[0]) + Self.length(zigzag: numbers[1] &- numbers[0])
                + Self.length(zigzag: second.least) + ((count - 2) * second.width + 7) / 8
            if length < best { (best, way) = (length, .seconds) }
        }
        self.put(
            numbers,
            way,
            way == .offsets ? plain.least : way == .differences ? first.least : second.least,
            width: way == .offsets ? plain.width : way == .differences ? first.width : second.width
        )
    }

    private mutating func put(_ numbers: [Int64], _ way: SampleFormat.Way, _ least: Int64, width: Int) {
        let width = way == .plain ? 64 : width
        self.bytes.append(way.rawValue << 6 | UInt8(width & 63))
        var packer = BitPacker()
        switch way {
        case .plain:
            for number in numbers { packer.put(UInt64(bitPattern: number), 64, &self.bytes) }
        case .offsets:
            self.put(zigzag: least)
            if width > 0 {
                for number in numbers { packer.put(UInt64(bitPattern: number &- least), width, &self.bytes) }
            }
        case .differences:
            self.put(zigzag: numbers[0])
            self.put(zigzag: least)
            guard width > 0 else { return }
            for index in 1..<numbers.count {
                let step = numbers[index] &- numbers[index - 1]
                packer.put(UInt64(bitPattern: step &- least), width, &self.bytes)
            }
        case .seconds:
            self.put(zigzag: numbers[0])
            self.put(zigzag: numbers[1] &- numbers[0])
            self.put(zigzag: least)
            guard width > 0 else { return }
            for index in 2..<numbers.count {
                let bend = numbers[index] &- numbers[index - 1] &- (numbers[index - 1] &- numbers[index - 2])
                packer.put(UInt64(bitPattern: bend &- least), width, &self.bytes)
            }
        }
        packer.finish(&self.bytes)
    }
}

/// Packs numbers of some width, the low bits first.
struct BitPacker {
    private var held: UInt64 = 0
    private var heldCount = 0

    mutating func put(_ value: UInt64, _ width: Int, _ bytes: inout [UInt8]) {
        self.held |= value << UInt64(self.heldCount)
        let total = self.heldCount + width
        guard total >= 64 else {
            self.heldCount = total
            return
        }
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: self.held >> UInt64(shift)))
        }
        self.heldCount = total - 64
        // A shift by the whole width gives 0, which is right when nothing was held.
        self.held = value >> UInt64(width - self.heldCount)
    }

    mutating func finish(_ bytes: inout [UInt8]) {
        while self.heldCount > 0 {
            bytes.append(UInt8(truncatingIfNeeded: self.held))
            self.held >>= 8
            self.heldCount -= 8
        }
    }
}

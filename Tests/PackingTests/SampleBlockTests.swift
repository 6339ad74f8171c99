import Testing

@testable import Packing

/// Numbers that a seed determines.
private struct Seeded {
    var state: UInt64

    init(_ seed: UInt64) { self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return self.state ^ self.state >> 29
    }

    mutating func below(_ limit: UInt64) -> UInt64 { self.next() % limit }
}

private func times(_ count: Int, seed: UInt64 = 1) -> [Int64] {
    var random = Seeded(seed)
    return (0..<count).map { 1_772_323_200_000 + Int64($0) * 60_000 + Int64(random.below(900)) }
}

private func levels(_ values: [Double], series: UInt32 = 1) -> SampleBlock.Column {
    SampleBlock.Column(series: series, kind: .level, bits: values.map(\.bitPattern))
}

private func counts(_ values: [UInt64], series: UInt32 = 1) -> SampleBlock.Column {
    SampleBlock.Column(series: series, kind: .count, bits: values)
}

private func block(_ columns: [SampleBlock.Column], rows: Int) -> SampleBlock {
    SampleBlock(times: times(rows), columns: columns)
}

/// What a call throws.
private func fault(_ body: () throws -> Void) -> PackingError.Fault? {
    do {
        try body()
        return nil
    } catch {
        return (error as? PackingError)?.fault
    }
}

/// The bytes with the checksum that belongs to them.
private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let body = bytes.dropLast(4)
    let checksum = CRC32C.checksum(body)
    return body + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
}

@Suite("Sample blocks")
struct SampleBlockTests {
    /// Shapes of values that meet every way of packing, and their borders.
    static let shapes: [[UInt64]] = [
        [], [0], [.max], [7, 7, 7, 7], [1, 2, 3, 4, 5], [0, 1, 3, 6, 10, 15], [0, .max, 0, .max],
        [.max - 2, .max - 1, .max, 0, 1, 2], [1 << 63, (1 << 63) - 1, 1 << 63],
        [4_294_967_290, 4_294_967_295, 3, 9], [5, 4, 3, 2, 1, 0, .max],
    ]

    @Test("counts come back bit for bit, wraps and resets with them", arguments: Self.shapes)
    func countsComeBack(values: [UInt64]) throws {
        let whole = block([counts(values)], rows: values.count)
        #expect(try SampleBlock(packed: try whole.packed()) == whole)
    }

    @Test(
        "levels come back bit for bit, decimals or not",
        arguments: [
            [0.1, 0.2, 0.30000000000000004], [-0.0, 0.0], [.nan, .infinity, -.infinity, 1.5],
            [36.6, 36.7, 36.6],
            [1e300, -1e-300, .pi], [.leastNonzeroMagnitude, .greatestFiniteMagnitude], [-273.15, 117.8, 0],
            [9_007_199_254_740_991, 9_007_199_254_740_994], [0.123456789, 123456.789],
            [220.4, 219.9, 231.05],
        ] as [[Double]]
    )
    func levelsComeBack(values: [Double]) throws {
        let whole = block([levels(values)], rows: values.count)
        #expect(try SampleBlock(packed: try whole.packed()) == whole)
    }

    @Test(
        "made-up blocks with gaps come back as they were, whole and by single series",
        arguments: UInt64(0)..<60
    )
    func roundTrip(seed: UInt64) throws {
        var random = Seeded(seed)
        let rows = Int(random.below(80))
        var columns: [SampleBlock.Column] = []
        var series: UInt32 = 0
        for _ in 0..<random.below(12) {
            series += 1 + UInt32(random.below(1 << random.below(20)))
            let kind = random.below(2) == 0 ? SampleBlock.Kind.level : .count
            let presence: [Bool]? =
                switch random.below(4) {
                case 0: (0..<rows).map { _ in random.below(3) > 0 }
                case 1: columns.last?.presence
                default: nil
                }
            let step = random.below(64)
            var value = random.next()
            let bits = (0..<(presence?.count { $0 } ?? rows)).map { _ -> UInt64 in
                value = value &+ random.below(1 << step)
                return kind == .count ? value : (Double(Int64(bitPattern: value) >> 20) / 10).bitPattern
            }
            columns.append(SampleBlock.Column(series: series, kind: kind, presence: presence, bits: bits))
        }
        let whole = block(columns, rows: rows)
        let packed = try whole.packed()
        #expect(try SampleBlock(packed: packed) == whole)
        for column in columns {
            let single = try SampleBlock(packed: packed, only: [column.series])
            #expect(single.columns == [column])
            #expect(single.times == whole.times)
        }
    }

    @Test("an hour of a steady device takes few bytes")
    func small() throws {
        let whole = block(
            [
                levels([Double](repeating: 41, count: 60), series: 1),
                levels((0..<60).map { 36 + Double($0 % 3) / 10 }, series: 2),
                counts([UInt64](repeating: 12, count: 60), series: 3),
                counts((0..<60).map { 1_000_000 + $0 * 250 }, series: 4),
            ],
            rows: 60
        )
        // 60 instants with a jitter of 0.9 s take 11 bits each; the tenths of a degree 2 bits.
        #expect(try whole.packed().count < 140)
    }

    @Test("a block cut off anywhere, or with any byte changed, is refused by its checksum or before")
    func damaged() throws {
        let packed = try block(
            [counts((0..<20).map { $0 * $0 }), levels([20, 21] + (0..<18).map { Double($0) }, series: 2)],
            rows: 20
        ).packed()
        for length in 0..<packed.count {
            #expect(throws: PackingError.self) { try SampleBlock(packed: Array(packed[..<length])) }
        }
        for index in packed.indices {
            for bit in 0..<8 {
                var changed = packed
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: PackingError.self) { try SampleBlock(packed: changed) }
            }
        }
    }

    @Test("hostile bytes with a right checksum give a block or an error, and never more than they may")
    func hostile() throws {
        let gaps = (0..<20).map { $0 % 3 != 0 }
        let packed = try block(
            [
                counts((0..<20).map { $0 * $0 * 77 }),
                SampleBlock.Column(
                    series: 2,
                    kind: .level,
                    presence: gaps,
                    bits: (0..<13).map { Double($0).bitPattern }
                ),
                SampleBlock.Column(series: 9, kind: .count, presence: gaps, bits: (0..<13).map { $0 << 40 }),
            ],
            rows: 20
        ).packed()
        var (read, refused) = (0, 0)
        func tryToRead(_ bytes: [UInt8]) {
            do {
                let block = try SampleBlock(packed: sealed(bytes))
                #expect(block.times.count * block.columns.count <= SampleBlock.cellLimit)
                for column in block.columns {
                    #expect(column.bits.count == column.presence?.count { $0 } ?? block.times.count)
                }
                read += 1
            } catch {
                refused += 1
            }
        }
        for length in 4...packed.count { tryToRead(Array(packed[..<length])) }
        for index in 0..<(packed.count - 4) {
            for value in UInt8.min...UInt8.max {
                var changed = packed
                changed[index] = value
                tryToRead(changed)
            }
        }
        var random = Seeded(5)
        for _ in 0..<20_000 {
            var changed = packed
            for _ in 0...random.below(4) {
                changed[Int(random.below(UInt64(packed.count - 4)))] = UInt8(random.below(256))
            }
            tryToRead(changed)
        }
        #expect(read > 1_000)
        #expect(refused > 1_000)
    }

    @Test("a promise of more than the limits is refused before anything is made of it")
    func promises() {
        let rows: [UInt8] = [1, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0, 0]
        #expect(fault { _ = try SampleBlock(packed: sealed(rows)) } == .tooLarge)
        let cells: [UInt8] = [1, 0x80, 0x20, 0xFF, 0xFF, 0x03, 0, 0, 0, 0]
        #expect(fault { _ = try SampleBlock(packed: sealed(cells)) } == .tooLarge)
        let columns: [UInt8] = [1, 0, 0xFF, 0xFF, 0x03, 0, 0, 0, 0]
        #expect(fault { _ = try SampleBlock(packed: sealed(columns)) } == .truncated)
        #expect(fault { _ = try SampleBlock(packed: sealed([2, 0, 0, 0, 0, 0, 0])) } == .unsupported)
        #expect(fault { _ = try SampleBlock(packed: sealed([1, 0, 0, 9, 0, 0, 0, 0])) } == .trailing)
    }

    @Test("what is no block is not packed")
    func refusals() {
        #expect(fault { _ = try SampleBlock(times: [5, 5], columns: []).packed() } == .malformed)
        #expect(fault { _ = try SampleBlock(times: [5, 6], columns: [counts([1])]).packed() } == .malformed)
        let twice = [counts([1]), counts([1])]
        #expect(fault { _ = try SampleBlock(times: [5], columns: twice).packed() } == .malformed)
        let long = SampleBlock(times: Array(0...Int64(SampleBlock.rowLimit)), columns: [])
        #expect(fault { _ = try long.packed() } == .tooLarge)
    }
}

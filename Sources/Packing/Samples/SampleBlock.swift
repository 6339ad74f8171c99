/// Samples of several series at common instants (采样块), as they are packed into one row.
///
/// Rows are instants, rising; columns are series. A series that is absent at an instant has no value there: absence is
/// kept, and never becomes 0. Values are kept bit for bit.
public struct SampleBlock: Sendable, Hashable {
    /// What a column's values are.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// `Double`s, by their bits.
        case level
        /// `UInt64`s.
        case count
    }

    /// One series' values.
    public struct Column: Sendable, Hashable {
        /// The series' number; with the kind it is the column's name in the block.
        public var series: UInt32
        /// What the values are.
        public var kind: Kind
        /// At which rows there is a value; `nil` for all of them.
        public var presence: [Bool]?
        /// The values that are there, in order of the rows: counts, or the bits of levels.
        public var bits: [UInt64]

        /// A column.
        public init(series: UInt32, kind: Kind, presence: [Bool]? = nil, bits: [UInt64]) {
            (self.series, self.kind, self.presence, self.bits) = (series, kind, presence, bits)
        }
    }

    /// The instants, in milliseconds since 1970, strictly rising.
    public var times: [Int64]
    /// The series, rising by number and then kind, each once.
    public var columns: [Column]

    /// A block.
    public init(times: [Int64], columns: [Column]) { (self.times, self.columns) = (times, columns) }

    /// Rows of a block at the most: an hour at one poll a second, with room.
    public static let rowLimit = 4_096
    /// Columns of a block at the most.
    public static let columnLimit = 65_536
    /// Rows times columns at the most, so that a few hostile bytes cannot ask for more than 32 MiB.
    public static let cellLimit = 1 << 22

    /// How many values there are.
    public var sampleCount: Int { self.columns.reduce(0) { $0 + $1.bits.count } }
}

/// The format of a packed block, version 1 (decision 0008).
///
/// | part | bytes |
/// |---|---|
/// | version | 1: the byte 0x01 |
/// | rows, columns | two varints |
/// | first instant | zigzag varint, milliseconds since 1970; absent when there are no rows |
/// | instants | the differences of neighbours as whole numbers, see below; absent with fewer than two rows |
/// | columns | each: step of the series' number as a varint, a byte of flags, presence if flagged, whole numbers |
/// | checksum | 4: CRC-32C of everything before, little-endian |
///
/// Flags: bit 0 kind (0 level, 1 count); bits 1–2 presence (0 everywhere, 1 a bitmap follows, 2 as in the column
/// before); bits 3–6 how levels became whole numbers (0…9 decimal places, 15 the bits of the `Double`; 0 for counts).
///
/// Whole numbers are 64 bits wide and wrap. They are written in the shortest of three ways, said by the two high bits of
/// a byte: as their distance from the least of them (0), as differences of neighbours (1), as differences of
/// differences (2); each then packed at the width that the greatest distance from the least one needs, which the six low
/// bits give. 3 stands for 64 bits as they are.
enum SampleFormat {
    static let version: UInt8 = 1
    /// Decimal places of a level at the most.
    static let placesLimit = 9
    /// Instead of decimal places: the level's bits.
    static let bitsMark: UInt8 = 15

    enum Presence: UInt8 {
        case everywhere, bitmap, asBefore
    }

    enum Way: UInt8 {
        case offsets, differences, seconds, plain
    }

    /// 10⁰ … 10⁹.
    static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// Beyond this, products of levels and powers of ten are no exact whole numbers any more: 2⁵³.
    static let greatestWhole: Double = 9_007_199_254_740_992
}

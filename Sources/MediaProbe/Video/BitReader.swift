/// Reads a parameter set bit by bit; running past its end is an error, never a crash.
struct BitReader {
    /// The end was reached, or a number was too large to be one.
    struct Exhausted: Error {}

    private let bytes: [UInt8]
    private var position = 0

    /// Takes the payload of a NAL unit, its emulation prevention bytes (`00 00 03`) still in it.
    init(escaped: some Sequence<UInt8>) {
        var bytes: [UInt8] = []
        var zeros = 0
        for byte in escaped {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    /// The next `count` bits, 0 to 32.
    mutating func bits(_ count: Int) throws(Exhausted) -> UInt32 {
        guard (0...32).contains(count), self.position + count <= self.bytes.count * 8 else {
            throw Exhausted()
        }
        var value: UInt64 = 0
        var left = count
        while left > 0 {
            let offset = self.position & 7
            let taken = min(left, 8 - offset)
            let byte = UInt64(self.bytes[self.position >> 3])
            value = value << UInt64(taken) | (byte >> UInt64(8 - offset - taken)) & (1 << UInt64(taken) - 1)
            self.position += taken
            left -= taken
        }
        return UInt32(truncatingIfNeeded: value)
    }

    mutating func flag() throws(Exhausted) -> Bool {
        try self.bits(1) == 1
    }

    mutating func skip(_ count: Int) throws(Exhausted) {
        guard count >= 0, self.position + count <= self.bytes.count * 8 else { throw Exhausted() }
        self.position += count
    }

    /// An unsigned Exp-Golomb number (H.264, 9.1).
    mutating func number() throws(Exhausted) -> Int {
        var zeros = 0
        while try !self.flag() {
            zeros += 1
            guard zeros < 32 else { throw Exhausted() }
        }
        return (1 << zeros) - 1 + Int(try self.bits(zeros))
    }

    /// An unsigned Exp-Golomb number that the standard bounds.
    mutating func number(atMost limit: Int) throws(Exhausted) -> Int {
        let value = try self.number()
        guard value <= limit else { throw Exhausted() }
        return value
    }

    /// A signed Exp-Golomb number (H.264, 9.1.1).
    mutating func signedNumber() throws(Exhausted) -> Int {
        let value = try self.number()
        return value & 1 == 1 ? (value + 1) / 2 : -(value / 2)
    }
}

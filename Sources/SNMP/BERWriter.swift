/// Writes BER from the last byte to the first, so that every length is known when it is due.
struct BERWriter {
    private var reversed: [UInt8] = []

    /// The bytes written so far, in the order they travel.
    var bytes: [UInt8] { self.reversed.reversed() }

    /// How many bytes have been written.
    var count: Int { self.reversed.count }

    mutating func raw(_ bytes: some BidirectionalCollection<UInt8>) {
        self.reversed.append(contentsOf: bytes.reversed())
    }

    /// Closes an element: whatever was written since there were `start` bytes is its content.
    mutating func close(_ tag: UInt8, since start: Int) {
        var length = self.reversed.count - start
        if length < 0x80 {
            self.reversed.append(UInt8(length))
        } else {
            var count: UInt8 = 0
            while length > 0 {
                self.reversed.append(UInt8(truncatingIfNeeded: length))
                length >>= 8
                count += 1
            }
            self.reversed.append(0x80 | count)
        }
        self.reversed.append(tag)
    }

    /// Writes an element around what `content` writes; elements inside are written last first.
    mutating func element(_ tag: UInt8, _ content: (inout BERWriter) -> Void) {
        let start = self.count
        content(&self)
        self.close(tag, since: start)
    }

    mutating func octets(_ bytes: [UInt8], tag: UInt8 = BERTag.octets) {
        self.element(tag) { $0.raw(bytes) }
    }

    mutating func null(tag: UInt8 = BERTag.null) {
        self.element(tag) { _ in }
    }

    /// Writes two's complement in as few bytes as will do.
    mutating func integer(_ value: Int64, tag: UInt8 = BERTag.integer) {
        self.element(tag) { writer in
            var rest = value
            var last: UInt8
            repeat {
                last = UInt8(truncatingIfNeeded: rest)
                writer.reversed.append(last)
                rest >>= 8
            } while !(rest == 0 && last & 0x80 == 0) && !(rest == -1 && last & 0x80 != 0)
        }
    }

    /// Writes a non-negative number, with the leading zero that keeps it so.
    mutating func unsigned(_ value: UInt64, tag: UInt8) {
        self.element(tag) { writer in
            var rest = value
            var last: UInt8
            repeat {
                last = UInt8(truncatingIfNeeded: rest)
                writer.reversed.append(last)
                rest >>= 8
            } while rest != 0
            if last & 0x80 != 0 { writer.reversed.append(0) }
        }
    }

    /// Writes a number as exactly four bytes, for a place that is patched later; below 2^31.
    mutating func fixedInteger(_ value: UInt32) {
        precondition(value < 1 << 31, "a request-id is positive in 31 bits")
        self.element(BERTag.integer) { writer in
            for shift in stride(from: 0, to: 32, by: 8) {
                writer.reversed.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
            }
        }
    }

    mutating func name(_ name: OID) {
        self.element(BERTag.oid) { $0.nameContent(name) }
    }

    /// Writes a name without its tag and length.
    mutating func nameContent(_ name: OID) {
        let numbers = name.subidentifiers
        for number in numbers.dropFirst(2).reversed() { self.base128(UInt64(number)) }
        let second = numbers.count > 1 ? UInt64(numbers[1]) : 0
        self.base128(UInt64(numbers[0]) * 40 + second)
    }

    private mutating func base128(_ value: UInt64) {
        var rest = value
        self.reversed.append(UInt8(rest & 0x7F))
        rest >>= 7
        while rest > 0 {
            self.reversed.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
    }
}

internal import WaysideCore

/// Reads the times of a file in which most lines have the same date.
struct TimestampScanner {
    /// The date that was read last, as its ten bytes, and its 00:00 UTC.
    private var date: (UInt64, UInt16) = (0, 0)
    private var midnight: Int64 = 0

    /// The instant that the bytes say by RFC 3339; `nil` when they say none.
    ///
    /// What has the usual form is read here; all else is left to `Timestamp`, whose word is law.
    mutating func instant(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        if bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), let start = bytes.baseAddress {
            let raw = UnsafeRawPointer(start)
            let date = (
                raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
            )
            if date == self.date, let instant = self.instantOfKnownDate(bytes) { return instant }
        }
        guard let instant = Timestamp(ascii: ArraySlice(bytes)) else { return nil }
        self.learn(bytes)
        return instant
    }

    private mutating func learn(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 20, let start = bytes.baseAddress,
            let midnight = Timestamp(ascii: (Array(bytes[..<10]) + Array("T00:00:00Z".utf8))[...])
        else { return }
        let raw = UnsafeRawPointer(start)
        self.date = (
            raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
        )
        self.midnight = midnight.milliseconds
    }

    private func instantOfKnownDate(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        guard let hour = self.pair(bytes, 11), hour < 24, bytes[13] == UInt8(ascii: ":"),
            let minute = self.pair(bytes, 14), minute < 60, bytes[16] == UInt8(ascii: ":"),
            let second = self.pair(bytes, 17), second < 60
        else { return nil }
        var (index, thousandths): (Int, Int64) = (19, 0)
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var place: Int64 = 100
            let first = index
            while index < bytes.count, bytes[index] &- 0x30 <= 9 {
                thousandths += Int64(bytes[index] - 0x30) * place
                place /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        guard let offset = self.offset(bytes, index) else { return nil }
        let seconds = (hour * 60 + minute - offset) * 60 + second
        return Timestamp(milliseconds: self.midnight + seconds * 1_000 + thousandths)
    }

    /// `Z` or `±HH:MM` up to the end, in minutes.
    private func offset(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        if bytes.count == index + 1, bytes[index] == UInt8(ascii: "Z") { return 0 }
        guard bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"),
            let hours = self.pair(bytes, index + 1),
            let minutes = self.pair(bytes, index + 4), hours < 24, minutes < 60
        else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    @inline(__always)
    private func pair(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int64? {
        let (tens, ones) = (bytes[index] &- 0x30, bytes[index + 1] &- 0x30)
        return tens <= 9 && ones <= 9 ? Int64(tens) * 10 + Int64(ones) : nil
    }
}

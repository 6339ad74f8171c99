internal import Glibc

/// What takes in a connection's bytes.
protocol ByteInlet {
    /// Room for at least 2 048 more bytes, filled by `body`, which says how many it wrote.
    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int

    /// Takes in bytes that are already at hand.
    mutating func append(_ bytes: [UInt8])
}

/// Bytes that came and are not used yet, in one piece. It grows only by what really came; whoever reads it bounds
/// how much he waits for.
struct ByteQueue: ByteInlet {
    private var storage: [UInt8] = []
    private var start = 0
    private var end = 0

    /// Bytes at hand.
    var count: Int { self.end - self.start }

    /// The byte at that place; the place is below `count`.
    subscript(place: Int) -> UInt8 {
        precondition(place >= 0 && place < self.count)
        return self.storage[self.start + place]
    }

    /// A number of `width` bytes in network order, all of them below `count`.
    func number(at place: Int, width: Int) -> Int {
        var value = 0
        for offset in 0..<width { value = value << 8 | Int(self[place + offset]) }
        return value
    }

    /// A copy of some bytes, all of them below `count`.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        precondition(range.upperBound <= self.count)
        return Array(self.storage[(self.start + range.lowerBound)..<(self.start + range.upperBound)])
    }

    /// Lends some bytes, all of them below `count`.
    func withBytes<Result, Failure>(
        _ range: Range<Int>,
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.upperBound <= self.count)
        let range = (self.start + range.lowerBound)..<(self.start + range.upperBound)
        return try body(self.storage.span.bytes.extracting(range))
    }

    /// Where a byte first stands at or behind a place; nil when it does not.
    func firstIndex(of byte: UInt8, from place: Int = 0) -> Int? {
        guard place < self.count else { return nil }
        return self.storage.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress,
                let found = memchr(start + self.start + place, Int32(byte), self.count - place)
            else { return nil }
            return UnsafeRawPointer(found) - start - self.start
        }
    }

    /// Drops bytes from the front, at most all.
    mutating func drop(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.start += count
        guard self.start == self.end else { return }
        self.start = 0
        self.end = 0
    }

    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        self.makeRoom(2_048)
        let from = self.end
        var result: Result<Int, Failure> = .success(0)
        self.storage.withUnsafeMutableBytes { buffer in
            do throws(Failure) {
                result = .success(try body(UnsafeMutableRawBufferPointer(rebasing: buffer[from...])))
            } catch {
                result = .failure(error)
            }
        }
        let count = try result.get()
        precondition(count >= 0 && count <= self.storage.count - from)
        self.end += count
        return count
    }

    mutating func append(_ bytes: [UInt8]) { self.append(bytes.span.bytes) }

    /// Takes in a copy of the bytes.
    mutating func append(_ bytes: RawSpan) {
        guard bytes.byteCount > 0 else { return }
        self.makeRoom(bytes.byteCount)
        bytes.withUnsafeBytes { source in
            self.storage.withUnsafeMutableBytes { buffer in
                UnsafeMutableRawBufferPointer(rebasing: buffer[self.end...]).copyMemory(from: source)
            }
        }
        self.end += bytes.byteCount
    }

    private mutating func makeRoom(_ count: Int) {
        guard self.storage.count - self.end < count else { return }
        let used = self.count
        if self.storage.count - used >= count {
            self.storage.withUnsafeMutableBytes { buffer in
                let old = UnsafeRawBufferPointer(rebasing: buffer[self.start..<self.end])
                buffer.copyMemory(from: old)
            }
        } else {
            let grown = max(4_096, self.storage.count * 2, used + count)
            self.storage = [UInt8](unsafeUninitializedCapacity: grown) { buffer, filled in
                buffer.initialize(repeating: 0)
                self.storage.withUnsafeBytes { old in
                    let old = UnsafeRawBufferPointer(rebasing: old[self.start..<self.end])
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: old)
                }
                filled = grown
            }
        }
        (self.start, self.end) = (0, used)
    }
}

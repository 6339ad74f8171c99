internal import Glibc

/// Hands out a file's lines, one after the other, from a buffer that does not grow with the file.
struct LineReader: ~Copyable {
    private let file: InputFile
    private let path: String
    private let buffer: UnsafeMutableRawBufferPointer
    /// What was read and not yet handed out.
    private var start = 0
    private var filled = 0
    private var isAtEnd = false
    /// The number of the line that was handed out last, from 1.
    private(set) var number = 0

    /// No line may be longer, in bytes.
    static let longestLine = 4 << 20

    init(_ path: String) throws(FilesError) {
        self.file = try InputFile(path)
        self.path = path
        // One byte more for the line feed that a last line may lack.
        self.buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.longestLine + 1, alignment: 16)
    }

    deinit { self.buffer.deallocate() }

    /// The next line with its length; a line feed follows it. Valid until the next call; `nil` at the file's end.
    mutating func next() throws(FilesError) -> (bytes: UnsafePointer<UInt8>, count: Int)? {
        guard let base = self.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        var searched = 0
        while true {
            let rest = self.filled - self.start
            if let found = memchr(base + self.start + searched, 0x0A, rest - searched) {
                let count = UnsafeRawPointer(found) - UnsafeRawPointer(base + self.start)
                return self.handOut(base, count: count, skipping: count + 1)
            }
            if self.isAtEnd {
                guard rest > 0 else { return nil }
                base[self.filled] = 0x0A
                return self.handOut(base, count: rest, skipping: rest)
            }
            searched = rest
            try self.fill()
        }
    }

    private mutating func handOut(
        _ base: UnsafeMutablePointer<UInt8>,
        count: Int,
        skipping: Int
    ) -> (bytes: UnsafePointer<UInt8>, count: Int) {
        var line = UnsafePointer(base + self.start)
        var length = count
        self.start += skipping
        self.number += 1
        // A byte order mark at the beginning is none of the first line's text.
        if self.number == 1, length >= 3, line[0] == 0xEF, line[1] == 0xBB, line[2] == 0xBF {
            line += 3
            length -= 3
        }
        return (line, length)
    }

    /// Moves the rest to the front and reads behind it.
    private mutating func fill() throws(FilesError) {
        guard let base = self.buffer.baseAddress else { return }
        let rest = self.filled - self.start
        guard rest < Self.longestLine else {
            throw FilesError(
                .read,
                file: self.path,
                problems: [
                    FileProblem(
                        file: self.path,
                        row: self.number + 1,
                        wrong: "the line is longer than \(Self.longestLine >> 20) MiB",
                        mend: "write one record a line"
                    )
                ]
            )
        }
        memmove(base, base + self.start, rest)
        (self.start, self.filled) = (0, rest)
        let room = UnsafeMutableRawBufferPointer(start: base + rest, count: Self.longestLine - rest)
        let count = try self.file.read(into: room)
        self.filled += count
        self.isAtEnd = count == 0
    }
}

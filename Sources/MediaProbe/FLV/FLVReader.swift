/// Cuts FLV (Adobe's Video File Format 10.1, annex E) into tags; bounded, and knows no connection.
struct FLVReader {
    /// What a tag holds.
    enum Kind: UInt8 {
        case sound = 8
        case picture = 9
        case script = 18
    }

    /// One tag; its body lies in the reader until the next call.
    struct Tag: Equatable {
        let kind: Kind
        /// In milliseconds; wraps.
        let timestamp: UInt32
        fileprivate let body: Range<Int>
    }

    private let byteLimit: Int
    private var queue = ByteQueue()
    private var isPastHeader = false
    /// Bytes at the front that are done with once the next tag is asked for.
    private var used = 0
    /// Bytes of a tag of an unknown type that are still to be passed over.
    private var skipped = 0
    /// Such tags since the last one of a known type.
    private var unknownCount = 0
    /// More of them in a row are no FLV.
    private static let unknownLimit = 64
    /// Whether the header promises sound.
    private(set) var promisesSound = false

    /// - Parameter byteLimit: Of one tag's body.
    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// Whether these are the first bytes of FLV; nil while there are too few to tell.
    static func recognizes(_ bytes: [UInt8]) -> Bool? {
        let mark = Array("FLV\u{1}".utf8)
        guard bytes.count >= mark.count else { return bytes == Array(mark.prefix(bytes.count)) ? nil : false }
        return bytes.starts(with: mark)
    }

    /// Takes in what came.
    mutating func append(_ bytes: RawSpan) { self.queue.append(bytes) }

    /// The next whole tag; nil when more bytes are needed.
    ///
    /// - Throws: For what cannot be FLV, or a tag beyond the limit. The reader is of no use afterwards.
    mutating func next() throws(StreamSyntaxError) -> Tag? {
        self.queue.drop(self.used)
        self.used = 0
        guard try self.readHeader() else { return nil }
        while self.passUnknown() {
            // The size of the tag before, then type, size, time with its highest byte last, and the stream's number.
            guard self.queue.count >= 15 else { return nil }
            let type = self.queue[4]
            guard type & 0x20 == 0 else { throw StreamSyntaxError("an encrypted FLV tag") }
            guard type & 0xc0 == 0, self.unknownCount < Self.unknownLimit else {
                throw StreamSyntaxError("not an FLV tag")
            }
            let size = self.queue.number(at: 5, width: 3)
            guard size <= self.byteLimit else { throw StreamSyntaxError("an FLV tag is too long") }
            guard let kind = Kind(rawValue: type) else {
                // Some muxers add tags of their own.
                self.unknownCount += 1
                self.skipped = 15 + size
                continue
            }
            guard self.queue.count >= 15 + size else { return nil }
            self.unknownCount = 0
            let low = UInt32(self.queue.number(at: 8, width: 3))
            self.used = 15 + size
            return Tag(kind: kind, timestamp: UInt32(self.queue[11]) << 24 | low, body: 15..<(15 + size))
        }
        return nil
    }

    /// Passes over what came of a tag of an unknown type; false when more of it is to come.
    private mutating func passUnknown() -> Bool {
        let count = min(self.skipped, self.queue.count)
        self.queue.drop(count)
        self.skipped -= count
        return self.skipped == 0
    }

    /// Lends the body of the tag that was given last.
    func withBody<Result>(of tag: Tag, _ body: (RawSpan) -> Result) -> Result {
        self.queue.withBytes(tag.body, body)
    }

    private mutating func readHeader() throws(StreamSyntaxError) -> Bool {
        guard !self.isPastHeader else { return true }
        let start = self.queue.bytes(0..<min(4, self.queue.count))
        guard let isFLV = Self.recognizes(start) else { return false }
        guard isFLV else { throw StreamSyntaxError("not FLV") }
        guard self.queue.count >= 9 else { return false }
        let length = self.queue.number(at: 5, width: 4)
        guard (9...1_024).contains(length) else { throw StreamSyntaxError("not an FLV header") }
        guard self.queue.count >= length else { return false }
        self.promisesSound = self.queue[4] & 4 != 0
        self.queue.drop(length)
        self.isPastHeader = true
        return true
    }
}

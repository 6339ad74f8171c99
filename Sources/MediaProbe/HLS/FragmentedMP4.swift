/// Takes pictures out of fragmented MP4 (ISO/IEC 14496-12) as HLS carries it: a `moov` that describes, then `moof` and
/// `mdat` by turns; bounded, and knows no connection.
struct FragmentedMP4 {
    /// Of a description, or of a fragment's table, in bytes.
    private static let tableByteCount = 1 << 20

    /// One sample of the picture's track that is still to come.
    private struct Sample {
        /// In the resource.
        var place: Range<Int>
        /// In ticks of 90 kHz.
        var timestamp: UInt32
    }

    private let byteLimit: Int
    private var queue = ByteQueue()
    /// Where in the resource the queue begins.
    private var position = 0
    /// Up to where all is passed over but the samples; nil between boxes.
    private var boxEnd: Int?
    private var samples: ArraySlice<Sample> = []
    private var movie = MP4Movie()
    private var hasBox = false

    /// The limit is that of one picture, in bytes.
    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// Whether these are the first bytes of MP4; nil while there are too few to tell.
    static func recognizes(_ bytes: [UInt8]) -> Bool? {
        guard bytes.count >= 8 else { return nil }
        return ["ftyp", "styp", "moof", "moov", "sidx", "emsg", "prft", "free", "uuid"]
            .contains(String(decoding: bytes[4..<8], as: UTF8.self))
    }

    /// Another resource begins; what the description said still holds.
    mutating func beginResource() {
        self.queue.drop(self.queue.count)
        (self.position, self.boxEnd, self.samples) = (0, nil, [])
    }

    /// Takes in what came and hands on the pictures in it.
    ///
    /// - Throws: For what cannot be MP4, or a table beyond the limit.
    mutating func receive(
        _ bytes: RawSpan,
        into watch: inout PictureWatch,
        at arrival: Instant
    ) throws(StreamSyntaxError) {
        self.queue.append(bytes)
        while true {
            if let end = self.boxEnd {
                guard self.passThrough(until: end, into: &watch, at: arrival) else { return }
                self.boxEnd = nil
            }
            guard try self.takeBox(into: &watch) else { return }
        }
    }

    private mutating func drop(_ count: Int) {
        self.queue.drop(count)
        self.position += count
    }

    /// Goes on through a box of which only samples matter; false when more bytes are needed.
    private mutating func passThrough(
        until end: Int,
        into watch: inout PictureWatch,
        at arrival: Instant
    ) -> Bool {
        while let sample = self.samples.first, sample.place.lowerBound < end {
            // One that reaches beyond its box is a lie of the table, and would lead us past the next box's head.
            guard sample.place.lowerBound >= self.position, sample.place.upperBound <= end,
                sample.place.count <= self.byteLimit
            else {
                self.samples.removeFirst()
                continue
            }
            self.drop(min(self.queue.count, sample.place.lowerBound - self.position))
            guard self.position == sample.place.lowerBound, self.queue.count >= sample.place.count else {
                return false
            }
            self.samples.removeFirst()
            if let codec = self.movie.codec {
                self.queue.withBytes(0..<sample.place.count) { bytes in
                    watch.receive(
                        bytes,
                        codec: codec,
                        framing: .lengths(self.movie.lengthSize),
                        timestamp: sample.timestamp,
                        at: arrival
                    )
                }
            }
            self.drop(sample.place.count)
        }
        self.drop(min(self.queue.count, end - self.position))
        return self.position == end
    }

    /// Reads the next box's head, and the whole of a box that is a table; false when more bytes are needed.
    private mutating func takeBox(into watch: inout PictureWatch) throws(StreamSyntaxError) -> Bool {
        guard self.queue.count >= 8 else { return false }
        var size = self.queue.number(at: 0, width: 4)
        var headSize = 8
        if size == 1 {
            guard self.queue.count >= 16 else { return false }
            guard self.queue[8] == 0 else { throw StreamSyntaxError("a box is too long") }
            size = self.queue.number(at: 8, width: 8)
            headSize = 16
        } else if size == 0 {
            size = 1 << 50  // To the end of the resource.
        }
        let type = String(decoding: self.queue.bytes(4..<8), as: UTF8.self)
        guard size >= headSize, type.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw StreamSyntaxError("not a box of MP4")
        }
        guard type == "moov" || type == "moof" else {
            self.boxEnd = self.position + size
            return true
        }
        guard size <= Self.tableByteCount else { throw StreamSyntaxError("a table of MP4 is too long") }
        guard self.queue.count >= size else { return false }
        let table = MP4Box(self.queue.bytes(headSize..<size)[...])
        if type == "moov" {
            self.movie = MP4Movie(table)
            self.announce(to: &watch)
        } else {
            if let sound = self.movie.sound, watch.sound == nil, self.movie.hasSound(table) {
                watch.announce(sound: sound)
            }
            let fragment = self.movie.samples(of: table, at: self.position)
            self.samples = fragment.map { Sample(place: $0.place, timestamp: $0.timestamp) }[...]
        }
        self.drop(size)
        return true
    }

    private func announce(to watch: inout PictureWatch) {
        if let codec = self.movie.codec {
            watch.announce(codec, self.movie.parameterSets)
        } else if let name = self.movie.foreignCodec {
            watch.announce(foreign: name)
        }
    }
}

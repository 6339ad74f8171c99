@testable import MediaProbe

/// A byte stream of an RTMP server behind its handshake: chunks, messages, values and tags. The first byte says in what
/// pieces it comes.
struct RTMPReading: UntrustedReading {
    private static let byteLimit = 2_048

    /// What came of it.
    private struct Seen: Equatable {
        var messages: [RTMPMessage] = []
        var error: StreamSyntaxError?
    }

    private let stream: [UInt8]
    private let seen: Seen
    private var tagByteCount = 0
    private let media: FLVMedia

    var understoodCount: Int { self.seen.messages.count }

    /// A chunk stream is remembered, and a chunk without content repeats a message.
    static func mostBytesHeld(for count: Int) -> Int { 262_144 + 512 * count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let piece = Int(cutter.byte()) + 1
        self.stream = cutter.rest()
        self.seen = Self.seen(self.stream, piece: piece)
        var media = FLVMedia(limits: .availability)
        let origin = ContinuousClock.now
        for message in self.seen.messages {
            _ = message.values
            var counted = 0
            message.forEachTag { kind, timestamp, body in
                counted += body.byteCount
                guard let kind = FLVReader.Kind(rawValue: kind) else { return }
                media.receive(kind, timestamp: timestamp, body, at: origin)
            }
            self.tagByteCount = max(self.tagByteCount, counted - message.body.count)
            guard let kind = FLVReader.Kind(rawValue: message.kind) else { continue }
            media.receive(kind, timestamp: message.timestamp, message.body.span.bytes, at: origin)
        }
        self.media = media
    }

    private static func seen(_ stream: [UInt8], piece: Int) -> Seen {
        var reader = RTMPChunkReader(byteLimit: self.byteLimit)
        var seen = Seen()
        for part in stream.pieces(of: piece) {
            reader.append(Array(part))
            do throws(StreamSyntaxError) {
                while let message = try reader.next() { seen.messages.append(message) }
            } catch {
                seen.error = error
                return seen
            }
        }
        return seen
    }

    func brokenProperty() -> String? {
        guard Self.seen(self.stream, piece: max(1, self.stream.count)) == self.seen else {
            return "the cut of the stream changes what it says"
        }
        let used = self.seen.messages.reduce(0) { $0 + $1.body.count + 1 }
        guard used <= self.stream.count else { return "more was read than came" }
        guard self.seen.messages.allSatisfy({ $0.body.count <= Self.byteLimit }) else {
            return "a long message"
        }
        guard self.tagByteCount <= 0 else { return "more tags than their message holds" }
        return self.media.watch.brokenProperty(frameByteCount: Self.byteLimit)
    }
}

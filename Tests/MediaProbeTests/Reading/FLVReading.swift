@testable import MediaProbe

/// An FLV stream: its tags, and what is understood of the pictures, the sound and the script in them. The first byte
/// says in what pieces it comes.
struct FLVReading: UntrustedReading {
    private static let byteLimit = 2_048

    private let stream: [UInt8]
    private let seen: Seen

    /// What came of it.
    private struct Seen {
        var tagCount = 0
        var bodyByteCount = 0
        var error: StreamSyntaxError?
        var media: FLVMedia
    }

    var understoodCount: Int { self.seen.tagCount }

    static func mostBytesHeld(for count: Int) -> Int { 65_536 + 128 * count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let piece = Int(cutter.byte()) + 1
        self.stream = cutter.rest()
        self.seen = Self.seen(self.stream, piece: piece)
    }

    private static func seen(_ stream: [UInt8], piece: Int) -> Seen {
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        var seen = Seen(media: FLVMedia(limits: limits))
        var reader = FLVReader(byteLimit: self.byteLimit)
        let origin = ContinuousClock.now
        for part in stream.pieces(of: piece) {
            reader.append(Array(part).span.bytes)
            do throws(StreamSyntaxError) {
                while let tag = try reader.next() {
                    seen.tagCount += 1
                    let arrival = origin + .milliseconds(40 * seen.tagCount)
                    seen.bodyByteCount += reader.withBody(of: tag) { body in
                        seen.media.receive(tag.kind, timestamp: tag.timestamp, body, at: arrival)
                        return body.byteCount
                    }
                }
            } catch {
                seen.error = error
                return seen
            }
        }
        return seen
    }

    func brokenProperty() -> String? {
        let whole = Self.seen(self.stream, piece: max(1, self.stream.count))
        guard whole.tagCount == self.seen.tagCount, whole.error == self.seen.error,
            whole.media.watch.packetCount == self.seen.media.watch.packetCount,
            whole.media.watch.gauge.pictureCount == self.seen.media.watch.gauge.pictureCount
        else { return "the cut of the stream changes what it says" }
        guard self.seen.bodyByteCount + 15 * self.seen.tagCount <= self.stream.count else {
            return "more was read than came"
        }
        return self.seen.media.watch.brokenProperty(frameByteCount: Self.byteLimit)
    }
}

extension PictureWatch {
    /// What does not hold of what was seen; nil when all does.
    func brokenProperty(frameByteCount: Int) -> String? {
        guard isSensible(self.announcedRate), self.announcedRate.map({ $0 > 0.01 && $0 <= 1_000 }) ?? true
        else {
            return "\(self.announcedRate ?? 0) pictures a second"
        }
        if let picture = self.firstKeyFrame {
            guard picture.isKey, picture.isWhole else { return "a key frame that is none" }
            guard picture.byteCount <= frameByteCount, picture.bytes.count <= 3 * frameByteCount else {
                return "a picture beyond its bound"
            }
        }
        guard self.parameterSets.annexB.count <= 3 * 4_100 else { return "parameter sets beyond their bound" }
        guard self.gauge.pictureCount <= self.packetCount else { return "more pictures than packets" }
        if let codec = self.codec, let sequence = self.parameterSets.sequence,
            let broken = PictureFormat(parameterSet: sequence, codec: codec)?.brokenProperty()
        {
            return broken
        }
        return self.gauge.brokenProperty()
    }
}

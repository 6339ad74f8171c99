@testable import MediaProbe

/// A segment of HLS, as transport stream or as MP4. The first byte says in what pieces it comes.
struct SegmentReading: UntrustedReading {
    private static let byteLimit = 4_096

    private let stream: [UInt8]
    private let watch: PictureWatch
    private let error: StreamSyntaxError?

    var understoodCount: Int { self.watch.packetCount }

    /// Pictures may be under way, of a bounded size.
    static func mostBytesHeld(for count: Int) -> Int { 262_144 + 128 * count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let piece = Int(cutter.byte()) * 4 + 1
        self.stream = cutter.rest()
        (self.watch, self.error) = Self.watch(self.stream, piece: piece)
    }

    private static func watch(_ stream: [UInt8], piece: Int) -> (PictureWatch, StreamSyntaxError?) {
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        limits.frameByteCount = self.byteLimit
        var reader = SegmentReader(limits: limits)
        let origin = ContinuousClock.now
        reader.begin(isDiscontinuous: false)
        for part in stream.pieces(of: piece) {
            do throws(StreamSyntaxError) {
                try reader.receive(Array(part).span.bytes, at: origin)
            } catch {
                return (reader.watch, error)
            }
        }
        reader.finish()
        return (reader.watch, nil)
    }

    func brokenProperty() -> String? {
        let (whole, error) = Self.watch(self.stream, piece: max(1, self.stream.count))
        guard error == self.error, whole.packetCount == self.watch.packetCount,
            whole.gauge.pictureCount == self.watch.gauge.pictureCount, whole.codec == self.watch.codec
        else { return "the cut of the stream changes what it says" }
        return self.watch.brokenProperty(frameByteCount: Self.byteLimit)
    }
}

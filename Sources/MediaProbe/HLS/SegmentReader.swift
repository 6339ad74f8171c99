/// Takes pictures out of segments of HLS, whichever of the two containers they come in. A machine: it is handed bytes
/// and moments.
struct SegmentReader {
    private enum Container {
        case unknown
        case transportStream
        case mp4
    }

    private let byteLimit: Int
    private var container = Container.unknown
    private var start: [UInt8] = []
    private var transportStream: TransportStream
    private var mp4: FragmentedMP4
    private(set) var watch: PictureWatch

    init(limits: MediaLimits) {
        self.byteLimit = limits.frameByteCount
        self.transportStream = TransportStream(byteLimit: limits.frameByteCount)
        self.mp4 = FragmentedMP4(byteLimit: limits.frameByteCount)
        self.watch = PictureWatch(clockRate: 90_000, isPaced: false, limits: limits)
    }

    /// A segment begins, or what must be read before one.
    mutating func begin(isDiscontinuous: Bool) {
        (self.container, self.start) = (.unknown, [])
        self.transportStream = TransportStream(byteLimit: self.byteLimit)
        self.mp4.beginResource()
        if isDiscontinuous { self.watch.discontinue() }
    }

    /// Takes in what came.
    ///
    /// - Throws: For what is neither container, or breaks its rules.
    mutating func receive(_ bytes: RawSpan, at arrival: Instant) throws(StreamSyntaxError) {
        switch self.container {
        case .transportStream: try self.transportStream.receive(bytes, into: &self.watch, at: arrival)
        case .mp4: try self.mp4.receive(bytes, into: &self.watch, at: arrival)
        case .unknown:
            bytes.withUnsafeBytes { self.start.append(contentsOf: $0) }
            // Whether it is MP4 is asked only of what is no stream, or the pieces that it comes in would decide.
            guard let isStream = TransportStream.recognizes(self.start) else { return }
            if !isStream {
                guard let isMP4 = FragmentedMP4.recognizes(self.start) else { return }
                guard isMP4 else { throw StreamSyntaxError(Self.refusal(self.start)) }
            }
            self.container = isStream ? .transportStream : .mp4
            let start = self.start
            self.start = []
            try self.receive(start.span.bytes, at: arrival)
        }
    }

    /// The segment is over.
    mutating func finish() {
        if self.container == .transportStream { self.transportStream.finish(into: &self.watch) }
    }

    private static func refusal(_ start: [UInt8]) -> String {
        // A tag of ID3 or a frame of ADTS: sound without a container.
        let isSound = start.starts(with: Array("ID3".utf8)) || (start[0] == 0xff && start[1] & 0xf0 == 0xf0)
        return isSound ? "a segment of sound alone" : "neither a transport stream nor MP4"
    }
}

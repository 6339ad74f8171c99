/// What a container says of its picture's track.
struct PictureTrack: Equatable {
    /// The codec when it is one that we read ourselves.
    var codec: VideoCodec?
    /// The library's name of it.
    var name: String
    /// Whether the library can decode it.
    var isDecodable: Bool
    /// What a decoder must know before the first picture, as the container holds it.
    var configuration: [UInt8] = []
    /// In pixels; nil when the container does not say.
    var size: (width: Int, height: Int)?
    var profile: String?
    /// Pictures a second.
    var rate: Double?

    static func == (one: PictureTrack, other: PictureTrack) -> Bool {
        one.codec == other.codec && one.name == other.name && one.configuration == other.configuration
    }
}

/// Takes the packets of one track out of a container for pictures. What we read ourselves, H.264 and H.265, is judged by
/// its NAL units as everywhere else, so that a camera and its recording get one answer; of other codecs the container's
/// word is taken. A machine: it is handed bytes and moments.
struct ContainerPictures {
    private(set) var watch: PictureWatch
    private(set) var track: PictureTrack?
    private var framing = NALSequence.Framing.startCodes
    /// The earliest and the latest time, in ticks of 90 kHz.
    private(set) var times: (first: Int64, last: Int64)?
    /// Whether some picture came without a time, so that nothing can be measured by times.
    private(set) var isClockless = false

    init(limits: MediaLimits) {
        self.watch = PictureWatch(clockRate: 90_000, isPaced: false, limits: limits)
    }

    /// There is sound of that name.
    mutating func announce(sound name: String) { self.watch.announce(sound: name) }

    /// Takes what the container says of the track.
    mutating func announce(_ track: PictureTrack, at arrival: Instant) {
        self.track = track
        self.watch.announcedRate = track.rate
        guard let codec = track.codec else {
            guard !track.isDecodable else { return }
            self.watch.note(at: arrival)
            self.watch.announce(foreign: track.name)
            return
        }
        let bytes = track.configuration
        var sets: [[UInt8]] = []
        if bytes.starts(with: [0, 0, 1]) || bytes.starts(with: [0, 0, 0, 1]) {
            self.framing = .startCodes
            _ = NALSequence.walk(bytes.span.bytes, framing: .startCodes) { unit in
                if sets.count < 32 { sets.append(unit.withUnsafeBytes { Array($0) }) }
            }
        } else if let record = DecoderConfiguration(bytes.span.bytes, codec: codec) {
            self.framing = .lengths(record.lengthSize)
            sets = record.parameterSets
        } else {
            self.framing = bytes.isEmpty ? .startCodes : .lengths(4)
        }
        self.watch.announce(codec, sets)
    }

    /// Takes one packet of the track.
    ///
    /// - Parameters:
    ///   - bytes: One picture.
    ///   - time: In ticks of 90 kHz; nil when the container holds none.
    ///   - isKey: By the container's word; not asked for what we read ourselves.
    ///   - isDamaged: Whether some of it is missing.
    ///   - arrival: When it was read.
    mutating func receive(
        _ bytes: RawSpan,
        time: Int64?,
        isKey: Bool,
        isDamaged: Bool,
        at arrival: Instant
    ) {
        guard let track = self.track else { return }
        if let time {
            self.times = (min(self.times?.first ?? time, time), max(self.times?.last ?? time, time))
        } else {
            self.isClockless = true
        }
        let timestamp = UInt32(truncatingIfNeeded: time ?? 0)
        if let codec = track.codec {
            self.watch.receive(
                bytes,
                codec: codec,
                framing: self.framing,
                timestamp: timestamp,
                isDamaged: isDamaged,
                at: arrival
            )
        } else if track.isDecodable {
            var picture = AccessUnit(timestamp: timestamp, arrivedAt: arrival)
            (picture.isKey, picture.isWhole, picture.byteCount) = (isKey, !isDamaged, bytes.byteCount)
            self.watch.receive(picture, codec: track.name)
        }
    }
}

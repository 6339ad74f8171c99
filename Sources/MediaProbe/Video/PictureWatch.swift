/// Everything that one stream of whole pictures tells, whatever container they come in: FLV, RTMP, transport stream or
/// MP4. A machine: it is handed pictures and moments.
struct PictureWatch {
    private let keepsKeyFrame: Bool
    /// The codec of the pictures; nil until one that we read was announced or came.
    private(set) var codec: VideoCodec?
    /// How its container calls a codec that we do not read ourselves.
    private(set) var foreignCodec: String?
    private(set) var parameterSets = ParameterSets()
    private(set) var gauge: MediaGauge
    /// Pictures and what else came of their stream.
    private(set) var packetCount = 0
    private(set) var firstPacketAt: Instant?
    private(set) var lastPacketAt: Instant?
    /// The first whole key frame.
    private(set) var firstKeyFrame: AccessUnit?
    /// The codec of the sound; nil when none came.
    private(set) var sound: String?
    /// Pictures a second by the container's own words.
    var announcedRate: Double?

    /// Paced are pictures that come when they are taken.
    init(clockRate: Int, isPaced: Bool, limits: MediaLimits) {
        self.keepsKeyFrame = limits.keepsKeyFrame
        self.gauge = MediaGauge(clockRate: clockRate, isPaced: isPaced)
    }

    /// Whether somebody else reads the codec that we do not.
    private var isVouchedFor = false

    /// Whether there is a key frame and what a decoder needs to show it.
    var hasPicture: Bool {
        self.firstKeyFrame != nil && (self.isVouchedFor || self.parameterSets.sequence != nil)
    }

    /// Whether pictures come, and in a codec that nobody reads.
    var isForeign: Bool { self.codec == nil && self.foreignCodec != nil && !self.isVouchedFor }

    /// Takes note of something of the picture's stream that is no picture.
    mutating func note(at arrival: Instant) {
        self.packetCount += 1
        self.firstPacketAt = self.firstPacketAt ?? arrival
        self.lastPacketAt = arrival
    }

    /// The stream said that its clock begins anew.
    mutating func discontinue() { self.gauge.discontinue() }

    /// Takes the codec and parameter sets that stand before the pictures.
    mutating func announce(_ codec: VideoCodec, _ sets: [[UInt8]] = []) {
        self.codec = codec
        for set in sets { self.parameterSets.keep(set, codec: codec) }
    }

    /// Pictures come in a codec that we do not read.
    mutating func announce(foreign name: String) { self.foreignCodec = self.foreignCodec ?? name }

    /// Sound in that codec came.
    mutating func announce(sound name: String) { self.sound = SoundName.common(name) }

    /// Takes the NAL units of one whole picture, damaged when its container misses some of it. Parameter sets
    /// inside it are kept; what holds no slice is no picture.
    mutating func receive(
        _ bytes: RawSpan,
        codec: VideoCodec,
        framing: NALSequence.Framing,
        timestamp: UInt32,
        isDamaged: Bool = false,
        at arrival: Instant
    ) {
        self.note(at: arrival)
        self.codec = codec
        let headerSize = codec == .h264 ? 1 : 2
        var unit = AccessUnit(timestamp: timestamp, arrivedAt: arrival)
        var (hasSlice, isBegun) = (false, false)
        let keeps = self.keepsKeyFrame && self.firstKeyFrame == nil
        let addsUp = NALSequence.walk(bytes, framing: framing) { nal in
            unit.byteCount += nal.byteCount
            guard nal.byteCount > headerSize else { return }
            let role = NALUnitType(header: nal.byte(0), codec: codec).role
            switch role {
            case .keySlice, .slice:
                // The first slice of a picture says so by its first bit, in both codecs.
                if !hasSlice { isBegun = nal.byte(headerSize) & 0x80 != 0 }
                hasSlice = true
                guard role == .keySlice else { return }
                unit.isKey = true
                guard keeps else { return }
                unit.bytes += [0, 0, 0, 1]
                nal.withUnsafeBytes { unit.bytes.append(contentsOf: $0) }
            case .sequenceParameters, .pictureParameters, .videoParameters:
                self.parameterSets.keep(nal.withUnsafeBytes { Array($0) }, codec: codec)
            case .other: return
            }
        }
        guard hasSlice else { return }
        unit.isWhole = addsUp && isBegun && !isDamaged
        self.keep(unit)
    }

    /// Takes a picture that the container's reader understands and we do not.
    mutating func receive(_ picture: AccessUnit, codec name: String) {
        self.note(at: picture.arrivedAt)
        self.announce(foreign: name)
        self.isVouchedFor = true
        self.keep(picture)
    }

    private mutating func keep(_ unit: AccessUnit) {
        self.gauge.receive(unit)
        if unit.isKey, unit.isWhole, self.firstKeyFrame == nil { self.firstKeyFrame = unit }
    }
}

extension MediaReport {
    /// Puts in what parameter sets say.
    mutating func fill(from sets: ParameterSets, codec: VideoCodec) {
        self.codec = codec.rawValue
        guard let parameters = sets.sequence,
            let format = PictureFormat(parameterSet: parameters, codec: codec)
        else { return }
        self.profile = format.profile
        self.width = format.width
        self.height = format.height
        self.framesPerSecond = format.framesPerSecond ?? self.framesPerSecond
    }

    /// Puts in what was measured over a window.
    mutating func fill(from gauge: MediaGauge) {
        self.framesPerSecond = gauge.framesPerSecond ?? self.framesPerSecond
        self.kilobitsPerSecond = gauge.kilobitsPerSecond
        self.keyFrameInterval = gauge.keyFrameInterval
        self.fluctuation = gauge.fluctuation
        self.timestampJumps = gauge.jumps
        guard gauge.isStandingStill else { return }
        // No failure: it is only that everything was measured by arrival.
        self.detail = self.detail ?? "the time stamps stand still; rate and interval are by arrival"
    }

    /// Puts in what whole pictures told. The credential is never shown, also not when the server gives its codec
    /// such a name.
    mutating func fill(from watch: PictureWatch, limits: MediaLimits, hiding credential: MediaCredential?) {
        self.framesPerSecond = watch.announcedRate
        if let codec = watch.codec {
            self.fill(from: watch.parameterSets, codec: codec)
        } else {
            self.codec = watch.foreignCodec.map { shown($0, hiding: credential) }
        }
        self.audio = watch.sound.map { shown($0, hiding: credential) }
        if limits.window != nil {
            self.fill(from: watch.gauge)
            if watch.packetCount > 0 { self.audio = self.audio ?? "none" }
        }
        if limits.keepsKeyFrame, let picture = watch.firstKeyFrame, let codec = watch.codec {
            self.keyFrame = KeyFrame(codec: codec, bytes: watch.parameterSets.annexB + picture.bytes)
        }
        self.learned.frameSpacing =
            self.framesPerSecond.flatMap { $0 > 0 ? .seconds(1 / $0) : nil } ?? watch.gauge.frameSpacing
    }
}

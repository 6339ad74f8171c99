/// What one probe of a stream saw. What was not measured is nil.
public struct MediaReport: Sendable, Hashable {
    /// How long one stage took.
    public struct StageTime: Sendable, Hashable {
        /// Which.
        public let stage: MediaStage
        /// How long; for the stage that failed, until it was given up.
        public let took: Duration
    }

    /// How unsteady the sizes of pictures are: (max − mean) ÷ mean; 0 is perfectly steady.
    public struct Fluctuation: Sendable, Hashable {
        /// Of key frames; needs two of them.
        public var key: Double?
        /// Of the pictures between them; needs two of them.
        public var predicted: Double?
    }

    /// What the camera's clock showed, by its RTCP sender report (RFC 3550, 6.4.1).
    public struct CameraClock: Sendable, Hashable {
        /// The camera's time, in milliseconds since 1970-01-01T00:00:00Z.
        public let unixMilliseconds: Int64
        /// By how many milliseconds it was ahead of our own wall clock when the report came in; negative:
        /// behind.
        public let aheadMilliseconds: Int64
    }

    /// The first whole key frame, ready for a decoder.
    public struct KeyFrame: Sendable, Hashable {
        /// Its codec.
        public let codec: VideoCodec
        /// Parameter sets and slices with start codes (Annex B of H.264 and H.265).
        public let bytes: [UInt8]
    }

    /// The address without user and password.
    public let redactedURL: String
    /// The conclusion.
    public internal(set) var verdict: MediaVerdict
    /// Where it stopped; nil when it is up, and when its media stopped behind the first key frame, where no stage is.
    public internal(set) var failedStage: MediaStage?
    /// The other side's own words or what we missed, one short line without secrets.
    public internal(set) var detail: String?
    /// All stages gone through, in order.
    public internal(set) var stages: [StageTime] = []
    /// From the call to its return.
    public internal(set) var took: Duration = .zero

    /// What a file keeps its pictures in: `mp4`, `matroska`, `mpegts`, `avi`, `flv`, …
    public internal(set) var container: String?
    /// How long a file plays: as its head says, or else from its first picture to its last.
    public internal(set) var duration: Duration?
    /// How the packets came.
    public internal(set) var transport: MediaTransport?
    /// The picture's codec by its own name: `h264`, `h265`, or what the description calls it.
    public internal(set) var codec: String?
    /// By the parameter sets: `High`, `Main`, …
    public internal(set) var profile: String?
    /// In pixels, cropped.
    public internal(set) var width: Int?
    /// In pixels, cropped.
    public internal(set) var height: Int?
    /// Pictures a second: measured in a window, otherwise as announced.
    public internal(set) var framesPerSecond: Double?
    /// Of the picture's stream, in 1 000 bit/s.
    public internal(set) var kilobitsPerSecond: Double?
    /// Mean time between key frames; needs two of them.
    public internal(set) var keyFrameInterval: Duration?
    /// Of picture sizes, over the window.
    public internal(set) var fluctuation: Fluctuation?
    /// The sequence number of the first packet; with `packetsExpected` the range that was watched.
    public internal(set) var firstSequence: UInt16?
    /// By sequence numbers, from the first packet to the highest.
    public internal(set) var packetsExpected: Int?
    /// Those of them that never came.
    public internal(set) var packetsLost: Int?
    /// Packets that came more than once.
    public internal(set) var packetsDuplicated: Int?
    /// Packets that came after a later one.
    public internal(set) var packetsReordered: Int?
    /// Between arrivals, by RFC 3550, A.8.
    public internal(set) var jitter: Duration?
    /// How often the stream's own clock leapt by more than a second.
    public internal(set) var timestampJumps: Int?
    /// The codec of the sound by its usual name, whatever the protocol calls it; `none` when there is no sound.
    public internal(set) var audio: String?
    /// What the camera's clock showed.
    public internal(set) var cameraClock: CameraClock?
    /// Whether the server's certificate verified; nil without TLS.
    public internal(set) var certificateVerified: Bool?
    /// The first whole key frame, when it was asked for.
    public internal(set) var keyFrame: KeyFrame?
    /// What the next probe of this stream should know.
    public internal(set) var learned = MediaHints()

    /// Whether it was asked; else `detail` says why not.
    public internal(set) var isAsked = true
    /// Of one that was not asked: after how long it will be.
    public internal(set) var askedAgain: Duration?

    init(target: MediaTarget, verdict: MediaVerdict) {
        self.redactedURL = target.redactedURL
        self.verdict = verdict
    }

    /// Takes in what is not in order of a stream that plays, by thresholds that the reader has not.
    public mutating func judge(_ cause: MediaCause) {
        guard self.verdict == .up else { return }
        self.verdict = MediaVerdict(cause)
    }

    /// What is said of a stream that is left alone for now: nothing, and why.
    ///
    /// - Parameters:
    ///   - target: Which.
    ///   - cause: Its code.
    ///   - words: One line for people.
    ///   - again: After how long it will be asked; nil when it will not.
    /// - Returns: A report of no stage, whose verdict is unknown.
    public static func notAsked(
        _ target: MediaTarget,
        _ cause: MediaCause,
        _ words: String,
        again: Duration?
    ) -> MediaReport {
        var report = MediaReport(target: target, verdict: .unknown(cause))
        report.detail = words
        (report.isAsked, report.askedAgain) = (false, again)
        return report
    }
}

/// A picture codec that we read.
public enum VideoCodec: String, Sendable, Hashable {
    /// ITU-T H.264, RTP by RFC 6184.
    case h264
    /// ITU-T H.265, RTP by RFC 7798.
    case h265
}

extension MediaReport: Encodable {
    private enum Key: String, CodingKey {
        case url, outcome, cause, stages, stage, codec, profile, width, height, fps, fluctuation, audio, i, p
        case tookMilliseconds = "took_ms"
        case kilobitsPerSecond = "bitrate_kbps"
        case keyFrameInterval = "keyframe_interval_ms"
        case packetsExpected = "packets_expected"
        case packetsLost = "packets_lost"
        case jitter = "jitter_ms"
        case timestampJumps = "timestamp_jumps"
        case cameraClock = "camera_clock"
        case failedStage = "failed_stage"
        case durationMilliseconds = "duration_ms"
        case askedAgain = "again_in_ms"
        case certificateVerified = "certificate_verified"
        case detail, transport, container, asked
    }

    /// The shape that `wayside probe --format json` prints; what was not measured is absent.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(self.redactedURL, forKey: .url)
        try container.encode(self.verdict.outcome, forKey: .outcome)
        try container.encodeIfPresent(self.verdict.cause?.rawValue, forKey: .cause)
        try container.encodeIfPresent(self.failedStage?.rawValue, forKey: .failedStage)
        try container.encodeIfPresent(self.detail, forKey: .detail)
        if !self.isAsked { try container.encode(false, forKey: .asked) }
        try container.encodeIfPresent(self.askedAgain?.roundedMilliseconds, forKey: .askedAgain)
        var stages = container.nestedUnkeyedContainer(forKey: .stages)
        for time in self.stages {
            var stage = stages.nestedContainer(keyedBy: Key.self)
            try stage.encode(time.stage.rawValue, forKey: .stage)
            try stage.encode(time.took.roundedMilliseconds, forKey: .tookMilliseconds)
        }
        try container.encodeIfPresent(self.container, forKey: .container)
        try container.encodeIfPresent(self.duration?.roundedMilliseconds, forKey: .durationMilliseconds)
        try container.encodeIfPresent(self.transport?.rawValue, forKey: .transport)
        try container.encodeIfPresent(self.codec, forKey: .codec)
        try container.encodeIfPresent(self.profile, forKey: .profile)
        try container.encodeIfPresent(self.width, forKey: .width)
        try container.encodeIfPresent(self.height, forKey: .height)
        try container.encodeIfPresent(self.framesPerSecond.map { rounded($0, 100) }, forKey: .fps)
        try container.encodeIfPresent(
            self.kilobitsPerSecond.map { rounded($0, 10) },
            forKey: .kilobitsPerSecond
        )
        try container.encodeIfPresent(self.keyFrameInterval?.roundedMilliseconds, forKey: .keyFrameInterval)
        if let fluctuation = self.fluctuation {
            var sizes = container.nestedContainer(keyedBy: Key.self, forKey: .fluctuation)
            try sizes.encodeIfPresent(fluctuation.key.map { rounded($0, 1000) }, forKey: .i)
            try sizes.encodeIfPresent(fluctuation.predicted.map { rounded($0, 1000) }, forKey: .p)
        }
        try container.encodeIfPresent(self.packetsExpected, forKey: .packetsExpected)
        try container.encodeIfPresent(self.packetsLost, forKey: .packetsLost)
        try container.encodeIfPresent(self.jitter?.roundedMilliseconds, forKey: .jitter)
        try container.encodeIfPresent(self.timestampJumps, forKey: .timestampJumps)
        try container.encodeIfPresent(self.audio, forKey: .audio)
        try container.encodeIfPresent(self.cameraClock?.text, forKey: .cameraClock)
        try container.encodeIfPresent(self.certificateVerified, forKey: .certificateVerified)
    }
}

extension MediaReport.CameraClock {
    /// In UTC by ISO 8601, to the millisecond.
    public var text: String {
        let day = Int(self.unixMilliseconds.flooredQuotient(86_400_000))
        let rest = Int(self.unixMilliseconds - Int64(day) * 86_400_000)
        // Days to a civil date by counting from 1 March of year 0, where leap days come last.
        let shifted = day + 719_468
        let era = Int(Int64(shifted).flooredQuotient(146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        let civilDay = dayOfYear - (153 * month + 2) / 5 + 1
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(civilMonth, 2))-\(padded(civilDay, 2))T"
            + "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):"
            + "\(padded(rest / 1_000 % 60, 2)).\(padded(rest % 1_000, 3))Z"
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}

extension Duration {
    /// In seconds.
    var inSeconds: Double {
        Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18
    }

    /// In whole milliseconds, rounded to the nearest, as every span is that a program reads.
    public var roundedMilliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let half: Int64 = attoseconds < 0 ? -500_000_000_000_000 : 500_000_000_000_000
        return seconds * 1_000 + (attoseconds + half) / 1_000_000_000_000_000
    }
}

private func rounded(_ value: Double, _ steps: Double) -> Double {
    (value * steps).rounded() / steps
}

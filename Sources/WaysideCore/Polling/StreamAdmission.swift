/// A stream that somebody wants to ask (探测请求).
public struct StreamCall: Hashable, Sendable {
    /// Which.
    public var track: TrackKey
    /// Who serves it, by name or address: a recorder serves many.
    public var server: String
    /// Tells one credential from another, without being one; `nil` when none is offered.
    public var credential: Int?
    /// What the camera's own stream passes.
    public var passages: [StreamPassages.Passage]
    /// From one turn of its to the next while all is well, in milliseconds.
    public var intervalMilliseconds: Int64
    /// Whether the probe has time enough for a window.
    public var canMeasure: Bool

    /// A call.
    public init(
        track: TrackKey,
        server: String,
        credential: Int? = nil,
        passages: [StreamPassages.Passage] = [],
        intervalMilliseconds: Int64 = 300_000,
        canMeasure: Bool = true
    ) {
        (self.track, self.server, self.credential) = (track, server, credential)
        (self.passages, self.intervalMilliseconds) = (passages, intervalMilliseconds)
        self.canMeasure = canMeasure
    }
}

/// What becomes of a call (准入).
public enum StreamAdmission: Hashable, Sendable {
    /// It may be asked, now.
    case go(StreamPermit)
    /// Not before somebody else is back.
    case wait(StreamShortage)
    /// Not at all in this turn.
    case spare(StreamSparing)
}

/// Leave to hold one session (准入证); to be given back.
public struct StreamPermit: Hashable, Sendable {
    /// Its number.
    public let number: UInt64
    /// Whether this visit stays for a window of measuring.
    public let measuresQuality: Bool

    init(number: UInt64, measuresQuality: Bool) {
        (self.number, self.measuresQuality) = (number, measuresQuality)
    }
}

/// What is used up (不足).
public enum StreamShortage: Hashable, Sendable {
    /// What of a budget.
    public enum Part: String, Hashable, Sendable {
        /// Its sessions.
        case sessions
        /// Its bit rate.
        case bitRate = "bit rate"
    }

    /// We have as many sessions as we allow ourselves.
    case ourselves(sessions: Int)
    /// The camera has its one session of ours.
    case camera
    /// The server has as many sessions of ours as it was seen to bear, or as a platform is given.
    case server(sessions: Int)
    /// A recorder, gateway or link has no room left.
    case budget(StreamPassages.Passage, Part)

    /// In words, with the name of what is full.
    public var words: String {
        switch self {
        case .ourselves(let sessions): "all \(sessions) sessions that we allow ourselves are in use"
        case .camera: "another session of ours is at this camera"
        case .server(let sessions): "all \(sessions) sessions that we may have at its server are in use"
        case .budget(let passage, let part): "budget of \(passage.key) used up (\(part.rawValue))"
        }
    }
}

/// Why a stream is left alone for now (避让).
public enum StreamSparing: Hashable, Sendable {
    /// It was busy: its viewers go first, and its pushed copy is asked instead.
    case busy(againMilliseconds: Int64)
    /// It plays again, but was busy not long ago: every other turn is left to its viewers.
    case viewers(againMilliseconds: Int64)
    /// Its server has just refused the same credential to another track.
    case credential(againMilliseconds: Int64)

    /// The code that the observation carries: what the camera said when it was asked last, if that was no answer; else a
    /// gap of ours, because in this turn nobody has said anything.
    public var cause: Cause {
        switch self {
        case .busy: .busy
        case .viewers, .credential: .collectorGap
        }
    }

    /// For how long still, in milliseconds.
    public var againMilliseconds: Int64 {
        switch self {
        case .busy(let again), .viewers(let again), .credential(let again): again
        }
    }

    /// In words.
    public var words: String {
        switch self {
        case .busy: "not asked: it was busy and is left to its viewers, its pushed copy is asked instead"
        case .viewers: "not asked: it was busy lately, so every other turn is left to its viewers"
        case .credential: "not asked: its server has refused the same credential to another channel"
        }
    }
}

/// What of a stream's quality is not in order (质量问题).
public struct StreamFault: Hashable, Sendable {
    /// What.
    public let cause: Cause
    /// How long ago it was measured, in milliseconds; 0 when it was in this visit.
    public let agoMilliseconds: Int64

    /// A fault.
    public init(cause: Cause, agoMilliseconds: Int64) {
        (self.cause, self.agoMilliseconds) = (cause, agoMilliseconds)
    }
}

/// How near our streams are to their limits (礼让负荷).
public struct StreamLoad: Hashable, Sendable {
    /// One budget that is in use.
    public struct Budget: Hashable, Sendable {
        /// Whose.
        public let passage: StreamPassages.Passage
        /// Sessions under way.
        public let sessions: Int
        /// What they are taken to carry, in 1 000 bit/s.
        public let kilobitsPerSecond: Int64
        /// The most of both.
        public let limit: StreamBudget

        /// How full it is, in thousandths of the part that is nearest to its limit; above 1 000 where one session
        /// alone carries more.
        public var thousandths: Int64 {
            max(
                Int64(self.sessions) * 1_000 / Int64(self.limit.sessions),
                self.kilobitsPerSecond * 1_000 / self.limit.kilobitsPerSecond
            )
        }

        func isFuller(than other: Budget) -> Bool {
            self.thousandths == other.thousandths
                ? self.passage.key < other.passage.key : self.thousandths > other.thousandths
        }
    }

    /// What has happened so far.
    public struct Counts: Hashable, Sendable {
        /// Turns in which a stream was left alone.
        public var spared: UInt64 = 0
        /// Windows of measuring that were begun.
        public var windows: UInt64 = 0
        /// Windows that were due and left out because something was nearly full.
        public var windowsShed: UInt64 = 0
    }

    /// The budgets in use, the fullest first.
    public var budgets: [Budget]
    /// Sessions under way in all.
    public var sessions: Int
    /// Servers whose session limit was learned.
    public var learnedLimits: Int
    /// Credentials that are not tried at some server.
    public var refusedCredentials: Int
    /// What has happened so far.
    public var counts: Counts
    /// Calls that wait now; whoever lets them wait fills it in.
    public var waiting = 0
    /// Calls that waited in vain.
    public var turnedAway: UInt64 = 0
}

/// Decides, before anything is written, whether a miss is the device's or our own fault (自疑).
///
/// *By number:* of the devices that were well and were asked within the window, more than a share has failed, and
/// those that failed hang on enough different roots: no common upstream explains it, so it is us.
/// *By control targets:* what must answer as long as we are on the network (our gateway) no longer does.
///
/// While in doubt misses are written as `unknown`, cause `self_network`, with what the probe said in `values`; hits
/// are always what they are. The first misses of devices that were well are held for a moment, so that the failures
/// which show them to be ours can come in; never longer than `holdMilliseconds`.
public struct SelfDoubt: Sendable {
    /// What devices share that fail together (共因): those of one root are not unrelated.
    public enum Root: Hashable, Sendable {
        /// The topmost device through which it is reached.
        case device(DeviceID)
        /// The server that was asked in its stead.
        case server(ServerName)
    }

    /// When to doubt.
    public struct Settings: Hashable, Sendable {
        /// More than this share of the devices must have failed, in thousandths; `1...1000`, default 500.
        public var share: Int64 = 500
        /// On at least this many different roots; at least 2, default 5.
        public var leastRoots = 5
        /// For how long an answer counts, in milliseconds; more than 0, default 30 000.
        public var windowMilliseconds: Int64 = 30_000
        /// How long a first miss is held, in milliseconds; `0...5_000`, default 2 000.
        public var holdMilliseconds: Int64 = 2_000
        /// Misses held at once; beyond it the oldest are judged at once; at least 1, default 20 000.
        public var heldLimit = 20_000

        /// The defaults.
        public init() {}
    }

    /// Why we doubt.
    public enum Ground: String, Hashable, Sendable {
        /// Too many unrelated devices failed at once.
        case manyFailed = "many_failed"
        /// Our own control targets do not answer.
        case controlsSilent = "controls_silent"
    }

    private struct Verdict: Sendable {
        var root: Root
        var isFailure: Bool
        var number: UInt64
    }

    private struct Held: Sendable {
        var observation: Observation
        var until: Timestamp
    }

    /// When to doubt.
    public let settings: Settings
    private var well: Set<TrackKey> = []
    private var latest: [DeviceID: Verdict] = [:]
    private var order = Queue<(device: DeviceID, number: UInt64, expires: Timestamp)>()
    private var failures = 0
    private var failuresByRoot: [Root: Int] = [:]
    private var nextNumber: UInt64 = 0
    private var held = Queue<Held>()
    private var heldTracks: [TrackKey: Int] = [:]
    private var areControlsSilent = false

    /// Doubts nothing yet.
    public init(settings: Settings = Settings()) {
        precondition(
            (1...1_000).contains(settings.share) && settings.leastRoots >= 2 && settings.heldLimit >= 1
        )
        precondition(settings.windowMilliseconds > 0 && (0...5_000).contains(settings.holdMilliseconds))
        self.settings = settings
    }

    /// Why we doubt; `nil` when we do not.
    public var ground: Ground? {
        if self.areControlsSilent { return .controlsSilent }
        let asked = Int64(self.latest.count)
        let isTooMany = Int64(self.failures) * 1_000 > asked * self.settings.share
        return isTooMany && self.failuresByRoot.count >= self.settings.leastRoots ? .manyFailed : nil
    }

    /// Misses that are held.
    public var heldCount: Int { self.held.count }

    /// When the oldest held miss must be let go; `nil` when none is held.
    public var nextRelease: Timestamp? { self.held.first?.until }

    /// Takes in what the control targets did: `nil` when there are none that ever answered.
    public mutating func controls(answered: Bool?) { self.areControlsSilent = answered == false }

    /// Takes in one observation and appends to `written` what may be written now.
    ///
    /// - Parameters:
    ///   - observation: As the probe saw it.
    ///   - root: What it shares with others that may fail together with it.
    ///   - now: Never earlier than before.
    ///   - written: Gets what is decided, in order for each track.
    public mutating func receive(
        _ observation: Observation,
        root: Root,
        now: Timestamp,
        into written: inout [Observation]
    ) {
        self.release(now: now, into: &written)
        let track = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
        let isFresh = self.well.contains(track)
        if observation.outcome.isHit || (observation.outcome.isMiss && isFresh) {
            self.note(observation.device, root: root, isFailure: observation.outcome.isMiss, now: now)
        }
        if observation.outcome.isHit { self.well.insert(track) }
        if self.heldTracks[track] != nil { self.releaseAll(of: track, into: &written) }
        guard observation.outcome.isMiss, isFresh, self.ground == nil, self.settings.holdMilliseconds > 0
        else {
            written.append(self.judged(observation, track))
            return
        }
        self.heldTracks[track] = 1
        self.held.append(Held(observation: observation, until: now + self.settings.holdMilliseconds))
        while self.held.count > self.settings.heldLimit { self.releaseFirst(into: &written) }
    }

    /// Lets time pass: appends what was held long enough, or all as soon as we doubt.
    public mutating func release(now: Timestamp, into written: inout [Observation]) {
        while let first = self.order.first, first.expires <= now {
            self.order.removeFirst()
            if self.latest[first.device]?.number == first.number { self.forget(first.device) }
        }
        while let first = self.held.first, first.until <= now || self.ground != nil {
            self.releaseFirst(into: &written)
        }
    }

    /// Lets go of all that is held, as when we stop.
    public mutating func releaseAll(into written: inout [Observation]) {
        while self.held.first != nil { self.releaseFirst(into: &written) }
    }

    /// Forgets tracks that are no longer asked.
    public mutating func keepOnly(_ isAsked: (TrackKey) -> Bool) { self.well = self.well.filter(isAsked) }

    private mutating func releaseFirst(into written: inout [Observation]) {
        guard let first = self.held.removeFirst() else { return }
        let observation = first.observation
        let track = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
        self.heldTracks[track] = nil
        written.append(self.judged(observation, track))
    }

    /// A track's observations are written in their order, so a later one sets free whatever came before it.
    private mutating func releaseAll(of track: TrackKey, into written: inout [Observation]) {
        while self.heldTracks[track] != nil, self.held.first != nil { self.releaseFirst(into: &written) }
    }

    /// A device stays well while its misses are written as unknown: they were not its own.
    private mutating func judged(_ observation: Observation, _ track: TrackKey) -> Observation {
        guard observation.outcome.isMiss else { return observation }
        if self.ground != nil { return observation.disowned(.selfNetwork) }
        self.well.remove(track)
        return observation
    }

    private mutating func note(_ device: DeviceID, root: Root, isFailure: Bool, now: Timestamp) {
        self.forget(device)
        self.latest[device] = Verdict(root: root, isFailure: isFailure, number: self.nextNumber)
        self.order.append((device, self.nextNumber, now + self.settings.windowMilliseconds))
        self.nextNumber += 1
        guard isFailure else { return }
        self.failures += 1
        self.failuresByRoot[root, default: 0] += 1
    }

    private mutating func forget(_ device: DeviceID) {
        guard let verdict = self.latest.removeValue(forKey: device), verdict.isFailure else { return }
        self.failures -= 1
        let left = (self.failuresByRoot[verdict.root] ?? 1) - 1
        self.failuresByRoot[verdict.root] = left > 0 ? left : nil
    }
}

extension Observation {
    /// The same as `unknown` for a cause of our own, with what the probe said kept in `values`.
    public func disowned(_ cause: Cause) -> Observation {
        var copy = self
        (copy.outcome, copy.cause) = (.unknown, cause)
        var fields = "{\"original\":\"\(self.outcome.name)\""
        if let cause = self.cause { fields += ",\"original_cause\":\"\(cause.rawValue)\"" }
        if let values = self.values, values.hasPrefix("{"), values.hasSuffix("}"), values.utf8.count > 2 {
            copy.values = fields + "," + values.dropFirst()
        } else {
            copy.values = fields + "}"
        }
        return copy
    }
}

/// First in, first out, without moving what is left each time.
struct Queue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { self.elements.count - self.head }
    var first: Element? { self.head < self.elements.count ? self.elements[self.head] : nil }

    mutating func append(_ element: Element) { self.elements.append(element) }

    @discardableResult
    mutating func removeFirst() -> Element? {
        guard self.head < self.elements.count else { return nil }
        let element = self.elements[self.head]
        self.elements[self.head] = nil
        self.head += 1
        if self.head > 64, self.head * 2 > self.elements.count {
            self.elements.removeFirst(self.head)
            self.head = 0
        }
        return element
    }
}

extension Queue: Sendable where Element: Sendable {}

public import MediaProbe
public import WaysideCore

/// Asks for a stream until the first whole key frame has come, and now and then stays to measure it (视频流探测): one
/// session at a camera, and then it leaves.
public struct StreamProber: Prober {
    private let media: MediaProber
    private let book: TargetBook
    private let lane: any TaskExecutor
    private let politeness = Politeness()
    private let gate: StreamGate
    private let certificates: StreamCertificates

    /// Of the order's deadline at most this part is spent on waiting for leave.
    private static let waitingShare = 4

    /// A prober whose calls block threads of that lane; one thread a stream under way.
    ///
    /// - Parameters:
    ///   - media: Asks.
    ///   - book: Where streams are, and what they pass.
    ///   - lane: Where it may block; with a thread for each session that `courtesy` allows, or whoever has leave waits.
    ///   - courtesy: How gently; without problems.
    ///   - certificates: What is made of those that servers show.
    public init(
        media: MediaProber = MediaProber(),
        book: TargetBook,
        lane: any TaskExecutor,
        courtesy: CourtesySettings = CourtesySettings(),
        certificates: StreamCertificates = StreamCertificates()
    ) {
        let gate = StreamGate(settings: courtesy)
        self.init(media: media, book: book, lane: lane, gate: gate, certificates: certificates)
    }

    init(
        media: MediaProber = MediaProber(),
        book: TargetBook,
        lane: any TaskExecutor,
        gate: StreamGate,
        certificates: StreamCertificates = StreamCertificates()
    ) {
        (self.media, self.book, self.lane, self.gate) = (media, book, lane, gate)
        self.certificates = certificates
    }

    /// How near our streams are to their limits.
    public var load: StreamLoad { self.gate.load }

    /// Asks once, in the protocol that the address begins with. The credential is the device's own, else the one that
    /// the user part of the stream's address names; where there is neither, the address is taken as it stands. At
    /// another hop than the device itself its own credential has no business. Waits for leave before it asks; what is
    /// not asked is unknown, and says why.
    public func probe(_ order: ProbeOrder) async -> ProbeVerdict {
        guard let device = self.book.device(order.device), let url = device.streamURL(at: order.hop) else {
            return .misconfigured("no stream address")
        }
        let track = TrackKey(device: order.device, check: order.check, hop: order.hop)
        let target: MediaTarget
        do {
            let credentials = self.book.credentials.stream
            let own = order.hop == .direct ? credentials[device.key] : nil
            let credential = own ?? Self.user(of: url).flatMap { credentials[$0] }
            target = try MediaTarget(
                url,
                credential: credential,
                hints: self.politeness.hints(of: track),
                certificates: self.certificates.policy(of: device.key, at: order.hop)
            )
        } catch {
            return .misconfigured(error.description)
        }
        let began = ContinuousClock.now
        let call = self.call(track, target, order)
        let permit: StreamPermit
        switch await self.gate.enter(call, within: order.deadline / Self.waitingShare) {
        case .go(let given): permit = given
        case .turnedAway(let shortage): return Self.notAsked(.selfOverloaded, shortage.words, since: began)
        case .cancelled: return Self.notAsked(.collectorGap, "told to stop", since: began)
        case .spared(let sparing):
            return Self.notAsked(sparing.cause, sparing.words, again: sparing.againMilliseconds, since: began)
        }
        // We leave ourselves before the patrol gives us up.
        let left = order.deadline - (.now - began) - .milliseconds(50)
        var limits = MediaLimits(total: max(left, .milliseconds(100)))
        if order.hop == .platform {
            // A platform may have to fetch the picture from the camera first.
            (limits.answer, limits.firstPacket) = (limits.total, limits.total)
        }
        if permit.measuresQuality { limits.window = .milliseconds(self.gate.settings.windowMilliseconds) }
        guard let report = await self.ask(target, limits) else {
            _ = self.gate.leave(permit, cause: .selfOverloaded, measure: nil)
            return Self.notAsked(.selfOverloaded, "no descriptor left", since: began)
        }
        self.politeness.learn(report.learned, of: track)
        let ruling = VerdictRules.stream(report.verdict)
        let measure = permit.measuresQuality && ruling == .up ? StreamMeasure(report) : nil
        let fault = self.gate.leave(permit, cause: ruling.cause, measure: measure)
        let judged = fault.map { VerdictRules.Ruling($0.cause, .stream) } ?? ruling
        return ProbeVerdict(
            self.politeness.judge(judged, of: track),
            took: report.took,
            values: Self.values(
                report,
                isSub: order.hop == .direct && device.streamURL == nil,
                measure: measure,
                fault: fault
            )
        )
    }

    private func call(_ track: TrackKey, _ target: MediaTarget, _ order: ProbeOrder) -> StreamCall {
        let settings = self.gate.settings
        let needed = settings.windowMilliseconds + CourtesySettings.windowLeewayMilliseconds
        return StreamCall(
            track: track,
            // With its port: behind one address of a router each port may be another camera.
            server: "\(target.host.lowercased()):\(target.port)",
            credential: target.credential?.hashValue,
            passages: track.hop == .direct ? self.book.passages(of: track.device) : [],
            intervalMilliseconds: order.intervalMilliseconds,
            canMeasure: order.deadline >= .milliseconds(needed)
        )
    }

    /// `nil` when we have no descriptor left.
    private func ask(_ target: MediaTarget, _ limits: MediaLimits) async -> MediaReport? {
        let cancellation: MediaCancellation
        do {
            cancellation = try MediaCancellation()
        } catch {
            return nil
        }
        return await withTaskCancellationHandler {
            await withTaskExecutorPreference(self.lane) {
                await Self.inspect(self.media, target, limits, cancellation)
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// A turn in which nothing was asked. It neither counts as a refusal nor breaks a row of them.
    private static func notAsked(
        _ cause: Cause,
        _ words: String,
        again: Int64? = nil,
        since began: ContinuousClock.Instant
    ) -> ProbeVerdict {
        var values = ProbeValues()
        values.add("asked", false)
        values.add("detail", words)
        values.add("again_in_ms", again)
        return ProbeVerdict(outcome: .unknown, cause: cause, took: .now - began, values: values.text)
    }

    /// `@concurrent`, or it would run where its caller does, lane or no lane.
    @concurrent
    private static func inspect(
        _ media: MediaProber,
        _ target: MediaTarget,
        _ limits: MediaLimits,
        _ cancellation: MediaCancellation
    ) async -> MediaReport {
        media.inspect(target, limits: limits, cancellation: cancellation)
    }

    /// The user's name in an address that holds no password: `dome-viewer` of `rtsp://dome-viewer@host/path`.
    static func user(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@"), !authority[..<at].contains(":") else { return nil }
        return String(authority[..<at])
    }

    private static func values(
        _ report: MediaReport,
        isSub: Bool,
        measure: StreamMeasure?,
        fault: StreamFault?
    ) -> ProbeValues {
        var (values, stages) = (ProbeValues(), ProbeValues())
        if isSub { values.add("stream", "sub") }
        values.add("codec", report.codec)
        values.add("width", report.width)
        values.add("height", report.height)
        values.add(hundredths: "fps", report.framesPerSecond)
        values.add("transport", report.transport?.rawValue)
        // A playlist may be looked at again behind the picture; that is no part of the way to it.
        if let last = report.stages.lastIndex(where: { $0.stage == .firstKeyFrame }),
            report.failedStage == nil
        {
            values.add(
                milliseconds: "first_keyframe_ms",
                report.stages[...last].reduce(.zero) { $0 + $1.took }
            )
        }
        if let measure {
            values.add(hundredths: "bitrate_kbps", measure.kilobitsPerSecond)
            values.add("packets_expected", measure.packetsExpected)
            values.add("packets_lost", measure.packetsLost)
            values.add("timestamp_jumps", measure.timestampJumps)
            values.add(milliseconds: "jitter_ms", report.jitter)
            values.add(milliseconds: "keyframe_interval_ms", report.keyFrameInterval)
        }
        if let fault, fault.agoMilliseconds > 0 { values.add("fault_measured_ms_ago", fault.agoMilliseconds) }
        if let isVerified = report.certificateVerified { values.add("certificate_verified", isVerified) }
        values.add("failed_stage", report.failedStage?.rawValue)
        values.add("detail", report.detail)
        for stage in report.stages { stages.add(milliseconds: stage.stage.rawValue, stage.took) }
        values.add("stages", stages)
        return values
    }
}

extension Device {
    /// Where its stream is asked for at that place.
    func streamURL(at hop: Hop) -> String? {
        switch hop {
        case .direct: self.streamURL ?? self.subStreamURL
        case .platform: self.platformURL
        case .recorder, .gateway: nil
        }
    }
}

extension QualityThresholds {
    /// What of a look at a stream that plays is not in order, as far as it was measured; `nil` when nothing is.
    public func cause(of report: MediaReport) -> MediaCause? {
        guard report.verdict == .up else { return nil }
        return self.cause(of: StreamMeasure(report)).flatMap { MediaCause(rawValue: $0.rawValue) }
    }
}

extension StreamMeasure {
    fileprivate init(_ report: MediaReport) {
        self.init(
            kilobitsPerSecond: report.kilobitsPerSecond,
            packetsExpected: report.packetsExpected,
            packetsLost: report.packetsLost,
            timestampJumps: report.timestampJumps
        )
    }
}

extension MediaTarget {
    fileprivate init(
        _ address: String,
        credential: MediaCredential?,
        hints: MediaHints,
        certificates: StreamCertificates.Policy
    ) throws(MediaTargetError) {
        try self.init(address, credential: credential)
        self.hints = hints
        self.certificatePolicy =
            switch certificates {
            case .verify: .mustVerify
            case .reportOnly: .reportOnly
            }
    }
}

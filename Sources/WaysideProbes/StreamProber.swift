public import MediaProbe
public import WaysideCore

/// Asks for a stream until the first whole key frame has come (视频流探测): one session, and then it leaves.
public struct StreamProber: Prober {
    private let media: MediaProber
    private let book: TargetBook
    private let lane: any TaskExecutor
    private let politeness = Politeness()

    /// A prober whose calls block threads of that lane; one thread a stream under way.
    public init(media: MediaProber = MediaProber(), book: TargetBook, lane: any TaskExecutor) {
        (self.media, self.book, self.lane) = (media, book, lane)
    }

    /// Asks once, in the protocol that the address begins with. The credential is the device's own, else the one that
    /// the user part of the stream's address names; where there is neither, the address is taken as it stands. At
    /// another hop than the device itself its own credential has no business.
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
            target = try MediaTarget(url, credential: credential, hints: self.politeness.hints(of: track))
        } catch {
            return .misconfigured(error.description)
        }
        // We leave ourselves before the patrol gives us up.
        let limits = MediaLimits(total: max(order.deadline - .milliseconds(50), .milliseconds(100)))
        let report: MediaReport
        do {
            let cancellation = try MediaCancellation()
            report = await withTaskCancellationHandler {
                await withTaskExecutorPreference(self.lane) {
                    await Self.inspect(self.media, target, limits, cancellation)
                }
            } onCancel: {
                cancellation.cancel()
            }
        } catch {
            return ProbeVerdict(
                outcome: .unknown,
                cause: .selfOverloaded,
                values: #"{"detail":"no descriptor left"}"#
            )
        }
        self.politeness.learn(report.learned, of: track)
        let ruling = self.politeness.judge(VerdictRules.stream(report.verdict), of: track)
        return ProbeVerdict(ruling, took: report.took, values: Self.values(report))
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

    private static func values(_ report: MediaReport) -> ProbeValues {
        var (values, stages) = (ProbeValues(), ProbeValues())
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

extension MediaTarget {
    fileprivate init(_ address: String, credential: MediaCredential?, hints: MediaHints)
        throws(MediaTargetError)
    {
        try self.init(address, credential: credential)
        self.hints = hints
    }
}

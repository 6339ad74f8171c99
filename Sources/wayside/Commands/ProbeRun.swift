internal import ArgumentParser
internal import MediaProbe
internal import WaysideCore
internal import WaysideProbes
internal import WaysideService

/// The streams that one `wayside probe` looks at, round after round (巡看).
struct ProbeRun {
    /// Those of one host, looked at one after the other, because a camera has few sessions.
    private struct Row: Sendable {
        /// Their places among all.
        var places: [Int] = []
        var targets: [MediaTarget] = []
        var courtesy: RunCourtesy

        /// Looks at those that may be asked.
        mutating func look(
            _ prober: MediaProber,
            _ limits: MediaLimits,
            _ cancellation: MediaCancellation,
            since began: ContinuousClock.Instant,
            round: Duration,
            isWatched: Bool,
            _ progress: ProbeProgress
        ) -> [MediaReport] {
            self.targets.indices.map { index in
                defer { progress.step() }
                if let sparing = self.courtesy.sparing(index, round: round) {
                    return .notAsked(
                        self.targets[index],
                        sparing.cause,
                        sparing.words,
                        again: isWatched ? sparing.again : nil
                    )
                }
                var report = prober.inspect(self.targets[index], limits: limits, cancellation: cancellation)
                // As the service judges it, with its usual thresholds.
                if limits.window != nil, let cause = QualityThresholds().cause(of: report) {
                    report.judge(cause)
                }
                self.courtesy.note(index, report.verdict.cause, round: round, now: .now - began)
                self.targets[index].hints.learn(report.learned)
                return report
            }
        }
    }

    /// Hosts looked at side by side.
    private static let lanes = 16

    private let began = ContinuousClock.now
    private let prober: MediaProber
    private let limits: MediaLimits
    private let pace: Duration?
    private var rows: [Row]
    private var record: RunRecord

    /// `pace` is from one round to the next; `nil` when there is one round only.
    init(of targets: [MediaTarget], prober: MediaProber, limits: MediaLimits, pace: Duration?) {
        (self.prober, self.limits, self.pace) = (prober, limits, pace)
        self.record = RunRecord(count: targets.count)
        self.rows = Dictionary(grouping: targets.indices) { place in
            targets[place].scheme == .file ? targets[place].resource : targets[place].host.lowercased()
        }.values.map { places in
            let some = places.map { targets[$0] }
            return Row(places: places, targets: some, courtesy: RunCourtesy(of: some, pace: pace ?? .zero))
        }
    }

    /// A round: looks at all that may be asked, and answers in the order in which they were named. Of a round that was
    /// cut short only what was seen is answered, and of a stream that never was, that it was not.
    /// Pauses are counted from `start`, when the round began, so that they end with a round.
    mutating func look(_ cancellation: MediaCancellation, start: ContinuousClock.Instant) async
        -> [MediaReport]
    {
        let lane = BlockingLane(name: "probe", threadCount: min(Self.lanes, self.rows.count))
        defer { lane.close() }
        let progress = ProbeProgress(of: self.rows.reduce(0) { $0 + $1.places.count })
        defer { progress.clear() }
        let (prober, limits, began, isWatched) = (self.prober, self.limits, self.began, self.pace != nil)
        var looks: [(place: Int, report: MediaReport)] = []
        let rows = self.rows
        self.rows = await withTaskGroup(of: (Row, [MediaReport]).self) { group in
            for row in rows {
                group.addTask(executorPreference: lane) {
                    var row = row
                    let reports = row.look(
                        prober,
                        limits,
                        cancellation,
                        since: began,
                        round: start - began,
                        isWatched: isWatched,
                        progress
                    )
                    return (row, reports)
                }
            }
            var later: [Row] = []
            for await (row, reports) in group {
                looks += zip(row.places, reports).map { (place: $0, report: $1) }
                later.append(row)
            }
            return later
        }
        for look in looks { self.record.take(look.report, of: look.place) }
        let isCut = cancellation.isCancelled
        return looks.sorted { $0.place < $1.place }.filter { look in
            !isCut || RunRecord.isSight(look.report) || !self.record.wasSeen(look.place)
        }.map(\.report)
    }

    /// How the program ends, by the last look at every stream; `nil` for "done".
    var ending: ExitCode? {
        switch self.record.conclusion {
        case .noneDown: nil
        case .someDown: Ending.no
        case .unseen: Ending.ours
        }
    }
}

import WaysideCore
import WaysideWeb

// The health of its devices.
extension MadeUpRoad {
    /// Two switches that were cloned with their configuration; one of them has left the inventory.
    static let defects = ["SW-1", "SW-GONE"].map {
        AgentDefect(
            device: $0,
            kind: .duplicateEngineID,
            detail: "has the same engine ID as 10.20.0.12:161 (SW-2)",
            firstSeenAt: MadeUpRoad.now - 50_000_000,
            lastSeenAt: MadeUpRoad.now - 7_200_000,
            count: 3
        )
    }

    /// A load that follows the day, with an hour and a half in which nobody answered.
    private static let day: [HealthPoint] = (0..<1_440).compactMap { minute in
        guard !(500..<590).contains(minute) else { return nil }
        let noise = Double(minute * 7_919 % 31) / 10
        let daily = 30 * max(0, 1 - abs(Double(minute) - 800) / 500)
        return HealthPoint(
            at: MadeUpRoad.now - 86_400_000 + Int64(minute) * 60_000,
            value: .level(12 + daily + noise)
        )
    }

    static let healthSeries = [
        HealthSeries(
            metric: Metric(name: "cpu.load", unit: "%", kind: .gauge),
            last: HealthPoint(at: MadeUpRoad.now - 30_000, value: .level(41.5))
        ),
        HealthSeries(
            metric: Metric(name: "interface.in_octets", instance: "GE0/0/1", unit: "octets", kind: .counter),
            last: nil
        ),
    ]

    func health(_ question: HealthQuestion) throws -> HealthAnswer? {
        guard self.inventory.device(key: question.device) != nil else { return nil }
        let found = Self.healthSeries.first {
            $0.metric.name == question.name && $0.metric.instance == question.instance
        }
        guard let metric = found?.metric else {
            throw ConsoleProblem(.noSuchThing, "there is no metric \(question.name); the nearest is cpu.load")
        }
        if metric.kind == .gauge, let length = question.everyMilliseconds {
            let buckets = HealthBucket.buckets(of: Self.day, after: nil, kind: .gauge, every: length)
            return HealthAnswer(
                metric: metric,
                from: MadeUpRoad.now - 86_400_000,
                to: MadeUpRoad.now,
                content: .buckets(buckets)
            )
        }
        let points = [.max - 60_000 * 100 / 1_000, .max].map { (count: UInt64) in
            metric.kind == .counter ? HealthPoll.Value.count(count) : .level(41.5)
        }.enumerated().map {
            HealthPoint(at: MadeUpRoad.now - 120_000 + Int64($0.offset) * 60_000, value: $0.element)
        }
        let buckets = question.everyMilliseconds.map {
            HealthBucket.buckets(of: points, after: nil, kind: metric.kind, every: $0)
        }
        return HealthAnswer(
            metric: metric,
            from: question.from ?? MadeUpRoad.now - 86_400_000,
            to: question.to ?? MadeUpRoad.now,
            content: buckets.map { .buckets($0) } ?? .points(points, isCut: false)
        )
    }
}

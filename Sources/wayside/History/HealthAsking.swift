internal import WaysideCore
internal import WaysideFiles
internal import WaysideStore
internal import WaysideWeb

/// Asks the history of one device, and says what there is when what is asked for is not (指标查询).
struct HealthAsking: Sendable {
    let history: HealthHistory
    let device: Device
    let now: Timestamp

    /// There is no such series.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// Single values, or sums of a length.
    func answer(
        _ name: String,
        _ instance: String,
        from: Timestamp,
        to: Timestamp,
        every length: Int64?
    ) async throws -> HealthAnswer {
        if let length {
            let found = try await self.history.buckets(
                self.device.id,
                name,
                instance: instance,
                from: from,
                to: to,
                every: length
            )
            guard let found else { throw try await self.refusal(name, instance) }
            return HealthAnswer(metric: found.metric, from: from, to: to, content: .buckets(found.buckets))
        }
        let found = try await self.history.read(self.device.id, name, instance: instance, from: from, to: to)
        guard let found else { throw try await self.refusal(name, instance) }
        return HealthAnswer(
            metric: found.metric,
            from: from,
            to: to,
            content: .points(found.points, isCut: found.isCut)
        )
    }

    private func refusal(_ name: String, _ instance: String) async throws -> Refusal {
        let series = try await self.history.series(of: self.device.id, now: self.now)
        return Refusal(
            description: Self.words(name, instance, of: self.device.key, having: series.map(\.metric))
        )
    }

    /// Names listed at the most.
    private static let listLimit = 20

    /// What is wrong, the nearest series, and what there is.
    static func words(_ name: String, _ instance: String, of key: String, having metrics: [Metric]) -> String
    {
        let asked = Metric(name: name, instance: instance, unit: "", kind: .gauge).description
        guard !metrics.isEmpty else {
            return "device \(key) has no health history yet; is it asked by SNMP, and since when?"
        }
        let same = metrics.filter { $0.name == name }
        if !same.isEmpty {
            let known = same.map(\.description)
            let nearest = Spelling.nearest(to: asked, among: known) ?? ""
            return "device \(key) has no \(asked); the nearest is \(nearest) (of \(Self.list(known)))"
        }
        let names = Set(metrics.map(\.name)).sorted()
        let nearest = Spelling.nearest(to: name, among: names) ?? ""
        return "device \(key) has no metric \(name); the nearest is \(nearest) (of \(Self.list(names)))"
    }

    private static func list(_ words: [String]) -> String {
        let shown = words.prefix(Self.listLimit)
        let rest = words.count - shown.count
        return Spelling.list(Array(shown)) + (rest > 0 ? ", and \(rest) more" : "")
    }
}

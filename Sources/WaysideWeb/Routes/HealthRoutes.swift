internal import Hummingbird
internal import WaysideCore
internal import WaysideReports

/// A device's health over time.
struct HealthRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("devices/:key/metrics") { request, context in
            let key = try Question(request, context).key("key")
            guard let series = try await self.answered({ try await self.data.healthSeries(key) }) else {
                throw Problem.noSuch("device", key)
            }
            return JSONResponse(
                .object([
                    "device": .string(key),
                    "metrics": .array(
                        series.map { series in
                            .object(
                                JSONText.members(of: series.metric) + [
                                    JSONText.Member("last", series.last.map { .point($0) } ?? .null)
                                ]
                            )
                        }
                    ),
                ])
            )
        }
        group.get("devices/:key/metrics/:name") { request, context in
            let question = try Question(request, context, known: ["every", "from", "instance", "to"])
            let (asked, every) = try Self.question(question)
            guard let answer = try await self.answered({ try await self.data.healthHistory(asked) }) else {
                throw Problem.noSuch("device", asked.device)
            }
            return JSONResponse(Self.json(answer, device: asked.device, every: every))
        }
        group.get("defects") { request, context in
            _ = try Question(request, context)
            let inventory = try await self.data.inventory()
            let defects = try await self.answered { try await self.data.defects() }
            let day = ServiceDay(containing: await self.data.health().at)
            return JSONResponse(
                .object([
                    "defects": .array(
                        defects.compactMap { defect in
                            guard let device = inventory.device(key: defect.device) else { return nil }
                            return .object(
                                [JSONText.Member("device", .place(device, on: day))]
                                    + JSONText.members(of: defect)
                            )
                        }
                    )
                ])
            )
        }
    }

    private func answered<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        do {
            return try await ask()
        } catch let problem as ConsoleProblem {
            throw Problem(problem)
        }
    }

    private static func question(_ question: Question) throws -> (HealthQuestion, every: String) {
        let name = try question.key("name")
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2E
        }
        guard isName, name.utf8.count <= 64 else {
            throw Problem.wrong("name", "a metric's name: 1 to 64 of a-z 0-9 _ .")
        }
        let (from, to) = (try question.instant("from"), try question.instant("to"))
        if let from, let to, from >= to { throw Problem.wrong("to", "after from") }
        let every = try question.word("every", of: ["raw", "5m", "1h"])
        let asked = HealthQuestion(
            device: try question.key("key"),
            name: name,
            instance: try question.text("instance", atMost: 255),
            from: from,
            to: to,
            everyMilliseconds: every == "raw" ? nil : every == "5m" ? 300_000 : 3_600_000
        )
        return (asked, every)
    }

    private static func json(_ answer: HealthAnswer, device: String, every: String) -> JSONText {
        var (points, buckets, isCut): ([JSONText], [JSONText], Bool) = ([], [], false)
        switch answer.content {
        case .points(let values, let cut): (points, isCut) = (values.map { .point($0) }, cut)
        case .buckets(let sums): buckets = sums.map { .bucket($0) }
        }
        return .object(
            [JSONText.Member("device", .string(device))] + JSONText.members(of: answer.metric) + [
                JSONText.Member("every", .string(every)), JSONText.Member("from", .instant(answer.from)),
                JSONText.Member("to", .instant(answer.to)), JSONText.Member("cut", .bool(isCut)),
                JSONText.Member("points", .array(points)), JSONText.Member("buckets", .array(buckets)),
            ]
        )
    }
}

extension JSONText {
    fileprivate static func members(of metric: Metric) -> [Member] {
        [
            Member("name", .string(metric.name)), Member("instance", .string(metric.instance)),
            Member("unit", .string(metric.unit)), Member("kind", .string(metric.kind.rawValue)),
        ]
    }

    fileprivate static func point(_ point: HealthPoint) -> JSONText {
        .object(["at": .instant(point.at), "value": .value(point.value)])
    }

    /// A count in all its digits: JSON has no 64-bit limit, only some of its readers do.
    fileprivate static func value(_ value: HealthPoll.Value) -> JSONText {
        switch value {
        case .count(let count): .verbatim("\(count)")
        case .level(let level): .number(level)
        }
    }

    fileprivate static func bucket(_ bucket: HealthBucket) -> JSONText {
        .object([
            "at": .instant(bucket.start), "count": .integer(Int64(bucket.count)),
            "min": .number(bucket.least),
            "max": .number(bucket.greatest), "avg": .number(bucket.mean), "last": .value(bucket.last),
            "increase": bucket.increase.map { .verbatim("\($0)") } ?? .null,
            "per_second": bucket.perSecond.map { .number($0) } ?? .null,
        ])
    }
}

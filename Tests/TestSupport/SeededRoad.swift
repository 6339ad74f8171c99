public import WaysideCore

/// A small made-up road and one day on it, the same for the same seed (种子路段).
public struct SeededRoad {
    /// Two organizations, a switch or two, and cameras behind them.
    public let inventory: Inventory
    /// Everything that was seen, in order of arrival: late, doubled and reordered on purpose.
    public let observations: [Observation]
    /// Our own faults, found out later.
    public let voids: [VoidRecord]
    /// What was asked for, approved or not.
    public let exemptions: [Exemption]
    /// A rule whose profile and choices vary with the seed.
    public let rule: RateRule
    /// The day in question.
    public let day: ServiceDay

    /// The road of that seed.
    public init(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let day = ServiceDay(number: 20_513 + Int32(seed % 40))
        self.day = day
        let devices = Self.devices(day: day, random: &random)
        self.inventory = Inventory(
            organizations: [
                Organization(key: "P", name: "P", kind: .province, parent: nil),
                Organization(key: "S1", name: "S1", kind: .section, parent: "P"),
                Organization(key: "S2", name: "S2", kind: .section, parent: "P"),
            ],
            devices: devices
        )
        self.rule = Self.rule(random: &random)
        var observations: [Observation] = []
        for device in devices {
            for check in device.checks.sorted() {
                for hop in check.hasHops ? [Hop.direct, .platform] : [.direct]
                where hop == .direct || random.percent(30) {
                    observations += Self.film(
                        device.id,
                        check,
                        hop,
                        rule: self.rule,
                        day: day,
                        random: &random
                    )
                }
            }
        }
        for _ in 0..<3 where !observations.isEmpty { observations.append(random.pick(observations)) }
        observations.shuffle(using: &random)
        self.observations = observations
        self.voids = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            let from = day.start + Int64.random(in: -3_600_000...86_000_000, using: &random)
            return VoidRecord(
                span: Span(from, from + Int64.random(in: 1...7_200_000, using: &random)),
                devices: random.percent(50) ? [devices[0].id, devices[2].id] : nil,
                checks: random.percent(30) ? [.reach] : nil,
                collector: random.percent(30) ? "east" : nil,
                reason: "self_network",
                at: from,
                receivedAt: from + Int64.random(in: 0...90_000_000, using: &random)
            )
        }
        self.exemptions = (0..<Int.random(in: 0...4, using: &random)).map { number in
            Self.exemption(number, devices: devices, day: day, random: &random)
        }
    }

    private static func devices(day: ServiceDay, random: inout SplitMix) -> [Device] {
        func device(_ number: Int64, _ key: String, _ kind: Device.Kind, _ upstreams: [String]) -> Device {
            Device(
                id: DeviceID(number),
                key: key,
                kind: kind,
                name: key,
                assignment: Assignment(organization: number % 2 == 0 ? "S1" : "S2", upstreams: upstreams)
            )
        }
        var devices = [
            device(1, "AGG", .switch, []), device(2, "SW-1", .switch, ["AGG"]),
            device(3, "SW-2", .switch, ["AGG"]),
        ]
        for number in 4...7 {
            let upstreams = random.pick([["SW-1"], ["SW-2"], ["SW-1", "SW-2"], [], ["AGG"]])
            devices.append(device(Int64(number), "CAM-\(number)", .camera, upstreams))
        }
        for index in devices.indices {
            if devices[index].kind == .camera {
                devices[index].checks = random.pick([
                    [.stream], [.stream, .reach], [.reach, .snmp], [.stream, .reach, .snmp],
                ])
            } else {
                devices[index].checks = random.pick([[.reach], [.reach, .snmp], [.snmp], [], [.stream]])
            }
            if random.percent(10) {
                devices[index].commissionedOn = random.pick([day, day.next, day.previous])
            }
            if random.percent(10) { devices[index].retiredOn = random.pick([day, day.next]) }
            if random.percent(10) {
                devices[index].moves = [
                    Move(from: random.pick([day, day.next]), organization: "S1", upstreams: ["AGG"])
                ]
                if devices[index].key == "AGG" { devices[index].moves = [] }
            }
        }
        return devices
    }

    private static func rule(random: inout SplitMix) -> RateRule {
        RateRule(
            id: "seeded",
            version: 1,
            titleZH: "种子",
            titleEN: "Seeded",
            citation: "our own",
            facet: random.percent(50) ? .stream : .reachability,
            method: .timeWeighted,
            status: StatusProfile(
                missesToConfirm: Int.random(in: 1...4, using: &random),
                hitsToRecover: Int.random(in: 1...3, using: &random),
                validForMilliseconds: [
                    .reach: random.pick([2_400_000, 3_600_000]), .snmp: 3_000_000,
                    .stream: random.pick([3_600_000, 7_200_000]),
                ],
                hops: random.percent(50) ? [.direct] : [.direct, .platform]
            ),
            abnormalWeight: random.pick([0, 500, 1_000]),
            unknown: random.pick(RateRule.UnknownTreatment.allCases),
            upstream: random.pick(RateRule.UpstreamTreatment.allCases),
            exemptions: RateRule.Exemptions(
                accept: ["works", "mains"],
                approvedWithinMilliseconds: random.percent(30) ? random.pick([0, 3_600_000]) : nil
            ),
            aggregate: random.pick(RateRule.Aggregation.allCases)
        )
    }

    /// A film that starts the day before and ends the day after, with gaps of exactly the validity, one more and one
    /// less among them.
    private static func film(
        _ device: DeviceID,
        _ check: Check,
        _ hop: Hop,
        rule: RateRule,
        day: ServiceDay,
        random: inout SplitMix
    ) -> [Observation] {
        let validity = rule.status.validity(of: check)
        var result: [Observation] = []
        var at = day.start - Int64.random(in: 0...10_800_000, using: &random)
        var isDown = random.percent(20)
        while at < day.end + 7_200_000 {
            if random.percent(12) { isDown.toggle() }
            let outcome: Outcome =
                random.percent(6)
                ? .unknown
                : random.percent(8)
                    ? (isDown ? .up : .down) : isDown ? .down : random.percent(15) ? .abnormal : .up
            result.append(
                Observation(
                    device: device,
                    check: check,
                    hop: hop,
                    at: at,
                    receivedAt: at
                        + (random.percent(10) ? Int64.random(in: 0...40_000_000, using: &random) : 500),
                    collector: random.percent(10) ? "east" : Observation.centre,
                    outcome: outcome
                )
            )
            let step =
                random.percent(15)
                ? random.pick([validity, validity + 1, validity - 1, validity * 3])
                : Int64.random(in: validity / 6...validity * 2 / 3, using: &random)
            at = random.percent(3) ? at : at + step
        }
        return result
    }

    private static func exemption(
        _ number: Int,
        devices: [Device],
        day: ServiceDay,
        random: inout SplitMix
    ) -> Exemption {
        let from = day.start + Int64.random(in: -7_200_000...86_400_000, using: &random)
        let requested = from - Int64.random(in: -7_200_000...7_200_000, using: &random)
        return Exemption(
            id: "EX-\(number)",
            scope: random.pick([
                .device(random.pick(devices).key), .organization("S1"), .organization("P"),
                .downstream(of: "AGG"),
                .downstream(of: "SW-1"),
            ]),
            facets: random.percent(30) ? [.stream] : nil,
            className: random.pick(["works", "mains", "carrier"]),
            span: Span(from, from + Int64.random(in: 1...20_000_000, using: &random)),
            requestedAt: requested,
            approvedAt: random.percent(80) ? requested + 600_000 : nil,
            revokedAt: random.percent(15) ? requested + 50_000_000 : nil,
            document: "D-\(number)"
        )
    }
}

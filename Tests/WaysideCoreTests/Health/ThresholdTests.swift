import Testing
import WaysideCore

@Suite("Thresholds")
struct ThresholdTests {
    private static let start = Timestamp(milliseconds: 1_772_323_200_000)
    private static let device = DeviceID(7)
    private static let temperature = Metric(name: "temperature", unit: "celsius", kind: .gauge)

    private static func rule(
        _ condition: ThresholdRule.Condition,
        metric: String = "temperature"
    ) -> ThresholdRule {
        ThresholdRule(
            id: "rule",
            reasonZH: "{instance} 为 {value} {unit}",
            reasonEN: "{instance} is {value} {unit}",
            citation: "our own",
            metric: metric,
            condition: condition
        )
    }

    private static func poll(_ minute: Int64, _ readings: [HealthPoll.Reading]) -> HealthPoll {
        HealthPoll(device: Self.device, at: Self.start + minute * 60_000, readings: readings)
    }

    /// A film of temperatures, one a minute; what changed at which minute.
    private func film(_ rule: ThresholdRule, _ values: [Double?]) -> [String] {
        var book = ThresholdBook(rules: [rule])
        return values.enumerated().flatMap { minute, value -> [String] in
            let readings = value.map { [HealthPoll.Reading(Self.temperature, .level($0))] } ?? []
            return book.receive(Self.poll(Int64(minute), readings)).map { "\(minute) \($0.kind.rawValue)" }
        }
    }

    @Test("between the two limits nothing changes; a reading at the limit does not raise")
    func hysteresis() {
        let rule = Self.rule(.above(raise: 75, clear: 70))
        #expect(
            self.film(rule, [60, 75, 75.1, 74, 70.1, 76, 70, 75, 76]) == [
                "2 raised", "6 cleared", "8 raised",
            ]
        )
        let low = Self.rule(.below(raise: 30, clear: 50))
        #expect(self.film(low, [60, 30, 29, 49, 50, 29]) == ["2 raised", "4 cleared", "5 raised"])
    }

    @Test(
        "several polls in a row are needed; one without the series neither breaks nor counts, a long silence breaks"
    )
    func inARow() {
        var rule = Self.rule(.above(raise: 75, clear: 70))
        (rule.pollsToRaise, rule.pollsToClear) = (3, 2)
        #expect(
            self.film(rule, [80, 80, 70, 80, nil, 80, 80, 60, 72, 60, 60]) == ["6 raised", "10 cleared"]
        )
        let silence = [Double?](repeating: nil, count: 20)
        #expect(self.film(rule, [80, 80] + silence + [80, 80, 80]) == ["24 raised"])
        rule.raisingMilliseconds = 300_000
        #expect(self.film(rule, [Double?](repeating: 80, count: 9)) == ["5 raised"])
    }

    @Test("a state is bad by its number, on the instances and devices that the rule names")
    func states() {
        var rule = Self.rule(.states([3, 4]), metric: "disk.*")
        rule.instance = "bay *"
        rule.kinds = [.recorder]
        rule.profiles = ["hikvision-recorder"]
        var book = ThresholdBook(rules: [rule])
        func disk(_ name: String, _ state: Double) -> HealthPoll.Reading {
            .init(Metric(name: "disk.status", instance: name, unit: "", kind: .gauge), .level(state))
        }
        let poll = Self.poll(0, [disk("bay 1", 1), disk("bay 2", 3), disk("usb", 4)])
        #expect(book.receive(poll).isEmpty)
        book.place(
            ThresholdSubject(key: "NVR-1", kind: .recorder, profile: "hikvision-recorder"),
            of: Self.device
        )
        #expect(book.receive(Self.poll(1, poll.readings)).map(\.reason.metric.instance) == ["bay 2"])
        #expect(book.current(Self.device).map(\.textEN) == ["bay 2 is 3 "])
        #expect(book.current(DeviceID(8)).isEmpty)
        #expect(book.receive(Self.poll(2, [disk("bay 2", 1)])).map(\.kind) == [.cleared])
        #expect(book.current(Self.device).isEmpty)
    }

    @Test("an error rate is what was counted between polls, and a reset or too few packets say nothing")
    func errorRate() {
        var rule = Self.rule(.above(raise: 0.1, clear: 0.05), metric: "interface.in_errors")
        rule.measure = .share(of: ["interface.in_packets"], atLeast: 1_000)
        var book = ThresholdBook(rules: [rule])
        func port(_ minute: Int64, _ errors: UInt64, _ packets: UInt64) -> [ThresholdChange] {
            let names = [("interface.in_errors", errors), ("interface.in_packets", packets)]
            return book.receive(
                Self.poll(
                    minute,
                    names.map {
                        .init(
                            Metric(name: $0.0, instance: "GE1", unit: "packets", kind: .counter),
                            .count($0.1)
                        )
                    }
                )
            )
        }
        #expect(port(0, 1_000, 1_000_000).isEmpty)
        #expect(port(1, 1_001, 1_000_500).isEmpty)
        #expect(port(2, 1_003, 1_010_500).isEmpty)
        let raised = port(3, 1_030, 1_020_500)
        #expect(raised.map(\.kind) == [.raised])
        #expect(raised.first?.value == 0.27)
        #expect(port(4, 5, 3_000).isEmpty)
        #expect(port(5, 6, 13_000).map(\.kind) == [.cleared])
    }

    @Test("a share of levels; a rate a second")
    func shareAndRate() {
        var poe = Self.rule(.above(raise: 90, clear: 80), metric: "poe.used_watts")
        poe.measure = .share(of: ["poe.budget_watts"], atLeast: 0)
        var rate = Self.rule(.above(raise: 10, clear: 10), metric: "interface.discards")
        rate.measure = .perSecond
        rate.id = "rate"
        var book = ThresholdBook(rules: [poe, rate])
        func read(_ minute: Int64, _ used: Double, _ discards: UInt64) -> [String] {
            book.receive(
                Self.poll(
                    minute,
                    [
                        .init(
                            Metric(name: "poe.used_watts", instance: "1", unit: "W", kind: .gauge),
                            .level(used)
                        ),
                        .init(Metric(name: "poe.budget_watts", unit: "W", kind: .gauge), .level(370)),
                        .init(
                            Metric(
                                name: "interface.discards",
                                instance: "GE1",
                                unit: "packets",
                                kind: .counter
                            ),
                            .count(discards)
                        ),
                    ]
                )
            ).map { "\($0.reason.rule) \($0.kind.rawValue) \($0.value ?? 0)" }
        }
        #expect(read(0, 100, 50).isEmpty)
        #expect(read(1, 351.5, 50 + 660) == ["rule raised 95.0", "rate raised 11.0"])
        #expect(read(2, 296, 50 + 660) == ["rule cleared 80.0", "rate cleared 0.0"])
    }

    @Test("what is not read for an hour lapses, and an older poll changes nothing")
    func lapse() {
        let rule = Self.rule(.above(raise: 75, clear: 70))
        var book = ThresholdBook(rules: [rule])
        let hot = [HealthPoll.Reading(Self.temperature, .level(80))]
        #expect(book.receive(Self.poll(10, hot)).map(\.kind) == [.raised])
        #expect(book.receive(Self.poll(9, [.init(Self.temperature, .level(20))])).isEmpty)
        #expect(book.receive(Self.poll(70, [])).isEmpty)
        #expect(book.receive(Self.poll(71, [])).map(\.kind) == [.lapsed])
        #expect(book.current(Self.device).isEmpty)
    }

    @Test(
        "a star stands for any letters, also for none",
        arguments: [
            ("*", "", true), ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "ac", true),
            ("a*c", "acd", false),
            ("GE0/0/*", "GE0/0/1", true), ("GE0/0/1", "GE0/0/11", false), ("*x*y", "axbycy", true),
            ("", "a", false),
        ]
    )
    func patterns(pattern: String, text: String, matches: Bool) {
        #expect(ThresholdRule.matches(pattern, text) == matches)
    }
}

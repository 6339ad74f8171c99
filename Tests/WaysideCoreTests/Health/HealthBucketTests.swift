import Testing
import WaysideCore

@Suite("Buckets of health")
struct HealthBucketTests {
    private static let start = Timestamp(milliseconds: 1_772_323_200_000)

    private static func counts(_ values: [UInt64], everySeconds: Int64 = 60) -> [HealthPoint] {
        values.enumerated().map {
            HealthPoint(at: Self.start + Int64($0.offset) * everySeconds * 1_000, value: .count($0.element))
        }
    }

    @Test(
        "a counter rises, wraps at 32 or 64 bits, or begins anew",
        arguments: [
            (5, 9, .increase(4)), (9, 9, .increase(0)), (4_294_967_290, 10, .increase(16)),
            (18_446_744_073_709_551_610, 10, .increase(16)), (1_000_000, 5, .reset),
            (4_294_967_290, 4_000_000_000, .reset),
            (6_000_000_000, 12, .reset), (3_000_000_000, 12, .reset),
        ] as [(UInt64, UInt64, CounterStep)]
    )
    func steps(from: UInt64, to: UInt64, step: CounterStep) {
        #expect(CounterStep(from: from, to: to) == step)
    }

    @Test("rates count the time of known steps only, and are never negative")
    func resets() {
        let points = Self.counts([1_000, 7_000, 13_000, 40, 6_040])
        let buckets = HealthBucket.buckets(of: points, after: nil, kind: .counter, every: 300_000)
        #expect(buckets.map(\.increase) == [18_000])
        #expect(buckets.map(\.countedMilliseconds) == [180_000])
        #expect(buckets.map(\.perSecond) == [100])
        #expect(buckets.map(\.last) == [.count(6_040)])
    }

    @Test("buckets of five minutes join to the same hour as the values themselves", arguments: UInt64(1)...20)
    func joining(seed: UInt64) throws {
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var (at, count): (Int64, UInt64) = (0, 4_294_000_000)
        var points: [HealthPoint] = []
        while at < 7_200_000 {
            points.append(HealthPoint(at: Self.start + at, value: .count(count)))
            at += Int64(next() % 400_000) + 1
            count = next() % 9 == 0 ? next() % 50 : count &+ next() % 1_000
        }
        let before = HealthPoint(at: Self.start - 60_000, value: .count(4_293_999_000))
        let direct = HealthBucket.buckets(of: points, after: before, kind: .counter, every: 3_600_000)
        let joined = HealthBucket.joined(
            HealthBucket.buckets(of: points, after: before, kind: .counter, every: 300_000),
            every: 3_600_000
        )
        #expect(direct.count == 2)
        #expect(joined.map(\.increase) == direct.map(\.increase))
        #expect(joined.map(\.countedMilliseconds) == direct.map(\.countedMilliseconds))
        #expect(joined.map(\.count) == direct.map(\.count))
        #expect(joined.map(\.last) == direct.map(\.last))
        for (one, other) in zip(joined, direct) { #expect(abs(one.mean - other.mean) < 1) }
    }

    @Test("levels have a least, a greatest and a mean, and no rate; empty stretches have no bucket")
    func levels() {
        let points = [0, 1, 2, 12].map {
            HealthPoint(at: Self.start + Int64($0) * 60_000, value: .level(Double($0) * 10))
        }
        let buckets = HealthBucket.buckets(of: points, after: nil, kind: .gauge, every: 300_000)
        #expect(buckets.map(\.start) == [Self.start, Self.start + 600_000])
        #expect(buckets.map(\.least) == [0, 120])
        #expect(buckets.map(\.greatest) == [20, 120])
        #expect(buckets.map(\.mean) == [10, 120])
        #expect(buckets.allSatisfy { $0.increase == nil && $0.perSecond == nil })
    }
}

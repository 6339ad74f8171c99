@testable import MediaProbe

/// A playlist of HLS, and the addresses that are asked for because of it.
struct PlaylistReading: UntrustedReading {
    private let byteCount: Int
    private let list: M3U8?
    private let addresses: [String]

    var understoodCount: Int { (self.list?.segments.count ?? 0) + (self.list?.variants.count ?? 0) }

    /// A segment's line is short, and what is known of it is not.
    static func mostBytesHeld(for count: Int) -> Int { 65_536 + 256 * count }

    init(_ bytes: [UInt8]) {
        self.byteCount = bytes.count
        let list = try? M3U8(bytes)
        self.list = list
        let chosen = list?.chosenVariant.variant
        let pieces = (list?.segments ?? []).flatMap { [$0.piece.address, $0.map?.address].compactMap { $0 } }
        self.addresses = (pieces.suffix(4) + [chosen?.address].compactMap { $0 }).compactMap {
            WebAddress.resolve($0, origin: "http://h:80", resource: "/live/list.m3u8?a=b")
        }
        for address in self.addresses { _ = try? MediaTarget(address) }
    }

    func brokenProperty() -> String? {
        guard let list else { return nil }
        guard list.segments.count <= M3U8.entryLimit, list.variants.count <= M3U8.entryLimit,
            list.segments.count + list.variants.count <= self.byteCount
        else { return "more entries than came" }
        for segment in list.segments {
            guard isSensible(segment.duration) else { return "a segment of \(segment.duration) s" }
            for range in [segment.piece.range, segment.map?.range].compactMap({ $0 })
            where range.lowerBound < 0 {
                return "a range before the beginning"
            }
        }
        if let broken = self.brokenPulse(list) { return broken }
        guard list.targetDuration >= 0, isSensible(Double(list.targetDuration)) else {
            return "a target of nonsense"
        }
        guard list.variants.allSatisfy({ $0.bandwidth >= 0 }) else { return "a negative bandwidth" }
        return nil
    }

    /// What does not hold of the judgement whether it moves.
    private func brokenPulse(_ list: M3U8) -> String? {
        let start = ContinuousClock.now
        var pulse = PlaylistPulse(known: nil)
        pulse.receive(list, unchangedFor: 1, at: start)
        guard pulse.state != .dead else { return "dead at first sight" }
        guard let mark = pulse.mark, !mark.address.contains("?") else { return "a mark with a query" }
        guard let end = pulse.diesAt, end > start, pulse.pause > .zero, pulse.pauseAfterChange >= pulse.pause
        else {
            return "no time to look again"
        }
        pulse.receive(list, unchangedFor: 0, at: end + .seconds(1))
        let isDone = list.hasEnd && !list.hasSlid
        guard pulse.state == (isDone ? .alive : .dead) else { return "not the same at the second sight" }
        return nil
    }
}

import Testing

@testable import MediaProbe

@Suite("Packets into pictures")
struct ReceptionTests {
    private let start = ContinuousClock.now

    /// Sequence numbers as they arrive, 10 ms apart, 900 ticks each.
    private func reception(_ sequences: [Int]) -> RTPReception {
        var reception = RTPReception(clockRate: 90_000)
        for (index, sequence) in sequences.enumerated() {
            _ = reception.receive(
                sequence: UInt16(truncatingIfNeeded: sequence),
                timestamp: UInt32(sequence) &* 900,
                at: self.start + .milliseconds(10 * index)
            )
        }
        return reception
    }

    @Test(
        "lost, late and doubled packets are told apart, over the wrap of the number as well",
        arguments: [
            ([1, 2, 3], 3, 0, 0, 0), ([1, 3], 3, 1, 0, 0), ([1, 3, 2, 4], 4, 0, 1, 0),
            ([1, 2, 2, 3], 3, 0, 0, 1),
            ([65_534, 65_535, 65_536, 65_538], 5, 1, 0, 0), ([65_535, 65_537, 65_536], 3, 0, 1, 0),
            ([10, 9, 11], 2, 0, 0, 0), ([1, 500, 501], 501, 498, 0, 0), ([7], 1, 0, 0, 0),
            ([100, 40_000, 101], 2, 0, 0, 0),
        ]
    )
    func counting(sequences: [Int], expected: Int, lost: Int, late: Int, doubled: Int) {
        let reception = self.reception(sequences)
        #expect(reception.expected == expected)
        #expect(reception.lost == lost)
        #expect(reception.reordered == late)
        #expect(reception.duplicated == doubled)
    }

    @Test("a sender that begins anew is followed, and what was lost before still counts")
    func restart() {
        let reception = self.reception([1, 3, 4, 30_000, 30_001, 30_003])
        #expect(reception.expected == 4 + 3)
        // The first packet after the leap is only believed once the second follows it.
        #expect(reception.lost == 1 + 1)
    }

    @Test("even arrivals have no jitter; uneven ones have that of RFC 3550")
    func jitter() {
        #expect(self.reception(Array(1...50)).jitter == .zero)
        var reception = RTPReception(clockRate: 1_000)
        var oracle = 0.0
        var last = 0.0
        for index in 0..<200 {
            let delay = Double((index * 37) % 11)
            _ = reception.receive(
                sequence: UInt16(index),
                timestamp: UInt32(index * 20),
                at: self.start + .milliseconds(index * 20) + .milliseconds(Int(delay))
            )
            if index > 0 { oracle += (abs(delay - last) - oracle) / 16 }
            last = delay
        }
        #expect(abs(reception.jitter.inSeconds * 1_000 - oracle) < 0.01)
    }

    // MARK: Assembly

    /// Feeds payloads as packets of one picture a list; a nil is a lost packet.
    private func pictures(_ codec: VideoCodec, _ pictures: [[[UInt8]?]], keeps: Bool = true) -> [AccessUnit] {
        var assembly = PictureAssembly(codec: codec, keepsKeyFrames: keeps, byteLimit: 100)
        var result: [AccessUnit] = []
        var isAfterGap = false
        for (index, packets) in pictures.enumerated() {
            for (place, payload) in packets.enumerated() {
                guard let payload else {
                    isAfterGap = true
                    continue
                }
                result += assembly.receive(
                    payload.span.bytes,
                    timestamp: UInt32(index),
                    hasMarker: place == packets.count - 1,
                    isAfterGap: isAfterGap,
                    at: self.start
                )
                isAfterGap = false
            }
        }
        if let last = assembly.flush() { result.append(last) }
        return result
    }

    @Test("H.264 comes single, aggregated and in fragments, and reads the same")
    func h264() {
        let single = self.pictures(.h264, [[[0x67, 1], [0x68, 2], [0x65, 0x88, 3, 4]]])
        let aggregated = self.pictures(.h264, [[[24, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 4, 0x65, 0x88, 3, 4]]])
        let fragments = self.pictures(
            .h264,
            [[[0x67, 1], [0x68, 2], [0x7c, 0x85, 0x88], [0x7c, 0x05, 3], [0x7c, 0x45, 4]]]
        )
        for pictures in [single, aggregated, fragments] {
            #expect(pictures.count == 1)
            #expect(pictures.first?.isKey == true && pictures.first?.isWhole == true)
            #expect(pictures.first?.bytes == [0, 0, 0, 1, 0x65, 0x88, 3, 4])
            #expect(pictures.first?.byteCount == 8)
        }
    }

    @Test("H.265 comes single, aggregated and in fragments, and reads the same")
    func h265() {
        let single = self.pictures(.h265, [[[0x42, 1, 9], [0x26, 1, 0x88, 3, 4]]])
        let aggregated = self.pictures(.h265, [[[0x60, 1, 0, 3, 0x42, 1, 9, 0, 5, 0x26, 1, 0x88, 3, 4]]])
        let fragments = self.pictures(
            .h265,
            [[[0x42, 1, 9], [0x62, 1, 0x93, 0x88], [0x62, 1, 0x13, 3], [0x62, 1, 0x53, 4]]]
        )
        for pictures in [single, aggregated, fragments] {
            #expect(pictures.count == 1)
            #expect(pictures.first?.isKey == true && pictures.first?.isWhole == true)
            #expect(pictures.first?.bytes == [0, 0, 0, 1, 0x26, 1, 0x88, 3, 4])
        }
    }

    @Test("a picture with a hole, without its end or without its beginning is not whole, and the next one is")
    func holes() {
        let whole: [[UInt8]?] = [[0x7c, 0x85, 0x88], [0x7c, 0x05, 3], [0x7c, 0x45, 4]]
        for place in 0..<3 {
            var broken = whole
            broken[place] = nil
            let seen = self.pictures(.h264, [whole, broken, whole])
            // A lost end carries the next picture's mark of a gap with it: that one begins at its beginning.
            #expect(seen.map(\.isWhole) == [true, false, true], "without packet \(place)")
        }
        let joined = self.pictures(.h264, [[[0x65, 0x08, 1]], [[0x41, 0x9a, 1]], [[0x65, 0x88, 1]]])
        #expect(
            joined.map(\.isWhole) == [false, true, true],
            "joined in the middle of a picture of several slices"
        )
    }

    @Test("a mark after a parameter set alone does not end a picture; a missing mark does not hide it")
    func marks() {
        var assembly = PictureAssembly(codec: .h264, keepsKeyFrames: false, byteLimit: 100)
        func feed(_ payload: [UInt8], _ timestamp: UInt32, _ marker: Bool) -> [AccessUnit] {
            assembly.receive(
                payload.span.bytes,
                timestamp: timestamp,
                hasMarker: marker,
                isAfterGap: false,
                at: self.start
            )
        }
        #expect(feed([0x67, 1], 1, true).isEmpty)
        #expect(feed([0x65, 0x88, 1], 1, false).isEmpty)
        var seen = feed([0x41, 0x9a, 1], 2, true)
        #expect(seen.map(\.isKey) == [true])
        #expect(assembly.release(at: self.start + .milliseconds(19)) == nil)
        if let last = assembly.release(at: self.start + .milliseconds(20)) { seen.append(last) }
        #expect(seen.map(\.isKey) == [true, false] && assembly.due == nil)
        #expect(seen.map(\.isWhole) == [true, true])
        #expect(assembly.parameterSets.sequence == [0x67, 1])
    }

    @Test("a mark on every slice makes no pictures of slices", arguments: [VideoCodec.h264, .h265])
    func marksOnSlices(codec: VideoCodec) {
        let isOld = codec == .h264
        var assembly = PictureAssembly(codec: codec, keepsKeyFrames: true, byteLimit: 100)
        var seen: [AccessUnit] = []
        func feed(_ payload: [UInt8], _ timestamp: UInt32, isMarked: Bool = true, isAfterGap: Bool = false) {
            seen += assembly.receive(
                payload.span.bytes,
                timestamp: timestamp,
                hasMarker: isMarked,
                isAfterGap: isAfterGap,
                at: self.start
            )
        }
        func slice(isKey: Bool, isFirst: Bool) -> [UInt8] {
            let header: [UInt8] = isOld ? [isKey ? 0x65 : 0x41] : [isKey ? 0x26 : 0x02, 1]
            return header + [isFirst ? 0x88 : 0x08, 7]
        }
        let parameters: [UInt8] = isOld ? [0x67, 1] : [0x42, 1, 9]
        for timestamp in [UInt32(1), 2, 3] {
            feed(slice(isKey: timestamp == 1, isFirst: true), timestamp)
            // Repeated before a slice, they end nothing.
            feed(parameters, timestamp)
            feed(slice(isKey: timestamp == 1, isFirst: false), timestamp)
            // The last slice in fragments.
            let (begin, end): ([UInt8], [UInt8]) =
                isOld
                ? ([0x7c, timestamp == 1 ? 0x85 : 0x81], [0x7c, timestamp == 1 ? 0x45 : 0x41])
                : ([0x62, 1, timestamp == 1 ? 0x93 : 0x81], [0x62, 1, timestamp == 1 ? 0x53 : 0x41])
            feed(begin + [0x08], timestamp, isMarked: false)
            #expect(assembly.due == nil, "a picture under way waits for its end")
            feed(end + [9], timestamp)
        }
        #expect(seen.map(\.isKey) == [true, false] && seen.map(\.isWhole) == [true, true])
        #expect(seen.first.map { $0.bytes.count(where: { $0 == 0x08 }) } == 2)
        // The next picture comes after a hole that may have held the last slice of this one.
        feed(slice(isKey: false, isFirst: true), 4, isAfterGap: true)
        #expect(seen.map(\.isWhole) == [true, true, false])
        // Time stamps that stand still do not make one picture of all.
        feed(slice(isKey: false, isFirst: true), 4)
        #expect(seen.count == 4)
    }

    @Test("a picture larger than the limit is counted, not kept, and not whole")
    func tooLarge() {
        let large = [0x65, 0x88] + [UInt8](repeating: 1, count: 200)
        let seen = self.pictures(.h264, [[large]])
        #expect(seen.map(\.isWhole) == [false])
        #expect(seen.first?.bytes == [] && seen.first?.byteCount == 202)
    }

    @Test("datagrams that overtake each other make whole pictures; one that never comes costs one picture")
    func reordering() {
        func receive(_ order: [UInt16]) -> RTPReceiver {
            var limits = MediaLimits.availability
            limits.frameByteCount = 10_000
            var receiver = RTPReceiver(
                codec: .h264,
                payloadType: 96,
                clockRate: 90_000,
                isOrdered: false,
                limits: limits
            )
            for sequence in order {
                let place = sequence % 4
                let flags: UInt8 = place == 0 ? 0x85 : place == 3 ? 0x45 : 0x05
                let bytes = packet(
                    sequence: sequence,
                    marker: place == 3,
                    timestamp: UInt32(sequence / 4) * 3_600,
                    payload: [0x7c, flags, 0x88]
                )
                receiver.receive(packet: Array(bytes[4...]).span.bytes, at: self.start)
            }
            receiver.finish()
            return receiver
        }
        let mixed = receive([0, 2, 1, 3, 5, 4, 7, 6])
        #expect(mixed.gauge.pictureCount == 2 && mixed.firstKeyFrame != nil)
        #expect(mixed.reception.lost == 0 && mixed.reception.reordered == 3)
        let lossy = receive([0, 1, 3] + (4..<60).map { $0 })
        #expect(lossy.reception.lost == 1)
        #expect(lossy.firstKeyFrame?.timestamp == 3_600, "the first picture has a hole, the second is whole")
    }

    @Test("a sender report gives the camera's clock, before and after 2036")
    func clockOfCamera() throws {
        var report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 200, 0, 6, 0, 0, 0, 9]
        report += [0xdf, 0x3f, 0x1b, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 7] + [UInt8](repeating: 0, count: 8)
        let read = try #require(senderReport(report))
        #expect(read.unixMilliseconds == (0xdf3f_1b80 - 2_208_988_800) * 1_000 + 500)
        #expect(read.timestamp == 7 && read.source == 9)
        report[16] = 0
        let later = try #require(senderReport(report))
        #expect(later.unixMilliseconds > 2_085_978_496_000)
        #expect(senderReport(Array(report[..<20])) == nil)
    }

    @Test("padding, extension and contributors are taken off a packet; a lie about lengths is refused")
    func header() throws {
        let plain: [UInt8] = [0x80, 0xe0, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4, 9]
        let header = try #require(rtpHeader(plain))
        #expect(
            header.hasMarker && header.payloadType == 96 && header.sequence == 258
                && header.payload == 12..<13
        )
        let full: [UInt8] = [
            0xb1, 0x60, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 1, 1, 2, 3, 4, 9, 0, 2,
        ]
        #expect(rtpHeader(full)?.payload == 24..<25)
        let lies: [[UInt8]] = [
            [0x40] + plain.dropFirst(), Array(plain.prefix(11)), [0x8f] + plain.dropFirst(),
            [0xa0] + plain.dropFirst().dropLast() + [200], [0x90] + plain.dropFirst() + [0, 0xff],
        ]
        for lie in lies {
            #expect(rtpHeader(lie) == nil)
        }
    }

    // MARK: Measures

    @Test("rate, interval and steadiness come from the stream's clock, however the packets were delivered")
    func gauge() {
        var gauge = MediaGauge(clockRate: 90_000)
        for index in 0..<50 {
            var unit = AccessUnit(timestamp: 0xffff_ff00 &+ UInt32(index) * 3_600, arrivedAt: self.start)
            unit.isKey = index % 25 == 0
            unit.byteCount = unit.isKey ? 10_000 + index * 40 : 1_000
            gauge.receive(unit)
        }
        #expect(gauge.framesPerSecond == 25)
        #expect(gauge.keyFrameInterval == .seconds(1))
        #expect(gauge.jumps == 0)
        #expect(gauge.fluctuation?.predicted == 0)
        #expect(gauge.fluctuation?.key.map { abs($0 - 500.0 / 10_500) < 1e-9 } == true)
        #expect(
            gauge.kilobitsPerSecond.map { abs($0 - 8 * (10_000 + 11_000 + 47 * 1_000) / 1_000 / 1.96) < 1e-6 }
                == true
        )
    }

    @Test("a leap of the stream's clock is counted; pictures out of order, stalls and slow cameras are not")
    func jumps() {
        func jumps(_ steps: [(ticks: Int, seconds: Double)]) -> Int {
            var gauge = MediaGauge(clockRate: 90_000)
            var (ticks, now) = (0, self.start)
            for step in steps {
                ticks += step.ticks
                now += .seconds(step.seconds)
                gauge.receive(AccessUnit(timestamp: UInt32(truncatingIfNeeded: ticks), arrivedAt: now))
            }
            return gauge.jumps
        }
        #expect(jumps([(0, 0), (7_200, 0.04), (-3_600, 0.04), (7_200, 0.04)]) == 0)
        #expect(jumps([(0, 0), (3_600, 5), (3_600, 0)]) == 0)
        #expect(jumps([(0, 0), (450_000, 5), (450_000, 5)]) == 0)
        #expect(jumps([(0, 0), (900_000, 0.04), (3_600, 0.04), (-900_000, 0.04)]) == 2)
        // Two seconds a picture, three of them at once, the first three with our asking.
        let burst = [(180_000, 6.0), (180_000, 0), (180_000, 0)]
        #expect(jumps([(0, 0), (180_000, 2)] + burst + burst) == 0)
        #expect(jumps([(0, 0), (180_000, 0), (180_000, 0)] + burst + burst) == 1)
        #expect(jumps([(0, 0), (180_000, 2)] + burst + [(900_000, 0)] + burst) == 2)
    }

    @Test("where time stamps stand still, rate and interval are by arrival, and the report says so")
    func frozen() throws {
        func report(_ step: UInt32, isPaced: Bool = true) throws -> MediaReport {
            var gauge = MediaGauge(clockRate: 90_000, isPaced: isPaced)
            for index in 0..<51 {
                var unit = AccessUnit(
                    timestamp: 7 + UInt32(index) * step,
                    arrivedAt: self.start + .milliseconds(40 * index)
                )
                (unit.isKey, unit.byteCount) = (index % 25 == 0, 100)
                gauge.receive(unit)
            }
            var report = MediaReport(target: try MediaTarget("rtsp://h/"), verdict: .up)
            report.fill(from: gauge)
            return report
        }
        let frozen = try report(0)
        #expect(frozen.framesPerSecond.map { abs($0 - 25) < 1e-6 } == true)
        #expect(frozen.keyFrameInterval.map { abs($0.inSeconds - 1) < 1e-6 } == true)
        #expect(frozen.detail == "the time stamps stand still; rate and interval are by arrival")
        #expect(frozen.verdict == .up && frozen.timestampJumps == 0)
        let moving = try report(3_600)
        #expect(moving.detail == nil && moving.keyFrameInterval == .seconds(1))
        // Of pictures that come when they are taken, arrival says nothing.
        let taken = try report(0, isPaced: false)
        #expect(taken.detail == nil && taken.keyFrameInterval == nil)
    }
}

// A span cannot pass through a macro's own call; these can.

private func senderReport(_ bytes: [UInt8]) -> SenderReport? { SenderReport(compound: bytes.span.bytes) }

private func rtpHeader(_ bytes: [UInt8]) -> RTPHeader? { RTPHeader(bytes.span.bytes) }

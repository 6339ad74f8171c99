import Testing

@testable import MediaProbe

@Suite("Pictures across packets")
struct ElementaryStreamTests {
    private struct Cut: Equatable {
        let bytes: [UInt8]
        let timestamp: UInt32
        let isDamaged: Bool
    }

    private let delimiter: [UInt8] = [0, 0, 0, 1, 9, 0xf0]
    private let sets: [UInt8] = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3]
    private let key: [UInt8] = [0, 0, 1, 0x65, 0x88, 1, 2, 3]
    private let rest: [UInt8] = [0, 0, 1, 0x65, 0x08, 4, 5]
    private let other: [UInt8] = [0, 0, 1, 0x41, 0x9a, 6, 7]

    /// What comes of packets, each with a time, handed over in pieces.
    private func cut(
        _ packets: [(UInt32?, [UInt8])],
        codec: VideoCodec = .h264,
        piece: Int = .max,
        byteLimit: Int = 1_000,
        lossBefore lost: Int? = nil
    ) -> [Cut] {
        let now = ContinuousClock.now
        var stream = ElementaryStream(codec: codec, byteLimit: byteLimit, at: now)
        var seen: [Cut] = []
        func take(_ picture: ElementaryStream.Picture) {
            seen.append(Cut(bytes: picture.bytes, timestamp: picture.timestamp, isDamaged: picture.isDamaged))
        }
        for (index, (timestamp, bytes)) in packets.enumerated() {
            if index == lost { stream.noteLoss() }
            stream.beginPacket(timestamp: timestamp, take)
            let step = min(piece, max(bytes.count, 1))
            for start in stride(from: 0, to: bytes.count, by: step) {
                stream.append(bytes[start..<min(start + step, bytes.count)], at: now, take)
            }
        }
        stream.finish(take)
        return seen
    }

    /// Without the zeros that stand before a start code, of which either side may have one.
    private func trimmed(_ cuts: [Cut]) -> [[UInt8]] {
        cuts.map { Array($0.bytes.drop { $0 == 0 }.reversed().drop { $0 == 0 }.reversed()) }
    }

    @Test(
        "one picture in several packets and several in one are told apart, in pieces of any size",
        arguments: [1, 2, 3, 5, .max]
    )
    func packets(piece: Int) {
        let first = self.delimiter + self.sets + self.key + self.rest
        let cuts = self.cut(
            [
                (100, Array(first.prefix(21))),
                (200, Array(first.dropFirst(21)) + self.delimiter + self.other),
                (300, self.other + self.other), (400, []), (500, self.sets + self.key),
            ],
            piece: piece
        )
        let whole = [first, self.delimiter + self.other, self.other, self.other, self.sets + self.key]
            .map { Cut(bytes: $0, timestamp: 0, isDamaged: false) }
        #expect(self.trimmed(cuts) == self.trimmed(whole))
        #expect(cuts.map(\.timestamp) == [100, 200, 300, 300, 500] && !cuts.contains(where: \.isDamaged))
    }

    @Test("H.265 is cut at its first slices, and what stands before them goes along")
    func highEfficiency() {
        let sets: [UInt8] = [0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x42, 1, 9, 0, 0, 1, 0x44, 1, 9]
        let key: [UInt8] = [0, 0, 1, 0x26, 1, 0x88, 1, 0, 0, 1, 0x26, 1, 0x08, 2]
        let (other, suffix): ([UInt8], [UInt8]) = ([0, 0, 1, 0x02, 1, 0x88, 3], [0, 0, 1, 0x50, 1, 7, 7])
        let cuts = self.cut([(1, sets + key + suffix + other), (2, other + sets + key)], codec: .h265)
        #expect(cuts.map(\.bytes) == [sets + key + suffix, other, other, sets + key])
        #expect(cuts.map(\.timestamp) == [1, 1, 2, 2])
    }

    @Test(
        "a loss damages the picture under way alone, one beyond the limit is left out, and no start code is no picture's end"
    )
    func faults() {
        let lossy = self.cut(
            [(1, self.key), (2, self.rest), (3, self.other), (4, self.other)],
            lossBefore: 1
        )
        #expect(lossy.map(\.isDamaged) == [true, false, false])
        let long = self.key + [UInt8](repeating: 7, count: 500)
        for piece in [1, 184] {
            let cuts = self.cut([(1, long), (2, self.other), (3, self.key)], piece: piece, byteLimit: 100)
            #expect(cuts.map(\.bytes) == [self.other, self.key] && cuts.map(\.timestamp) == [2, 3])
        }
        let noise = [UInt8](repeating: 7, count: 50)
        #expect(self.cut([(1, noise), (2, noise), (3, self.key)]).map(\.bytes) == [noise, noise, self.key])
    }

    @Test("packets of a transport stream that hold a half and one and a half pictures give two whole ones")
    func transportStream() throws {
        let sets: [UInt8] = [0, 0, 0, 1] + smallParameterSet + [0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80]
        let first = sets + [0, 0, 1, 0x65, 0x88] + [UInt8](repeating: 5, count: 60)
        let second = [0, 0, 1, 0x41, 0x9a] + [UInt8](repeating: 6, count: 40)
        let bytes =
            self.packet(0, [0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 1, 2, 3, 4])
            + self.packet(
                0x1000,
                [0, 2, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 1, 2, 3, 4]
            )
            + self.packet(0x100, self.head(3_600) + first.prefix(50), counter: 0)
            + self.packet(0x100, self.head(7_200) + first.dropFirst(50) + second, counter: 1)
        var stream = TransportStream(byteLimit: 1_000)
        var watch = PictureWatch(clockRate: 90_000, isPaced: false, limits: .availability)
        try stream.receive(bytes.span.bytes, into: &watch, at: .now)
        stream.finish(into: &watch)
        #expect(watch.gauge.pictureCount == 2 && watch.gauge.keyCount == 1 && watch.packetCount == 2)
        #expect(watch.hasPicture && watch.firstKeyFrame?.timestamp == 3_600 && watch.gauge.streamSpan == 0.04)
    }

    /// A packet that begins something, filled up by an adaptation field.
    private func packet(_ identifier: Int, _ payload: [UInt8], counter: UInt8 = 0) -> [UInt8] {
        let stuffing = 183 - payload.count
        let field =
            [UInt8(stuffing)] + (stuffing > 0 ? [0] + [UInt8](repeating: 0xff, count: stuffing - 1) : [])
        return [0x47, 0x40 | UInt8(identifier >> 8), UInt8(identifier & 0xff), 0x30 | counter] + field
            + payload
    }

    /// Of a packet of pictures, without its length, shown at a time of 90 kHz below 15 bits.
    private func head(_ time: Int) -> [UInt8] {
        [
            0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, UInt8(time >> 7 & 0xff),
            UInt8(time << 1 & 0xff) | 1,
        ]
    }
}

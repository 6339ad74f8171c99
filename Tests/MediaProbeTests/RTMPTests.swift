import Testing

@testable import MediaProbe

@Suite("RTMP, read and written")
struct RTMPTests {
    /// All messages of the bytes, handed over in pieces of a size.
    private func read(
        _ bytes: [UInt8],
        piece: Int = 1_000,
        byteLimit: Int = 1 << 20
    ) throws(StreamSyntaxError) -> [RTMPMessage] {
        var reader = RTMPChunkReader(byteLimit: byteLimit)
        var messages: [RTMPMessage] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            reader.append(Array(bytes[start..<min(start + piece, bytes.count)]))
            while let message = try reader.next() { messages.append(message) }
        }
        return messages
    }

    private func four(_ word: UInt32) -> [UInt8] { FLVMaker.four(word) }

    @Test(
        "what is written in chunks is read as it was, in pieces of any size",
        arguments: [1, 13, 127, 5_000]
    )
    func roundTrip(piece: Int) throws {
        let body = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let messages = [
            RTMPMessage(kind: 9, timestamp: 1_234, stream: 0x0102_0304, body: body),
            RTMPMessage(kind: 8, timestamp: 1_240, stream: 1, body: []),
            RTMPMessage.command("play", 0, [.null, .text("x")], stream: 1),
        ]
        let bytes = messages[0].chunks(on: 6) + messages[1].chunks(on: 7) + messages[2].chunks(on: 8)
        #expect(try self.read(bytes, piece: piece) == messages)
        #expect(messages[2].values == [.text("play"), .number(0), .null, .text("x")])
    }

    @Test("times are absolute, then steps, then the same step again; chunks of two messages may alternate")
    func times() throws {
        let absolute: [UInt8] = [0x06, 0, 3, 0xe8, 0, 0, 2, 9, 1, 0, 0, 0, 1, 2]
        let step: [UInt8] = [0x46, 0, 0, 40, 0, 0, 1, 9, 3]
        let sameSize: [UInt8] = [0x86, 0, 0, 33, 4]
        let sameStep: [UInt8] = [0xc6, 5]
        let messages = try self.read(absolute + step + sameSize + sameStep)
        #expect(messages.map(\.timestamp) == [1_000, 1_040, 1_073, 1_106])
        #expect(messages.map(\.body) == [[1, 2], [3], [4], [5]])
        let one = RTMPMessage(kind: 9, stream: 1, body: [UInt8](repeating: 1, count: 200)).chunks(on: 6)
        let two = RTMPMessage(kind: 8, stream: 1, body: [UInt8](repeating: 2, count: 150)).chunks(on: 7)
        let mixed = one[..<140] + two[..<140] + one[140...] + two[140...]
        #expect(try self.read(Array(mixed)).map(\.kind) == [9, 8])
    }

    @Test(
        "a time beyond three bytes is extended, whether or not later chunks repeat it",
        arguments: [true, false]
    )
    func extendedTime(repeats: Bool) throws {
        let body = [UInt8](repeating: 7, count: 200)
        let head: [UInt8] = [0x06, 0xff, 0xff, 0xff, 0, 0, 200, 9, 1, 0, 0, 0]
        let time = self.four(0x0123_4567)
        let bytes = head + time + body[..<128] + [0xc6] + (repeats ? time : []) + body[128...]
        let messages = try self.read(bytes)
        #expect(messages.map(\.timestamp) == [0x0123_4567])
        #expect(messages.first?.body == body)
    }

    @Test("chunk streams beyond 63 have longer numbers; sizes and aborts are obeyed")
    func control() throws {
        let far: [UInt8] =
            [0x00, 10, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 1] + [0x01, 1, 2, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 2]
        #expect(try self.read(far).map(\.body) == [[1], [2]])
        let size = RTMPMessage(kind: 1, body: self.four(4)).chunks(on: 2)
        let picture: [UInt8] = [0x06, 0, 0, 0, 0, 0, 6, 9, 1, 0, 0, 0, 1, 2, 3, 4, 0xc6, 5, 6]
        #expect(try self.read(size + picture).last?.body == [1, 2, 3, 4, 5, 6])
        let abort: [UInt8] = [0x02, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0] + self.four(6)
        let again: [UInt8] = [0x06, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 9]
        let messages = try self.read(size + picture.prefix(16) + abort + again)
        #expect(messages.map(\.kind) == [1, 2, 9] && messages.last?.body == [9])
    }

    @Test("a message in chunks of one byte each is moved only when it grows, not with every chunk")
    func tinyChunks() throws {
        let count = 4_096
        var reader = RTMPChunkReader(byteLimit: count)
        reader.append(RTMPMessage(kind: 1, body: self.four(1)).chunks(on: 2))
        #expect(try reader.next()?.kind == 1)
        #expect(try reader.next() == nil)
        var places: [UInt] = []
        for index in 0..<count {
            let head: [UInt8] = index == 0 ? [0x06, 0, 0, 0, 0, 0x10, 0, 9, 1, 0, 0, 0] : [0xc6]
            reader.append(head + [UInt8(truncatingIfNeeded: index)])
            guard index < count - 1 else { break }
            #expect(try reader.next() == nil)
            let place = try #require(reader.bodies[6]).withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            if place != places.last { places.append(place) }
        }
        #expect((2...24).contains(places.count), "moved \(places.count) times")
        let message = try #require(try reader.next())
        #expect(message.body == (0..<count).map { UInt8(truncatingIfNeeded: $0) } && reader.bodies.isEmpty)
    }

    @Test("an aggregate is taken apart, its times shifted to the message's own")
    func aggregate() {
        let tags = FLVMaker.tag(9, at: 1_000, [1]) + FLVMaker.tag(8, at: 1_020, [2, 3])
        var seen: [(UInt8, UInt32, Int)] = []
        RTMPMessage(kind: 22, timestamp: 5_000, body: tags).forEachTag { seen.append(($0, $1, $2.byteCount)) }
        #expect(seen.map(\.0) == [9, 8] && seen.map(\.1) == [5_000, 5_020] && seen.map(\.2) == [1, 2])
        for length in 0..<tags.count {
            RTMPMessage(kind: 22, body: Array(tags.prefix(length))).forEachTag { #expect($2.byteCount <= 2) }
        }
    }

    @Test("what no server may send is refused, and what is under way is bounded")
    func refused() {
        for bytes: [UInt8] in [
            [0x46, 0, 0, 1, 0, 0, 1, 9, 1],  // a step before any message
            [0x06, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0],  // 16 MiB
            RTMPMessage(kind: 1, body: self.four(0)).chunks(on: 2),
            RTMPMessage(kind: 1, body: [1]).chunks(on: 2),
            Array(RTMPMessage(kind: 9, body: [UInt8](repeating: 0, count: 200)).chunks(on: 6).prefix(140))
                + [0x06, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1],  // a message inside a message
            // Too many chunk streams.
            (0..<65).flatMap { [0, UInt8($0), 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1] },
            (0..<40).flatMap {
                [0, UInt8($0), 0, 0, 0, 0, 0x4e, 0x20, 9, 1, 0, 0, 0] + [UInt8](repeating: 0, count: 128)
            },
        ] {
            #expect(throws: StreamSyntaxError.self) { _ = try self.read(bytes, byteLimit: 4_096) }
        }
        var reader = RTMPChunkReader(byteLimit: 4_096)
        reader.append([6])
        #expect(throws: StreamSyntaxError.self) { _ = try reader.takeHandshake() }
    }

    @Test("cut off or damaged, chunks end in messages or an error", arguments: UInt64(0)..<4)
    func damage(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let good =
            RTMPMessage(kind: 1, body: self.four(64)).chunks(on: 2)
            + [0x06, 0xff, 0xff, 0xff, 0, 0, 70, 9, 1, 0, 0, 0] + self.four(0x0100_0000)
            + [UInt8](repeating: 5, count: 64) + [0xc6] + self.four(0x0100_0000) + [1, 2, 3, 4, 5, 6]
            + [0x46, 0, 0, 40, 0, 0, 2, 8, 1, 2]
        for length in 0..<good.count {
            #expect(try self.read(Array(good.prefix(length)), piece: 3).count <= 3)
        }
        for _ in 0..<500 {
            let bytes = random.damaged(good)
            do throws(StreamSyntaxError) {
                let messages = try self.read(bytes, piece: 16, byteLimit: 512)
                #expect(messages.reduce(0) { $0 + $1.body.count } <= bytes.count)
                for message in messages { #expect(message.values.count <= 16) }
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test(
        "the application and the name are told from an address as players do",
        arguments: [
            ("rtmp://h/live/cam1", "live", "cam1", "rtmp://h/live"),
            ("rtmp://u:p@h:1936/live/cam1?token=x", "live", "cam1?token=x", "rtmp://h:1936/live"),
            ("rtmp://h/a/b/c", "a/b", "c", "rtmp://h/a/b"),
            ("rtmp://h/a/b/c/d", "a/b", "c/d", "rtmp://h/a/b"),
            ("rtmp://h/vod/x.MP4", "vod", "mp4:x.MP4", "rtmp://h/vod"),
            ("rtmp://h/live", "live", "", "rtmp://h/live"),
            ("rtmp://h", "", "", "rtmp://h/"),
        ]
    )
    func addresses(text: String, application: String, name: String, applicationAddress: String) throws {
        let address = RTMPAddress(try MediaTarget(text))
        #expect(address.application == application && address.name == name)
        #expect(address.applicationAddress == applicationAddress)
    }
}

import Cryptography
import Testing

@testable import MediaProbe

/// Every parser is fed what was right until it was damaged: none may crash, run on, or grow beyond its
/// bounds. The seed of a failing run is in the test's name.
@Suite("Damaged input")
struct MutationTests {
    /// Inputs a seed.
    private static let count = 500

    @Test("an RTSP stream, cut and damaged, ends in items or an error", arguments: UInt64(0)..<4)
    func inbox(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let good =
            Array("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nabc".utf8) + [
                0x24, 0, 0, 3, 1, 2, 3,
            ]
            + Array("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n".utf8)
        for _ in 0..<Self.count {
            var inbox = RTSPInbox(headByteCount: 256, bodyByteCount: 64)
            inbox.skipsJunk = random.next() % 2 == 0
            let bytes = random.damaged(good)
            var items = 0
            do {
                for byte in bytes {
                    inbox.append([byte])
                    while try inbox.next() != nil { items += 1 }
                }
            } catch {
                #expect(!error.reason.isEmpty)
            }
            #expect(items <= bytes.count)
        }
    }

    @Test("challenges, descriptions, transports and addresses are read or refused", arguments: UInt64(0)..<4)
    func texts(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let challenge = Array(
            "Basic realm=\"a\", Digest realm=\"b\\\"\", nonce=1, qop=\"auth\", algorithm=MD5-sess".utf8
        )
        let description = Array(
            ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=framerate:25\r\na=control:track1\r\n"
                + "a=fmtp:96 sprop-parameter-sets=Z0IACtwUH5A=,aM48gA==\r\n").utf8
        )
        let transport = Array("RTP/AVP/TCP;unicast;interleaved=0-1;server_port=6970-6971".utf8)
        let address = Array("rtsp://user:p%40ss@[::1]:554/path?password=x".utf8)
        let credential = MediaCredential(user: "u", password: "p")
        for _ in 0..<Self.count {
            let header = String(decoding: random.damaged(challenge), as: UTF8.self)
            let challenges = AccessChallenge.parse([header])
            #expect(challenges.count <= 16)
            if var authorization = AccessAuthorization(challenges, credential: credential) {
                let line = authorization.header(method: "PLAY", uri: "rtsp://h/", clientNonce: "00")
                #expect(!line.unicodeScalars.contains("\r") && !line.unicodeScalars.contains("\n"))
            }
            let media = SessionDescription(random.damaged(description)).media
            for section in media {
                let encoding = section.encoding
                #expect(encoding == nil || (encoding?.clockRate ?? 0) > 0)
                _ = section.parameterSets(96)
                let address = RTSPControl.address(section.control, base: "rtsp://h/")
                #expect(!address.unicodeScalars.contains { $0 == " " || $0 == "\r" || $0 == "\n" })
            }
            _ = RTSPTransport(String(decoding: random.damaged(transport), as: UTF8.self))
            if let target = try? MediaTarget(String(decoding: random.damaged(address), as: UTF8.self)) {
                #expect(target.port > 0 && !target.host.isEmpty)
            }
        }
    }

    @Test("packets and reports are read or refused, and memory stays bounded", arguments: UInt64(0)..<4)
    func packets(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let payloads: [VideoCodec: [[UInt8]]] = [
            .h264: [
                [0x67, 1], [24, 0, 2, 0x67, 1, 0, 2, 0x68, 2], [0x7c, 0x85, 0x88], [0x7c, 0x45, 4],
                [0x65, 0x88],
            ],
            .h265: [
                [0x42, 1, 9], [0x60, 1, 0, 3, 0x42, 1, 9], [0x62, 1, 0x93, 0x88], [0x62, 1, 0x53, 4],
                [0x26, 1, 0x88],
            ],
        ]
        let report: [UInt8] = [0x80, 200, 0, 6] + [UInt8](repeating: 0x55, count: 24)
        for (codec, payloads) in payloads {
            var limits = MediaLimits.availability
            limits.keepsKeyFrame = true
            limits.frameByteCount = 64
            var receiver = RTPReceiver(
                codec: codec,
                payloadType: 96,
                clockRate: 90_000,
                isOrdered: seed % 2 == 0,
                limits: limits
            )
            for index in 0..<Self.count {
                let payload = payloads[index % payloads.count]
                let good = packet(
                    sequence: UInt16(truncatingIfNeeded: index),
                    marker: index % 3 == 0,
                    timestamp: UInt32(index / 3 * 3_600),
                    payload: payload
                )
                receiver.receive(packet: random.damaged(Array(good[4...])).span.bytes, at: .now)
                receiver.receive(report: random.damaged(report).span.bytes, wall: 0)
            }
            #expect(receiver.packetCount <= Self.count)
            #expect(receiver.reception.lost <= receiver.reception.expected)
            #expect((receiver.firstKeyFrame?.bytes.count ?? 0) <= 128)
            #expect(receiver.parameterSets.annexB.count <= 3 * 4_100)
        }
    }

    @Test("parameter sets have a sensible size or none", arguments: UInt64(0)..<4)
    func parameterSets(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for (codec, hexadecimal, _) in PictureFormatTests.written {
            let good = try #require(Hexadecimal.bytes(hexadecimal))
            for _ in 0..<Self.count {
                guard let format = PictureFormat(parameterSet: random.damaged(good), codec: codec) else {
                    continue
                }
                #expect((1...16_384).contains(format.width) && (1...16_384).contains(format.height))
                #expect(format.framesPerSecond.map { $0 > 0 && $0 <= 1_000 } ?? true)
            }
        }
    }
}

/// A small generator whose whole state is its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var word = self.state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    /// A copy with a few bytes changed, doubled, taken out or cut off.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert([0, 0xff, 0x0d, 0x24, 0x2c].randomElement(using: &self) ?? 0, at: place)
            case 4: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}

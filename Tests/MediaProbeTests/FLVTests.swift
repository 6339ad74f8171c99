import Foundation
import Testing

@testable import MediaProbe

@Suite("FLV")
struct FLVTests {
    @Test("a stream is read the same in pieces of any size", arguments: [1, 2, 7, 100, .max])
    func pieces(size: Int) throws {
        let watch = try watchedFLV(FLVMaker.small(), piece: size)
        #expect(watch.hasPicture && watch.codec == .h264 && watch.sound == "AAC" && watch.announcedRate == 25)
        #expect(watch.packetCount == 31 && watch.gauge.pictureCount == 30 && watch.gauge.keyCount == 3)
        #expect(abs((watch.gauge.framesPerSecond ?? 0) - 25) < 0.001)
        #expect(watch.gauge.keyFrameInterval == .milliseconds(400))
        #expect(watch.gauge.fluctuation?.predicted == 0 && watch.gauge.jumps == 0)
    }

    @Test("time stamps go on over their 32 bits, and a leap is counted once")
    func timestamps() throws {
        let wrapping = try watchedFLV(FLVMaker.small(from: .max - 200))
        #expect(wrapping.gauge.jumps == 0 && abs((wrapping.gauge.framesPerSecond ?? 0) - 25) < 0.001)
        let second = FLVMaker.small(from: 3_600_000).dropFirst(FLVMaker.header.count)
        let leaping = try watchedFLV(FLVMaker.small() + second)
        #expect(leaping.gauge.jumps == 1)
    }

    @Test(
        "H.265 is read as codec 12 and as hvc1, with its size from the parameter sets",
        arguments: [false, true]
    )
    func highEfficiency(isEnhanced: Bool) throws {
        let units = elementaryUnits(try Clips.bytes("h265.h265"))
        let sets = units.prefix(8).filter { (32...34).contains($0[0] >> 1 & 0x3f) }
        let key = try #require(units.first { (16...21).contains($0[0] >> 1 & 0x3f) })
        let record = FLVMaker.hevcConfiguration(Array(sets))
        let letters = Array("hvc1".utf8)
        let start = (isEnhanced ? [0x90] + letters : [0x1c, 0, 0, 0, 0]) + record
        let picture = FLVMaker.lengthPrefixed([key])
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        let heads: [[UInt8]] =
            isEnhanced
            ? [
                [0x91] + letters + [0, 0, 0], [0x93] + letters,
                // A time stamp's nanoseconds, as a modifier of three bytes, before the packet.
                [0x97, 2, 0, 0, 1, 0x03] + letters,
            ] : [[0x1c, 1, 0, 0, 0]]
        for head in heads {
            let bytes =
                FLVMaker.header + FLVMaker.tag(9, at: 0, start) + FLVMaker.tag(9, at: 0, head + picture)
            let watch = try watchedFLV(bytes, limits: limits)
            var report = MediaReport(target: try MediaTarget("http://h/x.flv"), verdict: .up)
            report.fill(from: watch, limits: limits, hiding: nil)
            #expect(watch.hasPicture)
            #expect(report.codec == "h265" && report.width == 320 && report.height == 240)
            #expect(report.profile == "Main")
            #expect(report.keyFrame?.bytes.count ?? 0 > key.count)
        }
    }

    @Test("the shared recordings in H.265 are read to a key frame, picture by picture")
    func sharedRecordings() throws {
        let folder = RealCamera.folder.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "../shared/data/video/open").standardized
        for name in ["hevc_flv_12.flv", "hevc_flv_enh.flv"] {
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else {
                print("NOT TRIED: \(name) is not at hand beside this folder")
                continue
            }
            let watch = try watchedFLV(Array(try Data(contentsOf: file)))
            #expect(watch.hasPicture && watch.codec == .h265)
            #expect(watch.gauge.pictureCount > 10 && watch.gauge.keyCount >= 1)
        }
    }

    @Test(
        "pictures in another codec are named and not taken for ours",
        arguments: [([UInt8](arrayLiteral: 0x12, 0), "h263"), ([0x90] + Array("av01".utf8), "av01")]
    )
    func otherCodecs(body: [UInt8], name: String) throws {
        let watch = try watchedFLV(FLVMaker.header + FLVMaker.tag(9, at: 0, body))
        #expect(watch.isForeign && watch.foreignCodec == name && !watch.hasPicture)
    }

    @Test("a key frame is whole only when its units add up, begin with the first slice and came to their end")
    func wholeness() throws {
        func hasPicture(_ units: [UInt8]) throws -> Bool {
            let start = FLVMaker.header + FLVMaker.tag(9, at: 0, FLVMaker.avcStart)
            return try watchedFLV(start + FLVMaker.tag(9, at: 0, [0x17, 1, 0, 0, 0] + units)).hasPicture
        }
        #expect(try hasPicture(FLVMaker.lengthPrefixed([FLVMaker.smallKey])))
        #expect(try hasPicture([0, 0, 0, 1] + FLVMaker.smallKey), "start codes that were left in")
        #expect(try !hasPicture([0, 0, 0, 9] + FLVMaker.smallKey))
        #expect(try !hasPicture(FLVMaker.lengthPrefixed([[0x65, 0x08, 1]])), "a later slice of a picture")
        #expect(
            try !hasPicture(FLVMaker.lengthPrefixed([[0x41, 0x88, 1]])),
            "a key frame by the tag's word alone"
        )
        #expect(try !hasPicture([]))
    }

    @Test("a tag of an unknown type is passed over, in pieces of any size", arguments: [1, 7, .max])
    func unknownTags(size: Int) throws {
        let start = FLVMaker.header + FLVMaker.tag(9, at: 0, FLVMaker.avcStart)
        let strange = FLVMaker.tag(3, at: 0, [UInt8](repeating: 9, count: 500)) + FLVMaker.tag(15, at: 0, [])
        let key = FLVMaker.tag(9, at: 0, FLVMaker.avcPicture([FLVMaker.smallKey], isKey: true))
        let watch = try watchedFLV(start + strange + key + strange + key, piece: size)
        #expect(watch.hasPicture && watch.gauge.pictureCount == 2 && watch.packetCount == 3)
    }

    @Test("sound is what came, not what the script promises; one name has every codec")
    func sound() throws {
        let script = FLVMaker.header + FLVMaker.tag(18, at: 0, FLVMaker.script)
        let promised = try watchedFLV(script + FLVMaker.tag(9, at: 0, FLVMaker.avcStart))
        #expect(promised.sound == nil && promised.announcedRate == 25)
        let bodies: [([UInt8], String)] = [
            ([0xaf, 1, 0], "AAC"), ([0x72, 0], "PCMA"), ([0x82, 0], "PCMU"),
            ([0x90] + Array("mp4a".utf8), "AAC"),
            ([0x90] + Array("Opus".utf8), "Opus"), ([0x90] + Array("ac-3".utf8), "AC3"),
        ]
        for (body, name) in bodies {
            #expect(try watchedFLV(script + FLVMaker.tag(8, at: 0, body)).sound == name)
        }
        for (name, common) in [
            ("MPEG4-GENERIC", "AAC"), ("G726-32", "G726"), ("pcm_alaw", "PCMA"), ("X", "X"),
        ] {
            #expect(SoundName.common(name) == common)
        }
    }

    @Test("what is no FLV, encrypted, or too long is refused by name")
    func refused() {
        func reason(_ bytes: [UInt8]) -> String? {
            do throws(StreamSyntaxError) {
                _ = try watchedFLV(bytes)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(Array("FLX".utf8)) == "not FLV")
        #expect(reason(FLVMaker.header + FLVMaker.tag(0x29, at: 0, [0])) == "an encrypted FLV tag")
        #expect(reason(FLVMaker.header + FLVMaker.tag(0x43, at: 0, [0])) == "not an FLV tag")
        let unknown = (0..<65).flatMap { _ in FLVMaker.tag(3, at: 0, [0, 1]) }
        #expect(reason(FLVMaker.header + unknown) == "not an FLV tag")
        #expect(
            reason(FLVMaker.header + [9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]) == "an FLV tag is too long"
        )
        #expect(reason(Array("FLV".utf8) + [1, 5, 0xff, 0, 0, 0, 0]) == "not an FLV header")
    }

    @Test("cut off anywhere, it tells at most what a whole one tells")
    func truncations() throws {
        let bytes = FLVMaker.small()
        let whole = try watchedFLV(bytes)
        for length in 0..<bytes.count {
            let watch = try watchedFLV(Array(bytes.prefix(length)))
            #expect(watch.packetCount <= whole.packetCount)
        }
    }

    @Test("damaged, it ends in pictures or an error", arguments: UInt64(0)..<4)
    func damage(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var limits = MediaLimits.availability
        limits.frameByteCount = 4_096
        limits.keepsKeyFrame = true
        let enhanced =
            FLVMaker.header
            + FLVMaker.tag(
                9,
                at: 0,
                [0x90] + Array("hvc1".utf8) + FLVMaker.hevcConfiguration([[0x42, 1, 1]])
            )
            + FLVMaker.tag(9, at: 0, [0x91] + Array("hvc1".utf8) + [0, 0, 0, 0, 0, 0, 3, 0x26, 1, 0x88])
        for good in [FLVMaker.small(pictures: 3), enhanced] {
            for _ in 0..<400 {
                do throws(StreamSyntaxError) {
                    let watch = try watchedFLV(random.damaged(good), piece: 64, limits: limits)
                    #expect((watch.firstKeyFrame?.bytes.count ?? 0) <= 4_200)
                } catch {
                    #expect(!error.reason.isEmpty)
                }
            }
        }
    }

    @Test("values of scripts and commands are read as they were written, and bounded in depth and number")
    func values() throws {
        let value = AMF0.object([
            .init("a", .number(1.5)), .init("b", .text("x")), .init("c", .boolean(true)), .init("d", .null),
            .init("e", .object([.init("f", .number(-2))])),
        ])
        var reader = AMF0Reader(value.bytes)
        #expect(try reader.next() == value)
        #expect(try reader.next() == nil)
        // Cut behind a member it is an object without its end mark, which some write; else it is refused.
        var refusals = 0
        for length in 1..<value.bytes.count {
            var cut = AMF0Reader(Array(value.bytes.prefix(length)))
            do throws(StreamSyntaxError) {
                #expect(try cut.next()?["a"]?.number ?? 1.5 == 1.5)
            } catch {
                refusals += 1
            }
        }
        #expect(refusals > 20)
        var deep = AMF0Reader((0..<200).flatMap { _ in [3, 0, 1, 0x61] as [UInt8] })
        #expect(throws: StreamSyntaxError.self) { _ = try deep.next() }
        var many = AMF0Reader([10, 0xff, 0xff, 0xff, 0xff] + [UInt8](repeating: 5, count: 5_000))
        #expect(throws: StreamSyntaxError.self) { _ = try many.next() }
        var lenient = AMF0Reader(Array(value.bytes.prefix(20)), isLenient: true)
        #expect(try lenient.next()?["a"] == .number(1.5))
    }
}

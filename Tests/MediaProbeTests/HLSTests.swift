import Foundation
import Testing

@testable import MediaProbe

@Suite("Playlists")
struct PlaylistTests {
    private func list(_ text: String) throws(StreamSyntaxError) -> M3U8 { try M3U8(Array(text.utf8)) }

    @Test("a media playlist is read with numbers, ranges, maps, discontinuities and encryption")
    func media() throws {
        let list = try self.list(
            """
            #EXTM3U\r\n#EXT-X-VERSION:7\r\n#EXT-X-TARGETDURATION:4\r\n#EXT-X-MEDIA-SEQUENCE:17\r\n\
            #EXT-X-MAP:URI="init.mp4",BYTERANGE="700@20"\r\n#EXTINF:3.96,\r\n#EXT-X-BYTERANGE:1000@50\r\na.mp4\r\n\
            #EXTINF:4,title\r\n#EXT-X-BYTERANGE:500\r\na.mp4\r\n\
            #EXT-X-DISCONTINUITY\r\n#EXT-X-KEY:METHOD=AES-128,URI="k,1"\r\n#EXTINF:2\r\nb.mp4\r\n\
            #EXT-X-KEY:METHOD=NONE\r\n#EXTINF:x\r\nc.mp4\r\nstray.mp4\r\n#EXT-X-ENDLIST\r\n
            """
        )
        #expect(list.targetDuration == 4 && list.hasEnd && list.variants.isEmpty)
        #expect(list.segments.map(\.number) == [17, 18, 19, 20])
        let blanks = try self.list(
            "#EXTM3U \n#EXT-X-TARGETDURATION:4\t\n#EXTINF:4,\n a.ts \t\r\n \n#EXT-X-ENDLIST \n"
        )
        #expect(
            blanks.segments.map(\.piece.address) == ["a.ts"] && blanks.targetDuration == 4 && blanks.hasEnd
        )
        #expect(list.segments.map(\.duration) == [3.96, 4, 2, 0])
        #expect(list.segments.map(\.piece.range) == [50..<1_050, 1_050..<1_550, nil, nil])
        #expect(list.segments[0].map == M3U8.Piece(address: "init.mp4", range: 20..<720))
        #expect(list.segments.map(\.isDiscontinuous) == [false, false, true, false])
        #expect(list.segments.map(\.encryption) == [nil, nil, "AES-128", nil])
    }

    @Test(
        "of a master playlist the cheapest variant is chosen whose pictures we read; else the codec is named"
    )
    func master() throws {
        let list = try self.list(
            """
            \u{feff}#EXTM3U
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",URI="sound.m3u8"
            #EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"
            sound.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="av01.0.01M.08"
            av1.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001f, mp4a.40.2",RESOLUTION=1280x720
            high.m3u8
            #EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="hvc1.1.6.L93.B0",NAME="a,b=c"
            low.m3u8
            """
        )
        #expect(list.variants.count == 4 && list.hasSoundRendition)
        #expect(list.chosenVariant.variant?.address == "low.m3u8")
        let other = try self.list(
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"mp4a.40.2,vp09.00\"\nx.m3u8\n"
        )
        #expect(other.chosenVariant.variant == nil && other.chosenVariant.foreign == "vp09.00")
    }

    @Test(
        "what is no playlist, or too much of one, is refused; damage and cuts end in a playlist or an error",
        arguments: UInt64(0)..<4
    )
    func damage(seed: UInt64) throws {
        #expect(throws: StreamSyntaxError.self) { _ = try self.list("<html>") }
        #expect(throws: StreamSyntaxError.self) {
            _ = try self.list("#EXTM3U\n" + String(repeating: "x", count: 9_000))
        }
        let many = String(repeating: "#EXTINF:1,\na\n", count: M3U8.entryLimit + 1)
        #expect(throws: StreamSyntaxError.self) { _ = try self.list("#EXTM3U\n" + many) }
        var random = SplitMix(seed: seed)
        let good = Array(
            "#EXTM3U\n#EXT-X-TARGETDURATION:9223372036854775807\n#EXT-X-MEDIA-SEQUENCE:9223372036854775807\n#EXTINF:1e400,\n#EXT-X-BYTERANGE:9@1099511627776\na\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1\"\nb\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1@2\"\n#EXTINF:2\n#EXT-X-BYTERANGE:5\na\n"
                .utf8
        )
        for length in 7..<good.count { _ = try M3U8(Array(good.prefix(length))) }
        for _ in 0..<300 {
            do throws(StreamSyntaxError) {
                let list = try M3U8(random.damaged(good))
                #expect(list.targetDuration >= 1)
                for segment in list.segments {
                    #expect(segment.duration >= 0 && segment.piece.range?.isEmpty != true)
                }
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("a date of HTTP is read, and only a date")
    func dates() {
        #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(HTTPDate.seconds("Tue, 29 Feb 2000 00:00:00 GMT") == 951_782_400)
        for text in [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 99 Nov 1994 08:49:37 GMT",
        ] {
            #expect(HTTPDate.seconds(text) == nil)
        }
    }

    /// A live playlist whose newest segment has that number, 2 s a segment.
    private func live(_ number: Int) throws -> M3U8 {
        try self.list(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:\(number)\n#EXTINF:2,\ns\(number).ts\n"
        )
    }

    @Test(
        "a playlist is alive once it moved, and dead when it has not for three durations, from probe to probe as well"
    )
    func pulse() throws {
        let start = ContinuousClock.now
        var pulse = PlaylistPulse(known: nil)
        pulse.receive(try self.live(5), unchangedFor: nil, at: start)
        #expect(pulse.state == .undecided && pulse.decidesBy == start + .milliseconds(6_100))
        pulse.receive(try self.live(5), unchangedFor: nil, at: start + .seconds(5))
        #expect(pulse.state == .undecided)
        var moving = pulse
        moving.receive(try self.live(6), unchangedFor: nil, at: start + .seconds(5.5))
        #expect(moving.state == .alive && moving.decidesBy == nil)
        var later = PlaylistPulse(known: pulse.mark)
        later.receive(try self.live(5), unchangedFor: nil, at: start + .seconds(300))
        #expect(later.state == .dead)
        var moved = PlaylistPulse(known: pulse.mark)
        moved.receive(try self.live(150), unchangedFor: nil, at: start + .seconds(300))
        #expect(moved.state == .alive)
        var begunAnew = PlaylistPulse(known: pulse.mark)
        begunAnew.receive(try self.live(0), unchangedFor: nil, at: start + .seconds(300))
        #expect(begunAnew.state == .alive)
        pulse.receive(try self.live(5), unchangedFor: nil, at: start + .seconds(6.1))
        #expect(pulse.state == .dead)
    }

    @Test(
        "the server's word that the playlist changed is believed; that it did not makes half the wait enough"
    )
    func serverClock() throws {
        let start = ContinuousClock.now
        var fresh = PlaylistPulse(known: nil)
        fresh.receive(try self.live(5), unchangedFor: 2, at: start)
        #expect(fresh.state == .alive)
        var old = PlaylistPulse(known: nil)
        old.receive(try self.live(5), unchangedFor: 40, at: start)
        #expect(old.state == .undecided && old.isSuspect)
        old.receive(try self.live(5), unchangedFor: 42, at: start + .seconds(3.1))
        #expect(old.state == .dead)
        var recording = PlaylistPulse(known: nil)
        recording.receive(
            try self.list("#EXTM3U\n#EXTINF:1,\na\n#EXT-X-ENDLIST\n"),
            unchangedFor: 9_999,
            at: start
        )
        #expect(recording.state == .alive && recording.decidesBy == nil)
    }
}

@Suite("Segments")
struct SegmentTests {
    /// All that segments tell, handed over in pieces of a size.
    private func watch(
        _ segments: [[UInt8]],
        piece: Int = 10_000,
        limits: MediaLimits = .availability
    ) throws(StreamSyntaxError) -> PictureWatch {
        var reader = SegmentReader(limits: limits)
        let now = ContinuousClock.now
        for bytes in segments {
            reader.begin(isDiscontinuous: false)
            for start in stride(from: 0, to: bytes.count, by: piece) {
                try reader.receive(Array(bytes[start..<min(start + piece, bytes.count)]).span.bytes, at: now)
            }
            reader.finish()
        }
        return reader.watch
    }

    @Test(
        "ffmpeg's transport streams and MP4 are read to every picture, in pieces of any size",
        arguments: ["h264.ts", "h265.ts", "h264.mp4", "h265.mp4"]
    )
    func wholeFiles(name: String) throws {
        let bytes = try Clips.bytes(name)
        for piece in [187, 4_000, bytes.count] {
            let watch = try self.watch([bytes], piece: piece)
            #expect(watch.hasPicture && watch.codec?.rawValue == String(name.prefix(4)))
            #expect(watch.gauge.pictureCount == 100 && watch.gauge.keyCount == 4)
            #expect(abs((watch.gauge.framesPerSecond ?? 0) - 25) < 0.3, "\(watch.gauge.framesPerSecond ?? 0)")
            #expect(abs((watch.gauge.keyFrameInterval?.inSeconds ?? 0) - 1) < 0.05)
            #expect(watch.gauge.jumps == 0)
        }
        let sound = try self.watch([bytes]).sound
        #expect(sound == (["h264.ts", "h265.mp4"].contains(name) ? "AAC" : nil))
    }

    @Test("sound that a table promises and that does not come is none")
    func promisedSound() throws {
        let stream = try Clips.bytes("h264.ts")
        let packets = stride(from: 0, to: stream.count, by: 188).map {
            stream[$0..<min($0 + 188, stream.count)]
        }
        // Without the packets of the second stream.
        let silent = packets.filter { !($0[$0.startIndex + 1] & 0x1f == 1 && $0[$0.startIndex + 2] == 1) }
        #expect(silent.count < packets.count && silent.count > 20)
        let watch = try self.watch([silent.flatMap { Array($0) }])
        #expect(watch.hasPicture && watch.sound == nil)
        var movie = try Clips.bytes("h265.mp4")
        while let place = movie.firstRange(of: Array("moof".utf8)) {
            movie.replaceSubrange(place, with: Array("free".utf8))
        }
        #expect(try self.watch([movie]).sound == nil)
    }

    @Test("a lost packet leaves its picture damaged, and only that one")
    func lostPacket() throws {
        var bytes = try Clips.bytes("h264.ts")
        let picture = stride(from: 0, to: bytes.count, by: 188).filter {
            bytes[$0 + 1] & 0x1f == 1 && bytes[$0 + 2] == 0 && bytes[$0 + 1] & 0x40 == 0
        }
        let place = try #require(picture.first)
        bytes.removeSubrange(place..<place + 188)
        let watch = try self.watch([bytes])
        #expect(watch.gauge.pictureCount == 100)
        // The first key frame lost a piece; the next one, a second later, is whole.
        #expect(watch.hasPicture && (watch.firstKeyFrame?.timestamp ?? 0) > 90_000)
    }

    @Test("sound alone, and what is neither container, are told apart")
    func others() {
        func reason(_ bytes: [UInt8]) -> String? {
            do throws(StreamSyntaxError) {
                _ = try self.watch([bytes])
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(Array("ID3\u{4}aaaaaaaaa".utf8)) == "a segment of sound alone")
        #expect(reason([0xff, 0xf1, 0, 0, 0, 0, 0, 0, 0]) == "a segment of sound alone")
        #expect(reason(Array("<html><body>".utf8)) == "neither a transport stream nor MP4")
        #expect(reason([0, 0, 0, 4] + Array("ftyp".utf8)) == "not a box of MP4")
        #expect(reason([0x7f, 0xff, 0xff, 0xff] + Array("moov".utf8)) == "a table of MP4 is too long")
        let packet: [UInt8] = [0x47, 0, 0, 0x10] + [UInt8](repeating: 0xff, count: 184)
        #expect(reason(packet + packet + [UInt8](repeating: 0, count: 70_000)) == "not a transport stream")
    }

    @Test(
        "cut off anywhere, or damaged, a segment ends in pictures or an error",
        arguments: ["h264.ts", "h264.mp4"]
    )
    func damage(name: String) throws {
        let whole = try Clips.bytes(name)
        let good = Array(whole.prefix(12_000))
        for length in stride(from: 0, to: good.count, by: 97) {
            #expect(try self.watch([Array(good.prefix(length))]).gauge.pictureCount <= 100)
        }
        var limits = MediaLimits.availability
        limits.keepsKeyFrame = true
        limits.frameByteCount = 20_000
        var random = SplitMix(seed: 11)
        for _ in 0..<150 {
            // The tables at the front are where damage matters most.
            let front = random.damaged(Array(good.prefix(1_500)))
            do throws(StreamSyntaxError) {
                let watch = try self.watch([front + good[1_500...]], limits: limits)
                #expect((watch.firstKeyFrame?.bytes.count ?? 0) <= 21_000)
                #expect(watch.packetCount <= 200)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("a description that lies about its samples reads no picture and takes no memory")
    func lies() throws {
        let bytes = try Clips.bytes("h264.mp4")
        let place = try #require(bytes.firstRange(of: Array("trun".utf8)))
        var lying = bytes
        for index in 0..<8 { lying[place.upperBound + 4 + index] = 0xff }
        #expect(try self.watch([lying]).gauge.pictureCount <= 75)
    }
}

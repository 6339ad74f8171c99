/// Understands the bodies of FLV tags, which are also RTMP's messages: pictures in H.264 (codec 7) and H.265, the latter
/// as codec 12 and as `hvc1` of Enhanced RTMP; sound that came, whatever the script promises; the pictures' rate.
struct FLVMedia {
    private(set) var watch: PictureWatch
    private var configuration: DecoderConfiguration?

    /// Paced are pictures that come when they are taken.
    init(limits: MediaLimits, isPaced: Bool = true) {
        self.watch = PictureWatch(clockRate: 1_000, isPaced: isPaced, limits: limits)
    }

    /// Takes one tag's body, or one message's; what makes no sense is passed over.
    mutating func receive(_ kind: FLVReader.Kind, timestamp: UInt32, _ body: RawSpan, at arrival: Instant) {
        guard body.byteCount > 0 else { return }
        switch kind {
        case .picture: self.receive(picture: body, timestamp: timestamp, at: arrival)
        case .sound: if self.watch.sound == nil { self.watch.announce(sound: FLVSound.name(body)) }
        case .script: self.receive(script: body)
        }
    }

    private mutating func receive(picture body: RawSpan, timestamp: UInt32, at arrival: Instant) {
        guard let packet = FLVPicturePacket(body) else { return }
        switch packet.content {
        case .other: return
        case .foreign(let name):
            self.watch.note(at: arrival)
            self.watch.announce(foreign: name)
        case .configuration(let codec):
            self.watch.note(at: arrival)
            self.watch.announce(codec)
            let record = body.extracting(packet.start..<body.byteCount)
            guard let configuration = DecoderConfiguration(record, codec: codec) else { return }
            self.configuration = configuration
            self.watch.announce(codec, configuration.parameterSets)
        case .units(let codec):
            let size = self.configuration.flatMap { $0.codec == codec ? $0.lengthSize : nil } ?? 4
            self.watch.receive(
                body.extracting(packet.start..<body.byteCount),
                codec: codec,
                framing: .lengths(size),
                timestamp: timestamp,
                at: arrival
            )
        }
    }

    private mutating func receive(script body: RawSpan) {
        // A recording announces every key frame that it has; what is sought stands before them.
        let start = body.extracting(first: 16 << 10).withUnsafeBytes { Array($0) }
        var reader = AMF0Reader(start, isLenient: true)
        // `onMetaData`, which RTMP puts behind `@setDataFrame`, and then what it announces.
        for _ in 0..<3 {
            // A script that makes no sense announces nothing.
            guard let value = try? reader.next() else { return }
            if let rate = value["framerate"]?.number, rate > 0.01, rate <= 1_000 {
                self.watch.announcedRate = rate
            }
        }
    }
}

/// The head of a picture's packet.
struct FLVPicturePacket: Equatable {
    /// What stands behind the head.
    enum Content: Equatable {
        case configuration(VideoCodec)
        case units(VideoCodec)
        /// Pictures in a codec that we do not read, by its name.
        case foreign(String)
        /// The end of a sequence, a command, an announcement.
        case other
    }

    let content: Content
    /// Where the content begins.
    let start: Int

    private init(_ content: Content, at start: Int) { (self.content, self.start) = (content, start) }

    /// Nil when the body is cut off.
    init?(_ body: RawSpan) {
        guard body.byteCount >= 1 else { return nil }
        let first = body.byte(0)
        if first & 0x80 != 0 {
            self.init(enhanced: body)
            return
        }
        let codec: VideoCodec
        switch (first >> 4, first & 0x0f) {
        case (5, _):
            self.init(.other, at: 1)
            return
        case (_, 7): codec = .h264
        case (_, 12): codec = .h265
        case (_, let id):
            self.init(.foreign(Self.name(ofCodec: id)), at: 1)
            return
        }
        // The packet's type, and by how much the picture is shown later than it is decoded.
        guard body.byteCount >= 5 else { return nil }
        switch body.byte(1) {
        case 0: self.init(.configuration(codec), at: 5)
        case 1: self.init(.units(codec), at: 5)
        default: self.init(.other, at: 5)
        }
    }

    /// Enhanced RTMP, version 2: the low bits are the packet's type, four letters name the codec.
    private init?(enhanced body: RawSpan) {
        var type = body.byte(0) & 0x0f
        var place = 1
        // Modifiers stand before the codec, each with its length and the type that comes after it.
        while type == 7 {
            guard place < body.byteCount else { return nil }
            var size = Int(body.byte(place)) + 1
            place += 1
            if size == 256 {
                guard body.byteCount >= place + 2 else { return nil }
                size = Int(body.sixteen(place)) + 1
                place += 2
            }
            guard body.byteCount > place + size else { return nil }
            type = body.byte(place + size) & 0x0f
            place += size + 1
        }
        // A command's frame type; several tracks in one packet come only beside an ordinary first one.
        guard body.byte(0) >> 4 & 7 != 5, type != 6 else {
            self.init(.other, at: place)
            return
        }
        guard body.byteCount >= place + 4 else { return nil }
        let letters = body.extracting(place..<(place + 4)).withUnsafeBytes {
            String(decoding: $0, as: UTF8.self)
        }
        place += 4
        let codec: VideoCodec
        switch letters {
        case "avc1": codec = .h264
        case "hvc1", "hev1": codec = .h265
        default:
            self.init(.foreign(letters), at: place)
            return
        }
        switch type {
        case 0: self.init(.configuration(codec), at: place)
        case 1 where body.byteCount >= place + 3: self.init(.units(codec), at: place + 3)
        case 1: return nil
        case 3: self.init(.units(codec), at: place)
        default: self.init(.other, at: place)
        }
    }

    private static func name(ofCodec id: UInt8) -> String {
        switch id {
        case 1: "jpeg"
        case 2: "h263"
        case 3, 6: "screen"
        case 4, 5: "vp6"
        case 13: "av1"
        case 14: "h266"
        default: "codec \(id)"
        }
    }
}

/// The codecs of sound.
enum FLVSound {
    /// By the first bytes of its tag, of which there is at least one.
    static func name(_ body: RawSpan) -> String {
        let id = body.byte(0) >> 4
        // Enhanced RTMP names it by four letters.
        guard id == 9 else { return self.name(ofCodec: id) }
        guard body.byteCount >= 5 else { return "unknown" }
        return body.extracting(1..<5).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    static func name(ofCodec id: UInt8) -> String {
        switch id {
        case 0, 3: "PCM"
        case 1: "ADPCM"
        case 2, 14: "MP3"
        case 4...6: "Nellymoser"
        case 7: "PCMA"
        case 8: "PCMU"
        case 10: "AAC"
        case 11: "Speex"
        case 13: "Opus"
        default: "codec \(id)"
        }
    }
}

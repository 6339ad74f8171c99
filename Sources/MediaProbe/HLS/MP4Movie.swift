/// What boxes hold, read one by one; what is cut off ends them.
struct MP4Box {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The boxes inside, behind so many bytes of its own; at most 256.
    func boxes(after skipped: Int = 0) -> [(type: String, box: MP4Box)] {
        var boxes: [(type: String, box: MP4Box)] = []
        var rest = self.bytes.dropFirst(skipped)
        while rest.count >= 8, boxes.count < 256 {
            let size = Int(MP4Box(rest).number(at: 0, width: 4) ?? 0)
            guard size >= 8, size <= rest.count else { return boxes }
            let type = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
            boxes.append((type, MP4Box(rest.prefix(size).dropFirst(8))))
            rest = rest.dropFirst(size)
        }
        return boxes
    }

    /// The first box of that type inside.
    func first(_ type: String, after skipped: Int = 0) -> MP4Box? {
        self.boxes(after: skipped).first { $0.type == type }?.box
    }

    /// The box at the end of a path.
    func at(_ path: String...) -> MP4Box? {
        path.reduce(Optional(self)) { box, type in box?.first(type) }
    }

    /// A number in network order; nil beyond the end.
    func number(at place: Int, width: Int) -> UInt64? {
        guard place >= 0, self.bytes.count >= place + width else { return nil }
        let start = self.bytes.startIndex + place
        return self.bytes[start..<(start + width)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// What a `moov` says about the picture's track, and where the samples of a `moof` lie.
struct MP4Movie {
    private(set) var codec: VideoCodec?
    private(set) var foreignCodec: String?
    private(set) var lengthSize = 4
    private(set) var parameterSets: [[UInt8]] = []
    private(set) var sound: String?
    private var soundTrack: UInt64?
    private var track: UInt64 = 0
    private var ticksPerSecond: UInt64 = 90_000
    /// By `trex`: of a sample, when a fragment does not say otherwise.
    private var duration: UInt64 = 0
    private var size: UInt64 = 0

    /// Samples of one fragment, at most.
    private static let sampleLimit = 4_096

    /// Describes nothing.
    init() {}

    init(_ moov: MP4Box) {
        for (type, trak) in moov.boxes() where type == "trak" { self.read(track: trak) }
        for (type, trex) in moov.first("mvex")?.boxes() ?? [] where type == "trex" {
            guard trex.number(at: 4, width: 4) == self.track else { continue }
            self.duration = trex.number(at: 12, width: 4) ?? 0
            self.size = trex.number(at: 16, width: 4) ?? 0
        }
    }

    private mutating func read(track trak: MP4Box) {
        guard let media = trak.first("mdia"), let handler = media.first("hdlr")?.number(at: 8, width: 4),
            let entry = media.at("minf", "stbl", "stsd")?.boxes(after: 8).first
        else { return }
        switch handler {
        case 0x736f_756e:  // soun
            guard self.sound == nil else { return }
            self.sound = entry.type
            self.soundTrack = Self.number(of: trak)
        case 0x7669_6465:  // vide
            guard self.codec == nil else { return }
            let configuration: DecoderConfiguration?
            switch entry.type {
            case "avc1", "avc3": configuration = Self.configuration(of: entry.box, "avcC", .h264)
            case "hvc1", "hev1": configuration = Self.configuration(of: entry.box, "hvcC", .h265)
            default: configuration = nil
            }
            guard let configuration else {
                self.foreignCodec = self.foreignCodec ?? (entry.type == "encv" ? "encrypted" : entry.type)
                return
            }
            self.codec = configuration.codec
            self.lengthSize = configuration.lengthSize
            self.parameterSets = configuration.parameterSets
            self.track = Self.number(of: trak) ?? 0
            // Version 1 has times of eight bytes, here and in a track's head.
            if let header = media.first("mdhd") {
                let ticks = header.number(at: header.bytes.first == 1 ? 20 : 12, width: 4) ?? 0
                self.ticksPerSecond = ticks > 0 ? ticks : 90_000
            }
        default: return
        }
    }

    private static func number(of track: MP4Box) -> UInt64? {
        track.first("tkhd").flatMap { $0.number(at: $0.bytes.first == 1 ? 20 : 12, width: 4) }
    }

    /// Whether a `moof` lists samples of sound.
    func hasSound(_ moof: MP4Box) -> Bool {
        guard let track = self.soundTrack else { return false }
        return moof.boxes().contains { type, traf in
            type == "traf" && traf.first("tfhd")?.number(at: 4, width: 4) == track
                && traf.first("trun")?.number(at: 4, width: 4) ?? 0 > 0
        }
    }

    /// Behind the 78 bytes of every visual sample entry.
    private static func configuration(of entry: MP4Box, _ name: String, _ codec: VideoCodec)
        -> DecoderConfiguration?
    {
        guard let record = entry.first(name, after: 78) else { return nil }
        return DecoderConfiguration(Array(record.bytes).span.bytes, codec: codec)
    }

    /// Where the picture's samples of a `moof` lie, in order, and when they are decoded in ticks of 90 kHz.
    ///
    /// - Parameters:
    ///   - moof: The fragment's table.
    ///   - position: Where it stands in its resource.
    /// - Returns: At most 4 096; what contradicts itself is left out.
    func samples(of moof: MP4Box, at position: Int) -> [(place: Range<Int>, timestamp: UInt32)] {
        var samples: [(place: Range<Int>, timestamp: UInt32)] = []
        for (type, traf) in moof.boxes() where type == "traf" {
            guard let header = traf.first("tfhd"), header.number(at: 4, width: 4) == self.track else {
                continue
            }
            let flags = header.number(at: 0, width: 4) ?? 0
            var (place, start, duration, size) = (8, UInt64(position), self.duration, self.size)
            if flags & 0x1 != 0 {
                start = header.number(at: place, width: 8) ?? 0
                place += 8
            }
            if flags & 0x2 != 0 { place += 4 }
            if flags & 0x8 != 0 {
                duration = header.number(at: place, width: 4) ?? 0
                place += 4
            }
            if flags & 0x10 != 0 { size = header.number(at: place, width: 4) ?? 0 }
            guard start < 1 << 50 else { continue }
            var time: UInt64 = 0
            if let base = traf.first("tfdt") {
                time = base.number(at: 4, width: base.bytes.first == 1 ? 8 : 4) ?? 0
            }
            var next = Int(start)
            for (type, run) in traf.boxes() where type == "trun" {
                self.read(run, from: Int(start), next: &next, time: &time, (duration, size), into: &samples)
            }
        }
        return samples.sorted { $0.place.lowerBound < $1.place.lowerBound }
    }

    private func read(
        _ run: MP4Box,
        from start: Int,
        next: inout Int,
        time: inout UInt64,
        _ usual: (duration: UInt64, size: UInt64),
        into samples: inout [(place: Range<Int>, timestamp: UInt32)]
    ) {
        let flags = run.number(at: 0, width: 4) ?? 0
        guard let count = run.number(at: 4, width: 4) else { return }
        var place = 8
        if flags & 0x1 != 0 {
            let offset = Int32(truncatingIfNeeded: run.number(at: place, width: 4) ?? 0)
            next = start + Int(offset)
            place += 4
        }
        if flags & 0x4 != 0 { place += 4 }
        for _ in 0..<min(count, UInt64(Self.sampleLimit)) where samples.count < Self.sampleLimit {
            var (duration, size) = usual
            if flags & 0x100 != 0 {
                guard let value = run.number(at: place, width: 4) else { return }
                duration = value
                place += 4
            }
            if flags & 0x200 != 0 {
                guard let value = run.number(at: place, width: 4) else { return }
                size = value
                place += 4
            }
            if flags & 0x400 != 0 { place += 4 }
            if flags & 0x800 != 0 { place += 4 }
            guard next >= 0, next < 1 << 51, size > 0 else { return }
            let whole = time / self.ticksPerSecond &* 90_000
            let part = time % self.ticksPerSecond * 90_000 / self.ticksPerSecond
            samples.append((next..<(next + Int(size)), UInt32(truncatingIfNeeded: whole &+ part)))
            next += Int(size)
            time &+= duration
        }
    }
}

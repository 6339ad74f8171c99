internal import CLibAV
internal import Glibc

/// One file as libavformat reads it. Owns the library's objects; reads nothing but the file that it was given: no other
/// file, and nothing over a network, whatever the file refers to.
final class MediaInput {
    /// One packet that was read; its bytes are lent.
    struct Packet {
        let track: Int
        /// In ticks of 90 kHz; when it is shown, or decoded where only that is known. (Some containers keep no time of
        /// decoding, and the library's guess at it is off at the start.)
        let time: Int64?
        let isKey: Bool
        let isDamaged: Bool
    }

    /// The containers in which cameras, recorders and people keep pictures, by the library's names and by ours. No
    /// others are read: some are lists of files or addresses.
    private static let containers = [
        "mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "matroska", "mpegts": "mpegts", "mpeg": "mpegps",
        "avi": "avi", "asf": "asf", "dhav": "dhav", "mxf": "mxf", "ogg": "ogg", "nut": "nut", "ivf": "ivf",
        "h264": "h264", "hevc": "h265", "mpegvideo": "mpegvideo", "m4v": "m4v", "mjpeg": "mjpeg",
    ]
    /// So much of the beginning is looked at to tell the container, in bytes.
    private static let probeByteCount: UInt32 = 1 << 20
    private static let bufferByteCount = 32 << 10
    private static let ticksPerSecond = 90_000.0

    private let doors: libav_doors
    private let library: ContainerLibrary
    private let file: MediaFile
    private var io: UnsafeMutablePointer<AVIOContext>?
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    /// The container's usual name.
    private(set) var container = ""

    /// Finds out what container it is and reads its head.
    init(_ file: MediaFile, _ library: ContainerLibrary) throws(InputFailure) {
        (self.file, self.library, self.doors) = (file, library, library.doors)
        // The file outlives the library's object, which is freed before it is let go.
        let opaque = Unmanaged.passUnretained(file).toOpaque()
        guard let buffer = self.doors.allocate(Self.bufferByteCount) else {
            throw InputFailure("no memory left")
        }
        self.io = self.doors.make_io(
            buffer.assumingMemoryBound(to: UInt8.self),
            Int32(Self.bufferByteCount),
            0,
            opaque,
            readFile,
            nil,
            file.size == nil ? nil : seekFile
        )
        self.packet = self.doors.make_packet()
        guard self.io != nil, self.packet != nil else { throw InputFailure("no memory left") }
        var format: UnsafePointer<AVInputFormat>?
        try self.check(self.doors.probe(self.io, &format, "", nil, 0, Self.probeByteCount))
        let name = format.map { String(cString: $0.pointee.name) } ?? "unknown"
        guard let container = Self.containers[name] else {
            throw InputFailure("it looks like \(name), in which no pictures are sought")
        }
        self.container = container
        self.context = self.doors.make_context()
        guard let context = self.context else { throw InputFailure("no memory left") }
        context.pointee.pb = self.io
        context.pointee.interrupt_callback = AVIOInterruptCB(callback: isFileOver, opaque: opaque)
        context.pointee.io_open = { _, _, _, _, _ in libav_refused() }
        context.pointee.protocol_whitelist = self.doors.copy_text("file")
        context.pointee.format_whitelist = self.doors.copy_text(name)
        // Frees the context, and forgets it, when it fails.
        try self.check(self.doors.open_input(&self.context, "", format, nil))
    }

    deinit {
        self.doors.close_input(&self.context)
        if let io = self.io {
            withUnsafeMutablePointer(to: &io.pointee.buffer) { self.doors.free_pointer($0) }
            self.doors.free_io(&self.io)
        }
        self.doors.free_packet(&self.packet)
    }

    /// Reads the next packet of whatever track and lends it.
    ///
    /// - Returns: False at the end.
    func next(_ body: (Packet, RawSpan) -> Void) throws(InputFailure) -> Bool {
        guard let context = self.context, let packet = self.packet else { return false }
        let status = self.doors.read_packet(context, packet)
        // The file's end and its failures look alike from here.
        if let failure = self.file.failure { throw InputFailure(failure) }
        guard status != libav_end() else { return false }
        try self.check(status)
        defer { self.doors.empty_packet(packet) }
        let facts = packet.pointee
        guard let stream = self.stream(Int(facts.stream_index)) else { return true }
        let time = facts.pts != libav_no_time() ? facts.pts : facts.dts
        let packetFacts = Packet(
            track: Int(facts.stream_index),
            time: Self.ticks(time, of: stream.pointee.time_base),
            isKey: facts.flags & AV_PKT_FLAG_KEY != 0,
            isDamaged: facts.flags & AV_PKT_FLAG_CORRUPT != 0
        )
        let buffer = UnsafeRawBufferPointer(start: facts.data, count: facts.data == nil ? 0 : Int(facts.size))
        body(packetFacts, buffer.bytes)
        return true
    }

    /// Goes to a place of the file; what is read next begins at the first packet behind it.
    func seek(toByte place: Int64) -> Bool {
        guard let context = self.context else { return false }
        return self.doors.seek(context, -1, place, AVSEEK_FLAG_BYTE) >= 0
    }

    // MARK: What the container says

    /// The first track of pictures that is no cover picture, and its number.
    var pictureTrack: (number: Int, track: PictureTrack)? {
        for number in 0..<self.streamCount {
            guard let stream = self.stream(number), let parameters = stream.pointee.codecpar?.pointee,
                parameters.codec_type == AVMEDIA_TYPE_VIDEO, parameters.codec_id != AV_CODEC_ID_PROBE,
                stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
            else { continue }
            return (number, self.track(parameters, rate: stream.pointee.avg_frame_rate))
        }
        return nil
    }

    /// The codec of the first track of sound by its usual name; nil when there is none.
    var sound: String? {
        for number in 0..<self.streamCount {
            guard let parameters = self.stream(number)?.pointee.codecpar?.pointee,
                parameters.codec_type == AVMEDIA_TYPE_AUDIO
            else { continue }
            switch parameters.codec_id {
            case AV_CODEC_ID_AAC: return "AAC"
            case AV_CODEC_ID_PCM_ALAW: return "PCMA"
            case AV_CODEC_ID_PCM_MULAW: return "PCMU"
            case AV_CODEC_ID_MP3: return "MP3"
            case AV_CODEC_ID_OPUS: return "Opus"
            default: return self.name(of: parameters.codec_id)
            }
        }
        return nil
    }

    /// As the head says; nil when it does not.
    var duration: Duration? {
        guard let context = self.context else { return nil }
        var longest = 0.0
        if context.pointee.duration != libav_no_time() {
            longest = Double(context.pointee.duration) / Double(AV_TIME_BASE)
        }
        for number in 0..<self.streamCount {
            guard let stream = self.stream(number)?.pointee,
                let ticks = Self.ticks(stream.duration, of: stream.time_base)
            else { continue }
            longest = max(longest, Double(ticks) / Self.ticksPerSecond)
        }
        return longest > 0 && longest < 1e9 ? .seconds(longest) : nil
    }

    /// Whether the index of that track names places beyond the end of the file.
    func isCutOff(track number: Int) -> Bool {
        guard let size = self.file.size, let stream = self.stream(number) else { return false }
        let count = self.doors.index_count(stream)
        guard count > 0, let last = self.doors.index_entry(stream, count - 1)?.pointee else { return false }
        return last.pos + Int64(last.size) > size
    }

    private var streamCount: Int { Int(self.context?.pointee.nb_streams ?? 0) }

    private func stream(_ number: Int) -> UnsafeMutablePointer<AVStream>? {
        guard number >= 0, number < self.streamCount else { return nil }
        return self.context?.pointee.streams?[number]
    }

    private func track(_ parameters: AVCodecParameters, rate: AVRational) -> PictureTrack {
        let id = parameters.codec_id
        let codec: VideoCodec? =
            switch id {
            case AV_CODEC_ID_H264: .h264
            case AV_CODEC_ID_HEVC: .h265
            default: nil
            }
        var track = PictureTrack(
            codec: codec,
            name: self.name(of: id),
            isDecodable: self.doors.find_decoder(id) != nil
        )
        if let start = parameters.extradata, (1...65_536).contains(parameters.extradata_size) {
            track.configuration = Array(
                UnsafeBufferPointer(start: start, count: Int(parameters.extradata_size))
            )
        }
        if (1...16_384).contains(parameters.width), (1...16_384).contains(parameters.height) {
            track.size = (Int(parameters.width), Int(parameters.height))
        }
        track.profile = self.doors.profile_name(id, parameters.profile).map { String(cString: $0) }
        if rate.num > 0, rate.den > 0 {
            let pictures = Double(rate.num) / Double(rate.den)
            if pictures > 0.01, pictures <= 1_000 { track.rate = pictures }
        }
        return track
    }

    private func name(of codec: AVCodecID) -> String {
        guard codec != AV_CODEC_ID_NONE, let name = self.doors.codec_name(codec) else { return "unknown" }
        return String(cString: name)
    }

    /// Nil for what is no time.
    private static func ticks(_ time: Int64, of base: AVRational) -> Int64? {
        guard time != libav_no_time(), base.num > 0, base.den > 0 else { return nil }
        let ticks = (Double(time) * Double(base.num) / Double(base.den) * self.ticksPerSecond).rounded()
        return abs(ticks) < 1e15 ? Int64(ticks) : nil
    }

    private func check(_ status: Int32) throws(InputFailure) {
        guard status < 0 else { return }
        // The library does not always say that it was interrupted: our own reader knows.
        if let failure = self.file.failure { throw InputFailure(failure) }
        if self.file.isOver { throw InputFailure(TransportFailure.timeout) }
        let name = self.container.isEmpty ? "" : "\(self.container): "
        switch status {
        case libav_invalid() where self.container.isEmpty, libav_end() where self.container.isEmpty:
            throw InputFailure("no container of pictures is recognized in it")
        case libav_invalid(), libav_end():
            throw InputFailure("\(name)damaged, or cut off before what is needed to read it")
        case libav_no_memory(): throw InputFailure("\(name)its tables take more memory than they are given")
        default: throw InputFailure("\(name)\(self.library.words(of: status))")
        }
    }
}

/// Why a file gives no more packets.
struct InputFailure: Error {
    /// What the reading failed of; nil when it is the content.
    var transport: TransportFailure?
    var words = ""

    init(_ failure: TransportFailure) { self.transport = failure }

    init(_ words: String) { self.words = words }
}

/// The library's way to our `MediaFile`.
private func readFile(
    _ opaque: UnsafeMutableRawPointer?,
    _ buffer: UnsafeMutablePointer<UInt8>?,
    _ size: Int32
) -> Int32 {
    guard let opaque, let buffer, size > 0 else { return libav_invalid() }
    let file = Unmanaged<MediaFile>.fromOpaque(opaque).takeUnretainedValue()
    do throws(TransportFailure) {
        let count = try file.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)))
        return count > 0 ? Int32(count) : libav_end()
    } catch {
        // The file keeps why.
        return libav_exit()
    }
}

private func seekFile(_ opaque: UnsafeMutableRawPointer?, _ place: Int64, _ origin: Int32) -> Int64 {
    guard let opaque else { return -1 }
    let file = Unmanaged<MediaFile>.fromOpaque(opaque).takeUnretainedValue()
    if origin & AVSEEK_SIZE != 0 { return file.size ?? -1 }
    return file.seek(to: place, from: origin & ~AVSEEK_FORCE) ?? -1
}

private func isFileOver(_ opaque: UnsafeMutableRawPointer?) -> Int32 {
    guard let opaque else { return 0 }
    return Unmanaged<MediaFile>.fromOpaque(opaque).takeUnretainedValue().isOver ? 1 : 0
}

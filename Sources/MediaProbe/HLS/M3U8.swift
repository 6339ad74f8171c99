/// A playlist of HLS (RFC 8216): which variants there are, or which segments; only what a probe needs.
struct M3U8: Equatable {
    /// One stream of a master playlist.
    struct Variant: Equatable {
        var address: String
        /// In bit/s; 0 when it is not said.
        var bandwidth = 0
        /// By RFC 6381, in lower case; empty when they are not said.
        var codecs: [String] = []
    }

    /// Some bytes of a resource.
    struct Piece: Equatable {
        var address: String
        /// All of it when nil.
        var range: Range<Int>?
    }

    /// One segment of a media playlist.
    struct Segment: Equatable {
        var piece: Piece
        /// In seconds.
        var duration: Double
        /// By the playlist's media sequence.
        var number: Int
        /// What must be read before it (`EXT-X-MAP`).
        var map: Piece?
        /// Whether its time stamps do not go on from the segment before.
        var isDiscontinuous = false
        /// `AES-128` and the like; nil when it is open.
        var encryption: String?
    }

    private(set) var variants: [Variant] = []
    private(set) var segments: [Segment] = []
    /// In seconds, at least 1; a live playlist gets a new segment about as often.
    private(set) var targetDuration = 0
    /// Whether nothing will be added any more.
    private(set) var hasEnd = false
    /// Whether it has let go of segments: a recording keeps its first.
    var hasSlid: Bool { !self.isRecording && (self.segments.first?.number ?? 0) > 1 }
    /// By its own word (`EXT-X-PLAYLIST-TYPE`).
    private var isRecording = false
    /// Whether sound comes beside the variants.
    private(set) var hasSoundRendition = false

    /// Segments, and variants, at most.
    static let entryLimit = 20_000

    /// Whether these are the first bytes of a playlist; nil while there are too few to tell.
    static func recognizes(_ bytes: [UInt8]) -> Bool? {
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        let mark = Array("#EXTM3U".utf8)
        guard bytes.count >= mark.count else { return bytes == Array(mark.prefix(bytes.count)) ? nil : false }
        return bytes.starts(with: mark)
    }

    /// Reads a playlist; a line that makes no sense is passed over.
    ///
    /// - Throws: For what does not begin as a playlist does, or holds too much.
    init(_ bytes: [UInt8]) throws(StreamSyntaxError) {
        guard Self.recognizes(bytes) == true else { throw StreamSyntaxError("not a playlist") }
        var reading = Reading()
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            guard line.count <= 8_192 else { throw StreamSyntaxError("a line of the playlist is too long") }
            // A blank at the end belongs to nothing; in an address it would lead nowhere.
            let cut = line.prefix { $0 != 0 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
            let text = String(decoding: cut.drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)[...]
            guard let first = text.first else { continue }
            if first != "#" {
                try self.take(address: text, &reading)
            } else if text.hasPrefix("#EXT") {
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                self.take(tag: parts[0], parts.count > 1 ? parts[1] : "", &reading)
            }
        }
        if self.targetDuration == 0 {
            let longest = self.segments.reduce(1.0) { max($0, $1.duration) }
            self.targetDuration = Int(longest.rounded(.up))
        }
    }

    /// What tags said about the address that follows them.
    private struct Reading {
        var variant: Variant?
        var duration: Double?
        var number = 0
        var range: (count: Int, start: Int?)?
        var isDiscontinuous = false
        var map: Piece?
        var encryption: String?
        /// Where the last range ended, and in what.
        var last: (address: String, end: Int)?
    }

    private mutating func take(address: Substring, _ reading: inout Reading) throws(StreamSyntaxError) {
        guard self.segments.count < Self.entryLimit, self.variants.count < Self.entryLimit else {
            throw StreamSyntaxError("a playlist of too many entries")
        }
        let address = String(address.prefix(4_096))
        if var variant = reading.variant {
            variant.address = address
            self.variants.append(variant)
            reading.variant = nil
            return
        }
        guard let duration = reading.duration else { return }
        let range = reading.range.flatMap { Self.range($0, of: address, after: reading.last) }
        if let range { reading.last = (address, range.upperBound) }
        self.segments.append(
            Segment(
                piece: Piece(address: address, range: range),
                duration: duration,
                number: reading.number,
                map: reading.map,
                isDiscontinuous: reading.isDiscontinuous,
                encryption: reading.encryption
            )
        )
        reading.number &+= 1
        (reading.duration, reading.range, reading.isDiscontinuous) = (nil, nil, false)
    }

    private mutating func take(tag: Substring, _ value: Substring, _ reading: inout Reading) {
        switch tag {
        case "#EXT-X-STREAM-INF":
            let attributes = Self.attributes(value)
            let codecs = attributes["CODECS"]?.lowercased().split(separator: ",") ?? []
            reading.variant = Variant(
                address: "",
                bandwidth: attributes["BANDWIDTH"].flatMap { Int($0) }.map { max(0, $0) } ?? 0,
                codecs: codecs.prefix(16).map { String($0.filter { $0 != " " }) }
            )
        case "#EXT-X-MEDIA":
            let attributes = Self.attributes(value)
            if attributes["TYPE"] == "AUDIO", attributes["URI"] != nil { self.hasSoundRendition = true }
        case "#EXT-X-TARGETDURATION":
            if let seconds = Int(value), (1...86_400).contains(seconds) { self.targetDuration = seconds }
        case "#EXT-X-MEDIA-SEQUENCE": if let number = Int(value), number >= 0 { reading.number = number }
        case "#EXTINF":
            let seconds = Double(value.prefix { $0 != "," }.filter { $0 != " " }) ?? 0
            reading.duration = seconds.isFinite && (0...86_400).contains(seconds) ? seconds : 0
        case "#EXT-X-BYTERANGE": reading.range = Self.range(value)
        case "#EXT-X-DISCONTINUITY": reading.isDiscontinuous = true
        case "#EXT-X-MAP":
            let attributes = Self.attributes(value)
            guard let address = attributes["URI"] else { return }
            let range = attributes["BYTERANGE"].flatMap { Self.range($0[...]) }
                .flatMap { Self.range(($0.count, $0.start ?? 0), of: address, after: nil) }
            reading.map = Piece(address: address, range: range)
        case "#EXT-X-KEY":
            let method = Self.attributes(value)["METHOD"] ?? "NONE"
            reading.encryption = method == "NONE" ? nil : String(method.prefix(32))
        case "#EXT-X-PLAYLIST-TYPE": self.isRecording = value == "VOD"
        case "#EXT-X-ENDLIST": self.hasEnd = true
        default: return
        }
    }

    /// `count@start`, the latter may be missing.
    private static func range(_ text: Substring) -> (count: Int, start: Int?)? {
        let parts = text.split(separator: "@", maxSplits: 1)
        guard let count = parts.first.flatMap({ Int($0) }), (1...1 << 40).contains(count) else { return nil }
        guard parts.count > 1 else { return (count, nil) }
        guard let start = Int(parts[1]), (0...1 << 40).contains(start) else { return nil }
        return (count, start)
    }

    /// A range without a start goes on behind the one before it in the same resource.
    private static func range(
        _ range: (count: Int, start: Int?),
        of address: String,
        after last: (address: String, end: Int)?
    ) -> Range<Int>? {
        let start = range.start ?? last.flatMap { $0.address == address ? $0.end : nil } ?? 0
        guard start <= 1 << 50 else { return nil }
        return start..<(start + range.count)
    }

    /// `NAME=value,NAME="value"` (RFC 8216, 4.2); at most 64.
    private static func attributes(_ text: Substring) -> [String: String] {
        var attributes: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "="), attributes.count < 64 {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }
            rest = rest[rest.index(after: equals)...]
            if rest.first == "\"" {
                rest = rest.dropFirst()
                let value = rest.prefix { $0 != "\"" }
                attributes[name] = String(value)
                rest = rest[value.endIndex...].dropFirst()
            } else {
                let value = rest.prefix { $0 != "," }
                attributes[name] = String(value)
                rest = rest[value.endIndex...]
            }
        }
        return attributes
    }
}

extension M3U8 {
    /// The cheapest variant whose pictures we read; nil when there is none, and then what its codecs are called.
    var chosenVariant: (variant: Variant?, foreign: String?) {
        func isOurs(_ codec: String) -> Bool { ["avc", "hvc", "hev"].contains { codec.hasPrefix($0) } }
        func isSound(_ codec: String) -> Bool {
            ["mp4a", "ac-", "ec-", "opus", "flac", "mp3", "alac"].contains { codec.hasPrefix($0) }
        }
        let readable = self.variants.filter { $0.codecs.isEmpty || $0.codecs.contains(where: isOurs) }
        if let best = readable.min(by: { $0.bandwidth < $1.bandwidth }) { return (best, nil) }
        return (nil, self.variants.lazy.flatMap(\.codecs).first { !isSound($0) })
    }
}

/// The part of a visit over HTTP that follows playlists: down to the segments, through them to a picture, and back to
/// the playlist to see whether it moves.
final class HLSProbe {
    private let visit: MediaVisit
    private let client: HTTPClient
    private var reader: SegmentReader
    private var pulse: PlaylistPulse
    private var hasPackets = false
    /// Whether sound comes in playlists of its own, which nobody asks for.
    private(set) var hasUnseenSound = false
    /// When the playlist came last.
    private var lookedAt = Instant.now
    /// The number of the last segment that was read, or given up, in a window.
    private var lastNumber = 0
    /// What was read before the segments (`EXT-X-MAP`).
    private var map: M3U8.Piece?

    /// Levels of playlists: a master and a media playlist, and one to spare.
    private static let depthLimit = 3
    /// Segments that are tried for a key frame.
    private static let tryLimit = 3
    /// Segments of one window.
    private static let windowLimit = 16

    private static let ended = "the playlist was live and has ended"

    init(_ visit: MediaVisit, client: HTTPClient, hints: MediaHints) {
        self.visit = visit
        self.client = client
        self.reader = SegmentReader(limits: visit.limits)
        self.pulse = PlaylistPulse(known: hints.playlist)
    }

    var watch: PictureWatch { self.reader.watch }
    /// What the next probe should know of the playlist.
    var mark: PlaylistMark? { self.pulse.mark }

    /// Goes on from the first playlist.
    ///
    /// - Parameters:
    ///   - bytes: The playlist.
    ///   - answer: The head of the answer that it came with.
    /// - Throws: Why there is no picture, or that the playlist stands still.
    func run(_ bytes: [UInt8], _ answer: ServerAnswer) throws(ProbeFailure) {
        var (list, answer) = (try self.parse(bytes), answer)
        var depth = 1
        while !list.variants.isEmpty {
            depth += 1
            guard depth <= Self.depthLimit else {
                throw ProbeFailure(cause: .protocolError, detail: "playlists without end")
            }
            let variant = try self.choose(from: list)
            (list, answer) = try self.fetchPlaylist(
                try self.target(of: variant.address, in: self.client.place)
            )
        }
        let place = self.client.place
        try self.judge(list, answer)
        do throws(ProbeFailure) {
            try self.readSegments(of: list, at: place)
            try self.stay(with: list, at: place)
        } catch {
            // Segments that are gone are the smaller finding when the playlist itself was left behind.
            if self.pulse.isSuspect, error.cause != .collectorGap { try self.seeItMove(place) }
            throw error
        }
        try self.seeItMove(place)
    }

    // MARK: Playlists

    private func parse(_ bytes: [UInt8]) throws(ProbeFailure) -> M3U8 {
        do throws(StreamSyntaxError) {
            return try M3U8(bytes)
        } catch {
            throw ProbeFailure(cause: .protocolError, detail: error.reason, stage: .playlist)
        }
    }

    private func choose(from list: M3U8) throws(ProbeFailure) -> M3U8.Variant {
        let (variant, foreign) = list.chosenVariant
        if let variant {
            self.hasUnseenSound = list.hasSoundRendition
            return variant
        }
        if let foreign {
            let detail = "the picture is \(foreign)"
            throw ProbeFailure(cause: .unsupportedCodec, detail: detail, stage: .playlist)
        }
        throw ProbeFailure(cause: .noMedia, detail: "no variant holds pictures", stage: .playlist)
    }

    private func target(of reference: String, in place: MediaTarget) throws(ProbeFailure) -> MediaTarget {
        guard let target = self.client.target(of: reference, in: place) else {
            throw ProbeFailure(cause: .protocolError, detail: "the playlist leads nowhere", stage: .playlist)
        }
        return target
    }

    private func fetchPlaylist(_ target: MediaTarget) throws(ProbeFailure) -> (M3U8, ServerAnswer) {
        let answer = try self.client.get(target, stage: .playlist)
        let end = self.visit.end(of: self.visit.limits.answer)
        return (try self.parse(try self.client.readPlaylist(until: end)), answer)
    }

    private func judge(_ list: M3U8, _ answer: ServerAnswer) throws(ProbeFailure) {
        self.lookedAt = .now
        self.pulse.receive(list, unchangedFor: HTTPDate.age(of: answer), at: self.lookedAt)
        guard self.pulse.state == .dead else { return }
        let seconds = self.pulse.targetDuration
        let detail =
            list.hasEnd
            ? Self.ended
            : "no new segment for more than three durations of \(seconds) s"
        throw ProbeFailure(cause: .stalePlaylist, detail: detail, stage: .playlist)
    }

    /// Looks again until the playlist has moved or is dead, where the time allows to tell; else the next probe will,
    /// which is told what was the newest segment.
    private func seeItMove(_ place: MediaTarget) throws(ProbeFailure) {
        while let decision = self.pulse.decidesBy, decision <= self.visit.end(of: .seconds(3_600)) {
            self.visit.log.begin(.playlist, at: .now)
            let next = min(.now + self.pulse.pause, max(decision, .now))
            try self.visit.attempt { () throws(TransportFailure) in try self.visit.waiting.pause(until: next)
            }
            let (list, answer) = try self.fetchPlaylist(place)
            try self.judge(list, answer)
        }
    }

    // MARK: Segments

    private func readSegments(of list: M3U8, at place: MediaTarget) throws(ProbeFailure) {
        guard !list.segments.isEmpty else {
            throw ProbeFailure(cause: .noMedia, detail: "the playlist holds no segment", stage: .playlist)
        }
        var (failure, hasRead): (ProbeFailure?, Bool) = (nil, false)
        for segment in self.plan(list) {
            do throws(ProbeFailure) {
                try self.read(segment, at: place)
                (hasRead, self.lastNumber) = (true, segment.number)
            } catch {
                // With a picture in hand a segment that fails only shortens the window. Without one another may be
                // there: the newest is not yet at every edge of a network that delivers it.
                guard self.watch.hasPicture || error.cause.leavesOtherSegments, error.cause != .collectorGap
                else { throw error }
                if self.watch.hasPicture { break }
                failure = error
            }
            if self.isEnough { break }
        }
        if self.watch.isForeign {
            let detail = "the picture is \(self.watch.foreignCodec ?? "unknown")"
            throw ProbeFailure(cause: .unsupportedCodec, detail: detail)
        }
        guard !self.watch.hasPicture else {
            self.noteKeyFrame()
            return
        }
        if let failure, !hasRead { throw failure }
        throw self.watch.packetCount == 0
            ? ProbeFailure(cause: .noMedia, detail: "the segments hold no picture")
            : ProbeFailure(cause: .noKeyFrame, detail: "no whole key frame in the segments")
    }

    private var isEnough: Bool {
        guard self.watch.hasPicture else { return false }
        guard let window = self.visit.limits.window else { return true }
        // The last picture is shown as long as the others are.
        let gauge = self.watch.gauge
        return gauge.streamSpan + (gauge.frameSpacing?.inSeconds ?? 0) >= window.inSeconds
    }

    /// The newest segment of a live playlist, or the first of a recording, and some more in case it has no key frame;
    /// for a window so many in a row that they last as long.
    private func plan(_ list: M3U8) -> [M3U8.Segment] {
        guard let window = self.visit.limits.window else {
            return list.hasEnd
                ? Array(list.segments.prefix(Self.tryLimit))
                : Array(list.segments.suffix(Self.tryLimit).reversed())
        }
        if list.hasEnd { return Array(list.segments.prefix(Self.windowLimit)) }
        var (count, duration) = (0, 0.0)
        for segment in list.segments.reversed() where duration < window.inSeconds && count < Self.windowLimit
        {
            count += 1
            duration += segment.duration
        }
        return Array(list.segments.suffix(count))
    }

    private func read(_ segment: M3U8.Segment, at place: MediaTarget) throws(ProbeFailure) {
        if let encryption = segment.encryption {
            let detail = "the segments are encrypted (\(encryption))"
            throw ProbeFailure(cause: .unsupportedCodec, detail: detail, stage: .playlist)
        }
        if let needed = segment.map, needed != self.map {
            self.reader.begin(isDiscontinuous: false)
            try self.read(needed, at: place)
            self.map = needed
        }
        self.reader.begin(isDiscontinuous: segment.isDiscontinuous)
        try self.read(segment.piece, at: place)
    }

    // MARK: Staying

    /// Goes on with the segments of a live playlist as they come, until so much was measured as was asked for.
    ///
    /// - Throws: That no segment comes any more, or that the playlist is gone for as long.
    private func stay(with list: M3U8, at place: MediaTarget) throws(ProbeFailure) {
        guard self.visit.limits.window != nil else { return }
        guard !list.hasEnd else {
            // What let go of segments was live: the rest of the window will never come.
            guard list.hasSlid, !self.isEnough else { return }
            throw ProbeFailure(cause: .stalePlaylist, detail: Self.ended, stage: .playlist)
        }
        var (place, hasChanged) = (place, true)
        while !self.isEnough, self.watch.packetCount < self.visit.limits.packetCount {
            let wait = hasChanged ? self.pulse.pauseAfterChange : self.pulse.pause
            let diesAt = self.pulse.diesAt ?? .now
            let next = max(.now, min(self.lookedAt + wait, diesAt))
            guard next < self.visit.end(of: .seconds(3_600)) else { return }
            // What goes well is no stage of its own: the way to the first picture is behind us.
            let log = self.visit.log
            self.visit.log.begin(.playlist, at: .now)
            try self.visit.attempt { () throws(TransportFailure) in try self.visit.waiting.pause(until: next)
            }
            let (list, answer): (M3U8, ServerAnswer)
            do throws(ProbeFailure) {
                (list, answer) = try self.fetchPlaylist(place)
            } catch {
                guard error.cause != .collectorGap, .now < diesAt else { throw error }
                (self.lookedAt, hasChanged) = (.now, false)
                self.visit.log = log
                continue
            }
            place = self.client.place
            try self.judge(list, answer)
            hasChanged = try self.readNew(of: list, at: place)
            self.visit.log = log
        }
    }

    /// Reads what was not listed before; false when that is nothing.
    private func readNew(of list: M3U8, at place: MediaTarget) throws(ProbeFailure) -> Bool {
        guard let newest = list.segments.last?.number else { return false }
        // A server that was started anew counts from the beginning.
        if newest < self.lastNumber { self.lastNumber = newest &- 1 }
        guard newest > self.lastNumber else { return false }
        for var segment in list.segments where segment.number > self.lastNumber && !self.isEnough {
            // What was missed between two looks is no leap of the camera's clock.
            if segment.number > self.lastNumber &+ 1 { segment.isDiscontinuous = true }
            do throws(ProbeFailure) {
                try self.read(segment, at: place)
            } catch {
                guard error.cause != .collectorGap else { throw error }
                // The newest may not be there yet: the next look asks again.
                guard segment.number < newest else { return true }
            }
            self.lastNumber = segment.number
        }
        return true
    }

    private func noteKeyFrame() {
        guard self.visit.log.current?.stage == .firstKeyFrame else { return }
        self.visit.log.end(at: self.watch.firstKeyFrame?.arrivedAt ?? .now)
    }

    /// Fetches a piece and hands it over, no more of it than is needed.
    private func read(_ piece: M3U8.Piece, at place: MediaTarget) throws(ProbeFailure) {
        let target = try self.target(of: piece.address, in: place)
        let answer = try self.client.get(target, stage: .segment, range: piece.range)
        // A server that knows no ranges sends all of it.
        var skipped = answer.status == 200 ? piece.range?.lowerBound ?? 0 : 0
        var left = piece.range?.count ?? .max
        let end = self.visit.end(of: self.visit.limits.firstKeyFrame)
        var isOpen = true
        while isOpen, left > 0, !self.isEnough {
            isOpen = try self.client.read(until: end) { (bytes) throws(ProbeFailure) in
                let start = min(skipped, bytes.byteCount)
                let count = min(left, bytes.byteCount - start)
                skipped -= start
                left -= count
                try self.receive(bytes.extracting(start..<(start + count)))
            }
            self.noteProgress()
        }
        if isOpen { self.client.leave() }
        self.reader.finish()
        self.noteProgress()
    }

    private func receive(_ bytes: RawSpan) throws(ProbeFailure) {
        guard bytes.byteCount > 0 else { return }
        do throws(StreamSyntaxError) {
            try self.reader.receive(bytes, at: .now)
        } catch {
            var failure = self.visit.log.failure(error)
            if error.reason.hasSuffix("sound alone") { failure.cause = .noMedia }
            throw failure
        }
    }

    /// The stage `first_keyframe`, of the first segment that has pictures.
    private func noteProgress() {
        if !self.hasPackets, let first = self.watch.firstPacketAt {
            self.hasPackets = true
            self.visit.log.begin(.firstKeyFrame, at: max(first, self.visit.log.current?.since ?? first))
        }
        if self.watch.hasPicture { self.noteKeyFrame() }
    }
}

extension MediaCause {
    /// Whether another segment of the same playlist may still be had. Never when we were not let in: whoever tries again
    /// is locked out.
    fileprivate var leavesOtherSegments: Bool {
        switch self {
        case .notFound, .protocolError, .timeout, .refused, .unreachable, .dns, .busy, .noMedia, .noKeyFrame:
            true
        case .tlsFailed, .stalePlaylist, .unsupportedCodec, .certificateInvalid, .authenticationFailed,
            .lockedOut, .lossHigh, .bitrateLow, .timestampsJump, .selfOverloaded, .selfNetwork,
            .collectorGap:
            false
        }
    }
}

extension MediaVisit {
    /// The stages `first_packet` and `first_keyframe`: reads until there is a picture and the window, if one was asked
    /// for, is over.
    ///
    /// - Parameters:
    ///   - spacing: From one picture to the next, when that is known; a slow camera is given three of them.
    ///   - watch: What has been seen so far.
    ///   - read: Reads more, at the latest until then; false at the end of the stream.
    /// - Throws: Why there is no picture, or that the media stopped within the window.
    func watch(
        spacing: Duration?,
        seen watch: () -> PictureWatch,
        read: (Instant) throws(ProbeFailure) -> Bool
    ) throws(ProbeFailure) {
        let patience = min(spacing ?? .zero, .seconds(60)) * 3
        if self.log.current?.stage != .firstPacket { self.log.begin(.firstPacket, at: .now) }
        var end = self.end(of: max(self.limits.firstPacket, patience))
        var isOpen = true
        while true {
            let seen = watch()
            if seen.isForeign {
                let detail = "the picture is \(seen.foreignCodec ?? "unknown")"
                throw ProbeFailure(cause: .unsupportedCodec, detail: detail)
            }
            if self.log.current?.stage == .firstPacket, let first = seen.firstPacketAt {
                self.log.begin(.firstKeyFrame, at: max(first, self.log.current?.since ?? first))
                let announced =
                    seen.announcedRate.flatMap { $0 > 0 ? Duration.seconds(3 / $0) : nil } ?? .zero
                end = self.end(of: max(self.limits.firstKeyFrame, patience, min(announced, .seconds(180))))
            }
            if seen.hasPicture {
                if self.log.current != nil { self.log.end(at: seen.firstKeyFrame?.arrivedAt ?? .now) }
                guard let window = self.window(seen) else { return }
                guard isOpen else {
                    // A file ends where it ends.
                    guard !self.isRecording else { return }
                    return try self.conclude(window, seen, hasEnded: true)
                }
                end = min(window.end, self.end(of: .seconds(3_600)))
                guard .now < end else { return try self.conclude(window, seen) }
            }
            guard seen.packetCount < self.limits.packetCount else {
                guard !seen.hasPicture else { return }
                let detail = "too many packets without a whole key frame"
                throw ProbeFailure(cause: .noKeyFrame, detail: detail)
            }
            guard isOpen else { throw self.log.failure(.closed) }
            do throws(ProbeFailure) {
                isOpen = try read(end)
            } catch {
                // With a picture in hand the end of the stream is not a failure of the stage that had it.
                let seen = watch()
                guard seen.hasPicture else { throw error }
                if self.log.current != nil { self.log.end(at: seen.firstKeyFrame?.arrivedAt ?? .now) }
                // What is only a matter of time is judged where the time is.
                guard .now < end else { continue }
                // That we were told to stop, or have no means left, is not the camera's fault.
                if case .unknown = MediaVerdict(error.cause) { return }
                guard let window = self.window(seen) else { return }
                return try self.conclude(window, seen, hasEnded: true)
            }
        }
    }

    /// What is measured; nil when it is enough. A recording comes faster than it plays, so that the stream's own clock
    /// may end the window too.
    private func window(_ seen: PictureWatch) -> MediaWindow? {
        guard let length = self.limits.window, let first = seen.firstPacketAt,
            seen.gauge.streamSpan < length.inSeconds * 3
        else { return nil }
        return MediaWindow(start: first, length: length)
    }

    /// Judges a window that is over. One that our own deadline cut says nothing against the camera, and a file of this
    /// machine is as long as it is.
    private func conclude(
        _ window: MediaWindow,
        _ seen: PictureWatch,
        hasEnded: Bool = false
    ) throws(ProbeFailure) {
        guard !self.isFile, let last = seen.lastPacketAt else { return }
        let span = seen.gauge.streamSpan
        let failure: ProbeFailure?
        if hasEnded {
            failure = window.failureOfEnd(last: last, span: span)
        } else {
            guard .now >= window.end else { return }
            let announced = seen.announcedRate.flatMap { $0 > 0 ? Duration.seconds(1 / $0) : nil }
            let sets = seen.codec.flatMap { seen.parameterSets.announcedSpacing($0) }
            let spacings = [self.knownSpacing, announced, sets, seen.gauge.frameSpacing]
            failure = window.failure(last: last, span: span, spacing: spacings.compactMap { $0 }.max())
        }
        if let failure { throw failure }
    }
}

internal import Glibc

extension RTSPProbe {
    /// Reads packets until there is a picture and the window, if one was asked for, is over.
    func watch() throws(ProbeFailure) {
        // As it was learned, or else as the description announces it.
        let spacing = min(self.target.hints.frameSpacing ?? self.announcedSpacing ?? .zero, .seconds(60))
        self.log.begin(.firstPacket, at: .now)
        var end = self.end(of: max(self.limits.firstPacket, spacing * 3))
        // Packets may have come in one piece with the answer to PLAY.
        try self.takeItems(until: end)
        var keepAliveAt = Instant.now + (self.session?.timeout ?? .seconds(60)) / 2
        while true {
            if self.log.current?.stage == .firstPacket, let first = self.receiver?.firstPacketAt {
                self.log.begin(.firstKeyFrame, at: max(first, self.log.current?.since ?? first))
                end = self.end(of: max(self.limits.firstKeyFrame, spacing * 3))
            }
            if self.receiver?.hasPicture == true {
                if self.log.current != nil { self.noteKeyFrame() }
                guard let window = self.window else { return }
                end = min(window.end, self.end(of: .seconds(3_600)))
                guard Instant.now < end else {
                    self.receiver?.finish()
                    return try self.conclude(window)
                }
            }
            guard (self.receiver?.packetCount ?? 0) < self.limits.packetCount else {
                self.receiver?.finish()
                guard self.receiver?.hasPicture == true else {
                    throw ProbeFailure(
                        cause: .noKeyFrame,
                        detail: "too many packets without a whole key frame"
                    )
                }
                return
            }
            do throws(ProbeFailure) {
                if Instant.now >= keepAliveAt {
                    keepAliveAt = .now + (self.session?.timeout ?? .seconds(60)) / 2
                    if self.connection != nil { try self.showLife(until: end) }
                }
                let next = min(keepAliveAt, self.receiver?.due ?? keepAliveAt)
                try self.readMore(until: min(end, next), isLast: end <= next)
                self.receiver?.advance(to: .now)
            } catch {
                self.receiver?.finish()
                guard self.receiver?.hasPicture == true else { throw error }
                guard try self.goesOn(after: error, until: end) else { return }
            }
        }
    }

    /// Whether to watch on although reading failed: with a picture in hand that is not a failure of the stage that had
    /// it.
    ///
    /// - Throws: When the camera ended what it was asked for.
    private func goesOn(after error: ProbeFailure, until end: Instant) throws(ProbeFailure) -> Bool {
        if self.log.current != nil { self.noteKeyFrame() }
        // What is only a matter of time is judged where the time is.
        guard Instant.now < end else { return true }
        // That we were told to stop, or have no means left, is not the camera's fault.
        if case .unknown = MediaVerdict(error.cause) { return false }
        guard let window = self.window else { return false }
        // Datagrams outlive the connection over which they were asked for.
        if self.datagrams != nil {
            self.connection = nil
            return true
        }
        guard let receiver = self.receiver, let last = receiver.lastPacketAt,
            let failure = window.failureOfEnd(last: last, span: receiver.gauge.streamSpan)
        else { return false }
        throw failure
    }

    /// The window that was asked for, once it has begun.
    private var window: MediaWindow? {
        guard let length = self.limits.window, let first = self.receiver?.firstPacketAt else { return nil }
        return MediaWindow(start: first, length: length)
    }

    /// Judges a window that is over; one that our own deadline cut says nothing against the camera.
    private func conclude(_ window: MediaWindow) throws(ProbeFailure) {
        guard Instant.now >= window.end, let receiver = self.receiver, let last = receiver.lastPacketAt else {
            return
        }
        let spacings = [
            self.target.hints.frameSpacing, self.announcedSpacing, receiver.gauge.frameSpacing,
            receiver.parameterSets.announcedSpacing(receiver.codec),
        ]
        let span = receiver.gauge.streamSpan
        let spacing = spacings.compactMap { $0 }.max()
        if let failure = window.failure(last: last, span: span, spacing: spacing) { throw failure }
    }

    private func noteKeyFrame() {
        self.log.end(at: self.receiver?.firstKeyFrame?.arrivedAt ?? .now)
    }

    /// Waits for bytes on the connection and the datagram ports and reads them.
    private func readMore(until end: Instant, isLast: Bool) throws(ProbeFailure) {
        guard self.connection != nil || self.datagrams != nil else { throw self.log.failure(.closed) }
        // One that is closed is passed over.
        let control = self.connection?.socket.descriptor ?? -1
        var descriptors = [pollfd(fd: control, events: Int16(POLLIN), revents: 0)]
        if let datagrams = self.datagrams {
            descriptors.append(pollfd(fd: datagrams.packets, events: Int16(POLLIN), revents: 0))
            descriptors.append(pollfd(fd: datagrams.reports, events: Int16(POLLIN), revents: 0))
        }
        do throws(TransportFailure) {
            try self.waiting.wait(for: &descriptors, until: end)
        } catch {
            // Another wait's end: datagrams that came meanwhile are taken all the same.
            guard error == .timeout, !isLast else { throw self.log.failure(error) }
        }
        if let datagrams = self.datagrams {
            let now = Instant.now
            var count = 1
            while count > 0, self.receiver?.hasPicture != true || self.limits.window != nil {
                count = datagrams.drain(datagrams.packets, limit: 64) { bytes in
                    self.receiver?.receive(packet: bytes, at: now)
                }
                if Instant.now >= end { break }
            }
            _ = datagrams.drain(datagrams.reports, limit: 8) { bytes in
                self.receiver?.receive(report: bytes, wall: wallMilliseconds())
            }
        }
        guard descriptors[0].revents != 0 else { return }
        try self.receive()
        try self.takeItems(until: end)
    }

    // MARK: Keeping the session

    /// Sends what keeps the server from dropping the session.
    private func showLife(until end: Instant) throws(ProbeFailure) {
        try self.send("OPTIONS", self.session?.track.aggregate ?? "*", headers: [], until: end)
        self.signOfLife = self.sequence
    }

    /// Takes what is at hand. A sign of life that was answered by a fresh nonce is given again under it: the server
    /// would drop the session otherwise.
    private func takeItems(until end: Instant) throws(ProbeFailure) {
        while let item = try self.nextItem() {
            guard case .response(let answer) = item, let number = self.signOfLife,
                answer.first("cseq").flatMap({ Int($0) }) ?? number == number
            else { continue }
            self.signOfLife = nil
            do throws(ProbeFailure) {
                guard try self.wantsRepetition(after: answer) else { continue }
            } catch {
                // The stream is judged by its media, not by whether its server likes to be asked for more.
                continue
            }
            try self.showLife(until: end)
        }
    }
}

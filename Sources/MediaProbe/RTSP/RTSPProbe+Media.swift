internal import Glibc

extension RTSPProbe {
    // MARK: Setting up

    /// Over TCP first; over UDP when the server wants that (461) or was known to.
    func setUp(_ track: RTSPTrack) throws(ProbeFailure) {
        self.log.begin(.setup, at: .now)
        let end = self.end(of: self.limits.answer)
        let first = self.target.hints.transport ?? .tcp
        var response = try self.setUp(track, over: first, until: end)
        if response.status == 461 {
            response = try self.setUp(track, over: first == .tcp ? .udp : .tcp, until: end)
        }
        guard response.status == 200 else { throw AnswerStatus.failure(response) }
        guard self.session?.identifier != nil else {
            throw ProbeFailure(cause: .protocolError, detail: "a session without a name")
        }
    }

    private func setUp(
        _ track: RTSPTrack,
        over transport: MediaTransport,
        until end: Instant
    ) throws(ProbeFailure) -> ServerAnswer {
        var offer = "RTP/AVP/TCP;unicast;interleaved=0-1"
        self.datagrams = nil
        if transport == .udp {
            let pair = try self.attempt { () throws(TransportFailure) in
                guard let socket = self.connection?.socket,
                    let local = SocketAddress(localEndOf: socket.descriptor)
                else { throw .closed }
                return try DatagramPair(local: local, remote: socket.remote)
            }
            self.datagrams = pair
            offer = "RTP/AVP;unicast;client_port=\(pair.port)-\(pair.port + 1)"
        }
        var receiver = RTPReceiver(
            codec: track.codec,
            payloadType: track.payloadType,
            clockRate: track.clockRate,
            isOrdered: transport == .tcp,
            limits: self.limits
        )
        receiver.announce(track.parameterSets)
        self.receiver = receiver
        // Noted before it is sent: from here on the server may hold a session for us.
        self.session = RTSPSession(track: track, transport: transport)
        let response = try self.request("SETUP", track.address, headers: [("Transport", offer)], until: end)
        self.session?.isAnswered = true
        if let header = response.first("session") { self.session?.read(header: header) }
        guard response.status == 200 else { return response }
        let agreed = RTSPTransport(response.first("transport") ?? "")
        if transport == .tcp {
            guard agreed.isInterleaved || response.first("transport") == nil else {
                throw ProbeFailure(
                    cause: .protocolError,
                    detail: "it agreed to another transport than was asked"
                )
            }
            if let channels = agreed.channels { self.session?.channels = channels }
        } else if let ports = agreed.serverPorts {
            self.datagrams?.openWay(toPort: ports.packets, and: ports.reports)
        }
        return response
    }

    // MARK: Playing

    func play() throws(ProbeFailure) {
        guard let track = self.session?.track else { return }
        self.log.begin(.play, at: .now)
        let end = self.end(of: self.limits.answer)
        let range = [("Range", "npt=0.000-")]
        // Once asked to play, bytes that belong to nothing are a camera's slip between two packets.
        self.inbox.skipsJunk = self.session?.transport == .tcp
        self.session?.isPlaying = true
        var response = try self.request("PLAY", track.aggregate, headers: range, until: end)
        if response.status == 459 || response.status == 460, track.address != track.aggregate {
            response = try self.request("PLAY", track.address, headers: range, until: end)
        }
        guard response.status == 200 else { throw AnswerStatus.failure(response) }
    }

    // MARK: Watching

    /// Reads packets until there is a picture and the window, if one was asked for, is over.
    func watch() throws(ProbeFailure) {
        // As it was learned, or else as the description announces it.
        let spacing = min(self.target.hints.frameSpacing ?? self.announcedSpacing ?? .zero, .seconds(60))
        self.log.begin(.firstPacket, at: .now)
        var end = self.end(of: max(self.limits.firstPacket, spacing * 3))
        // Packets may have come in one piece with the answer to PLAY.
        while try self.nextItem() != nil {}
        var keepAliveAt = Instant.now + (self.session?.timeout ?? .seconds(60)) / 2
        while true {
            if self.log.current?.stage == .firstPacket, let first = self.receiver?.firstPacketAt {
                self.log.begin(.firstKeyFrame, at: max(first, self.log.current?.since ?? first))
                end = self.end(of: max(self.limits.firstKeyFrame, spacing * 3))
            }
            if self.receiver?.hasPicture == true {
                if self.log.current != nil { self.noteKeyFrame() }
                guard let window = self.limits.window, let first = self.receiver?.firstPacketAt else {
                    return
                }
                end = min(first + window, self.end(of: .seconds(3_600)))
                guard Instant.now < end else { return }
            }
            guard (self.receiver?.packetCount ?? 0) < self.limits.packetCount else {
                guard self.receiver?.hasPicture == true else {
                    throw ProbeFailure(
                        cause: .noKeyFrame,
                        detail: "too many packets without a whole key frame"
                    )
                }
                return
            }
            if Instant.now >= keepAliveAt {
                keepAliveAt = .now + (self.session?.timeout ?? .seconds(60)) / 2
                try self.send("OPTIONS", self.session?.track.aggregate ?? "*", headers: [], until: end)
            }
            do throws(ProbeFailure) {
                try self.readMore(until: min(end, keepAliveAt), isLast: end <= keepAliveAt)
            } catch {
                // With a picture in hand the end of the stream is not a failure of the stage that had it.
                guard self.receiver?.hasPicture == true, error.cause != .collectorGap else { throw error }
                if self.log.current != nil { self.noteKeyFrame() }
                return
            }
        }
    }

    private func noteKeyFrame() {
        self.log.end(at: self.receiver?.firstKeyFrame?.arrivedAt ?? .now)
    }

    /// Waits for bytes on the connection and the datagram ports and reads them.
    private func readMore(until end: Instant, isLast: Bool) throws(ProbeFailure) {
        guard let connection = self.connection else { throw self.log.failure(.closed) }
        var descriptors = [pollfd(fd: connection.socket.descriptor, events: Int16(POLLIN), revents: 0)]
        if let datagrams = self.datagrams {
            descriptors.append(pollfd(fd: datagrams.packets, events: Int16(POLLIN), revents: 0))
            descriptors.append(pollfd(fd: datagrams.reports, events: Int16(POLLIN), revents: 0))
        }
        do throws(TransportFailure) {
            try self.waiting.wait(for: &descriptors, until: end)
        } catch {
            if error == .timeout, !isLast { return }
            throw self.log.failure(error)
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
        while try self.nextItem() != nil {}
    }

    // MARK: Leaving

    /// Gives the session back, whatever happened before: one that is left behind costs a viewer his place.
    func tearDown() {
        defer {
            self.connection = nil
            self.datagrams = nil
        }
        guard let session = self.session, session.identifier != nil || !session.isAnswered else { return }
        let share = self.visit.limits.farewellShare
        let end = Instant.now + share
        // Being told to stop does not keep us from saying goodbye.
        let deaf = Waiting(cancellation: nil)
        do throws(ProbeFailure) {
            if !session.isAnswered, try !self.hearsOfSession(until: end - share / 4, waiting: deaf) { return }
            try self.send("TEARDOWN", session.track.aggregate, headers: [], until: end, waiting: deaf)
            _ = try self.answer(to: self.sequence, until: end, waiting: deaf)
        } catch {
            // No answer to a goodbye is no finding; the connection is closed in any case.
            return
        }
    }

    /// Waits for the answer to the SETUP whose own time is over: only by it the session that the server has made for us
    /// all the same can be named.
    ///
    /// - Returns: False when there is none; true also when no answer came, because a goodbye without a name ends
    ///   the session at a server that goes by the connection.
    private func hearsOfSession(until end: Instant, waiting: Waiting) throws(ProbeFailure) -> Bool {
        let answer: ServerAnswer
        do throws(ProbeFailure) {
            answer = try self.answer(to: self.sequence, until: end, waiting: waiting)
        } catch {
            guard error.cause == .timeout else { throw error }
            return true
        }
        if let header = answer.first("session") { self.session?.read(header: header) }
        return self.session?.identifier != nil
    }
}

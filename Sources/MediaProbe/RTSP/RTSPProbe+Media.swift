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
        } else {
            // Servers with several addresses, and gateways, send from another than they answer at (RFC 2326, 12.39).
            if let host = agreed.source, let source = NameResolution.numeric(host, port: 0) {
                self.datagrams?.accept(from: source)
            }
            if let ports = agreed.serverPorts {
                self.datagrams?.openWay(toPort: ports.packets, and: ports.reports)
            }
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
        if let channels = self.session?.channels { self.inbox.channels = channels }
        self.session?.isPlaying = true
        var response = try self.request("PLAY", track.aggregate, headers: range, until: end)
        if response.status == 459 || response.status == 460, track.address != track.aggregate {
            response = try self.request("PLAY", track.address, headers: range, until: end)
        }
        guard response.status == 200 else { throw AnswerStatus.failure(response) }
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
            let address = session.track.aggregate
            do throws(ProbeFailure) {
                _ = try self.request("TEARDOWN", address, until: end, waiting: deaf)
            } catch {
                guard try self.reconnect(until: end, waiting: deaf) else { return }
                _ = try self.request("TEARDOWN", address, until: end, waiting: deaf)
            }
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

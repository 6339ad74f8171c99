public import WaysideCore

/// Asks whether a device's host is there at all (可达探测): by ICMP echo where the system allows it to us, else by TCP
/// connections to the ports the device is known by. Whoever refuses a connection is there.
///
/// A port in the device's address asks for TCP to that port alone.
public final class ReachProber: Prober {
    private let loop: ReachLoop
    private let book: TargetBook
    private let names: NameCache

    /// Starts the thread that asks.
    ///
    /// - Parameters:
    ///   - book: Where devices are.
    ///   - names: Their names' addresses.
    ///   - usesEcho: False asks by TCP even where ICMP is allowed.
    /// - Throws: When the system has no descriptor or thread left.
    public init(book: TargetBook, names: NameCache, usesEcho: Bool = true) throws(ReachError) {
        self.loop = try ReachLoop(usesEcho: usesEcho)
        (self.book, self.names) = (book, names)
    }

    deinit { self.loop.close() }

    /// Whether ICMP echo is allowed to us, by IP version; for the doctor.
    public var allowsEcho: (ipv4: Bool, ipv6: Bool) { self.loop.allowsEcho }

    /// Asks once, with up to three echoes.
    public func probe(_ order: ProbeOrder) async -> ProbeVerdict {
        guard let device = self.book.device(order.device), let place = device.address.flatMap(HostPort.init)
        else {
            return .misconfigured("no address")
        }
        return await self.probe(place, ports: Self.ports(of: device, at: place), within: order.deadline)
    }

    /// Whether a host answers by the limit; `nil` when this machine could not even ask or look its name up. For
    /// control targets.
    func answers(_ place: HostPort, within limit: Duration) async -> Bool? {
        let verdict = await self.probe(place, ports: place.port.map { [$0] } ?? [22, 80, 443], within: limit)
        return verdict.outcome == .unknown ? nil : verdict.outcome.isHit
    }

    private func probe(_ place: HostPort, ports: [UInt16], within limit: Duration) async -> ProbeVerdict {
        let began = ContinuousClock.now
        let host: HostAddress
        switch await self.names.address(of: place.host, within: limit / 2) {
        case .success(let found): host = found
        case .failure(let failure):
            return ProbeVerdict(VerdictRules.name(failure, .reach), took: .now - began, values: ProbeValues())
        }
        let isEchoAllowed = host.isIPv6 ? self.loop.allowsEcho.ipv6 : self.loop.allowsEcho.ipv4
        let method = place.port == nil && isEchoAllowed ? ReachMethod.echo : .connect(ports)
        // We come back ourselves before the patrol gives us up.
        let left = limit - (.now - began) - .milliseconds(50)
        let answer = await self.loop.ask(host, method, within: left)
        return ProbeVerdict(
            VerdictRules.reach(answer),
            took: .now - began,
            values: Self.values(answer, method)
        )
    }

    /// The ports it is known by: the one in its address; else those of its streams on the same host, then those of
    /// its kind.
    static func ports(of device: Device, at place: HostPort) -> [UInt16] {
        if let port = place.port { return [port] }
        var ports: [UInt16] = []
        for url in [device.streamURL, device.subStreamURL, device.platformURL] {
            guard let url, let (host, port) = self.endpoint(of: url), host == place.host else { continue }
            if !ports.contains(port) { ports.append(port) }
        }
        let usual: [UInt16] =
            switch device.kind {
            case .camera, .encoder, .recorder: [554, 80]
            case .gateway, .server, .platform: [22, 80, 443]
            case .switch, .link, .ups: [80, 22, 23]
            }
        return ports + usual.filter { !ports.contains($0) }
    }

    private static func endpoint(of url: String) -> (host: String, port: UInt16)? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let hostPort =
            authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        guard let place = HostPort(String(hostPort)) else { return nil }
        let usual: [String: UInt16] = ["rtsp": 554, "rtsps": 322, "rtmp": 1_935, "http": 80, "https": 443]
        guard let port = place.port ?? usual[url[..<scheme.lowerBound].lowercased()] else { return nil }
        return (place.host, port)
    }

    private static func values(_ answer: ReachAnswer, _ method: ReachMethod) -> ProbeValues {
        var values = ProbeValues()
        values.add("method", method == .echo ? "icmp" : "tcp")
        switch answer {
        case .answered(let port, let roundTrip, let tries):
            if port != 0 { values.add("port", port) }
            values.add(milliseconds: "round_trip_ms", roundTrip)
            if tries > 1 { values.add("tries", tries) }
        case .refused(let port, let roundTrip):
            values.add("port", port)
            values.add(milliseconds: "round_trip_ms", roundTrip)
        case .silent(let tries): if method == .echo { values.add("tries", tries) }
        case .unreachable(let words), .noRoute(let words), .exhausted(let words): values.add("detail", words)
        case .closed: break
        }
        return values
    }
}

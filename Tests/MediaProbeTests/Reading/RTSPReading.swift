@testable import MediaProbe

/// A byte stream of an RTSP server, and what a client takes from its answers. The first byte says in what pieces it
/// comes and whether media flows already.
struct RTSPReading: UntrustedReading {
    private static let (headByteCount, bodyByteCount) = (1_024, 2_048)

    /// One thing that came, copied.
    private enum Item: Equatable {
        case packet(channel: UInt8, [UInt8])
        case response(ServerAnswer)
        case request(String)
    }

    private let stream: [UInt8]
    private let skipsJunk: Bool
    private let items: [Item]
    private let error: StreamSyntaxError?
    private var addresses: [String] = []
    private var sources: [String] = []
    private var session = RTSPSession(
        track: RTSPTrack(
            codec: .h264,
            payloadType: 96,
            clockRate: 90_000,
            parameterSets: [],
            address: "",
            aggregate: ""
        ),
        transport: .tcp
    )

    var understoodCount: Int { self.items.count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let head = cutter.byte()
        self.stream = cutter.rest()
        self.skipsJunk = head & 1 == 1
        (self.items, self.error) = Self.items(
            self.stream,
            piece: Int(head >> 1) + 1,
            skipsJunk: self.skipsJunk
        )
        for case .response(let response) in self.items {
            let base = RTSPControl.base(response: response, requested: "rtsp://camera/live")
            let content = SessionDescription(response.body)
            self.addresses += [base, RTSPControl.address(content.control, base: base)]
            self.addresses += content.media.map { RTSPControl.address($0.control, base: base) }
            if let session = response.first("session") { self.session.read(header: session) }
            if let source = RTSPTransport(response.first("transport") ?? "").source {
                self.sources.append(source)
            }
            _ = AnswerStatus.cause(of: response)
        }
    }

    private static func items(
        _ stream: [UInt8],
        piece: Int,
        skipsJunk: Bool
    ) -> ([Item], StreamSyntaxError?) {
        var inbox = RTSPInbox(headByteCount: self.headByteCount, bodyByteCount: self.bodyByteCount)
        inbox.skipsJunk = skipsJunk
        var items: [Item] = []
        for part in stream.pieces(of: piece) {
            inbox.append(Array(part))
            do throws(StreamSyntaxError) {
                while let item = try inbox.next() {
                    switch item {
                    case .packet(let channel, let range):
                        let bytes = inbox.withBytes(range) { $0.withUnsafeBytes { Array($0) } }
                        items.append(.packet(channel: channel, bytes))
                    case .response(let response): items.append(.response(response))
                    case .request(let method): items.append(.request(method))
                    }
                }
            } catch {
                return (items, error)
            }
        }
        return (items, nil)
    }

    func brokenProperty() -> String? {
        let (whole, error) = Self.items(
            self.stream,
            piece: max(1, self.stream.count),
            skipsJunk: self.skipsJunk
        )
        guard whole == self.items, error == self.error else {
            return "the cut of the stream changes what it says"
        }
        var used = 0
        for item in self.items {
            switch item {
            case .packet(_, let bytes): used += bytes.count + 4
            case .response(let response):
                used += response.body.count + 12
                guard response.body.count <= Self.bodyByteCount else { return "a body beyond its bound" }
                guard (100...599).contains(response.status) else { return "status \(response.status)" }
            case .request: used += 12
            }
        }
        guard used <= self.stream.count else { return "more was read than came" }
        guard self.session.identifier.map({ $0.count <= 256 }) ?? true else { return "a long session" }
        guard (.seconds(1) ... .seconds(86_400)).contains(self.session.timeout) else {
            return "a long time-out"
        }
        for source in self.sources where source.contains(where: { !$0.isHexDigit && !".:".contains($0) }) {
            return "a source that is no numeric address"
        }
        for address in self.addresses where address.contains(where: { $0 == " " || $0.isNewline }) {
            return "an address that breaks out of its line"
        }
        return nil
    }
}

/// Who really serves what is asked as a camera's own stream (供流方): a recorder or gateway through which the camera is
/// reached and whose address the stream's address names.
///
/// The place of the observation stays `direct`: it is the address that the inventory gives for the camera, and rates
/// count it as that. Whoever reads the verdict must know whose word it is.
public struct StreamServer: Hashable, Sendable {
    /// Its key.
    public let key: String
    /// A recorder or a gateway.
    public let kind: Device.Kind

    /// A server.
    public init(key: String, kind: Device.Kind) { (self.key, self.kind) = (key, kind) }
}

extension Inventory {
    /// Who serves the stream that is asked as the device's own, by the relations of that day; `nil` when it is itself.
    public func streamServer(of device: Device, on day: ServiceDay) -> StreamServer? {
        guard device.kind != .recorder, device.kind != .gateway,
            let name = (device.streamURL ?? device.subStreamURL).flatMap(ServerName.init(url:))
        else { return nil }
        var (seen, waiting): (Set<String>, [String]) = ([], device.assignment(on: day).upstreams)
        while !waiting.isEmpty {
            let key = waiting.removeFirst()
            guard seen.insert(key).inserted, let upstream = self.device(key: key) else { continue }
            let isServer = upstream.kind == .recorder || upstream.kind == .gateway
            if isServer, upstream.address.map(ServerName.init(address:)) == name {
                return StreamServer(key: key, kind: upstream.kind)
            }
            waiting += upstream.assignment(on: day).upstreams
        }
        return nil
    }
}

/// The server of a stream's or a device's address (服务器名), without its port, in lower case.
public struct ServerName: Hashable, Sendable {
    /// Its name or number; an IPv6 address without its brackets.
    public let name: String

    /// Of `rtsp://user@host:port/path`; `nil` where no host is named.
    public init?(url: String) {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let authority = url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let server = ServerName(address: String(place))
        guard !server.name.isEmpty else { return nil }
        self = server
    }

    /// Of `host`, `host:port`, `[address]:port` or a bare IPv6 address.
    public init(address: String) {
        let text = address.lowercased()
        if text.first == "[" {
            self.name = String(text.dropFirst().prefix { $0 != "]" })
        } else if text.count(where: { $0 == ":" }) == 1 {
            self.name = String(text.prefix { $0 != ":" })
        } else {
            self.name = text
        }
    }
}

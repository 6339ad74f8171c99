/// ICMP echo and what comes back of it (RFC 792, RFC 4443), as bytes; pure.
struct EchoMessage: Hashable {
    /// What a datagram on an ICMP socket means for us.
    enum Reception: Hashable {
        /// The answer to an echo.
        case reply(EchoMessage)
        /// Somebody on the way could not deliver our echo.
        case undelivered(identifier: UInt16, sequence: UInt16, to: [UInt8], code: UInt8)
    }

    static let headerLength = 8
    /// Bytes after the header: a token that nobody who has not seen the question can guess.
    static let tokenLength = 16

    var identifier: UInt16
    var sequence: UInt16
    var token: [UInt8]

    /// As a request of that version. The checksum of ICMPv6 covers addresses that only the kernel knows; it fills it in.
    func request(isIPv6: Bool) -> [UInt8] {
        var bytes: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0]
        for number in [self.identifier, self.sequence] { bytes += [UInt8(number >> 8), UInt8(number & 255)] }
        bytes += self.token
        if !isIPv6 {
            let sum = Self.checksum(bytes)
            (bytes[2], bytes[3]) = (UInt8(sum >> 8), UInt8(sum & 255))
        }
        return bytes
    }

    /// Reads a message without its IP header; `nil` for what is not for us.
    static func read(_ bytes: ArraySlice<UInt8>, isIPv6: Bool) -> Reception? {
        guard bytes.count >= self.headerLength, let type = bytes.first else { return nil }
        let body = bytes.dropFirst(self.headerLength)
        switch (type, isIPv6) {
        case (0, false), (129, true):
            return EchoMessage(header: bytes, token: Array(body)).map { .reply($0) }
        case (3, false):
            guard let header = self.withoutIPHeader(body), body.dropFirst(9).first == 1, header.first == 8
            else { return nil }
            return self.undelivered(
                header,
                to: Array(body.dropFirst(16).prefix(4)),
                code: bytes.dropFirst().first
            )
        case (1, true):
            guard body.count >= 48, body.dropFirst(6).first == 58 else { return nil }
            let header = body.dropFirst(40)
            guard header.first == 128 else { return nil }
            return self.undelivered(
                header,
                to: Array(body.dropFirst(24).prefix(16)),
                code: bytes.dropFirst().first
            )
        default:
            return nil
        }
    }

    /// What follows an IPv4 header; `nil` when there is no whole one.
    static func withoutIPHeader(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let first = bytes.first, first >> 4 == 4 else { return nil }
        let length = Int(first & 15) * 4
        return length >= 20 && bytes.count >= length ? bytes.dropFirst(length) : nil
    }

    private static func undelivered(_ header: ArraySlice<UInt8>, to: [UInt8], code: UInt8?) -> Reception? {
        guard let message = EchoMessage(header: header, token: []), let code else { return nil }
        return .undelivered(identifier: message.identifier, sequence: message.sequence, to: to, code: code)
    }

    init(identifier: UInt16, sequence: UInt16, token: [UInt8]) {
        (self.identifier, self.sequence, self.token) = (identifier, sequence, token)
    }

    init?(header: ArraySlice<UInt8>, token: [UInt8]) {
        guard header.count >= Self.headerLength else { return nil }
        func number(_ offset: Int) -> UInt16 {
            UInt16(header[header.startIndex + offset]) << 8 | UInt16(header[header.startIndex + offset + 1])
        }
        self.init(identifier: number(4), sequence: number(6), token: token)
    }

    /// The one's complement sum of RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}

internal import Cryptography

/// Our own engine, by which others sign their informs to us: for those, we are authoritative (RFC 3412 §6, RFC 3414
/// §1.5.1). Made once and kept; its boots go up at every start.
public struct OwnEngine: Sendable, Hashable {
    /// IANA's number for examples (RFC 5612), because we have none of our own; the random bytes behind it make the
    /// name one of its kind.
    private static let enterprise: UInt32 = 32_473
    private static let magic = Array("WSOWNENG".utf8)

    /// The name.
    public let id: EngineID
    /// Starts so far, 1 to 2^31 − 1.
    public let boots: UInt32

    /// Draws a new name, of format 5 (RFC 3411 §5) with 16 random bytes, at its first start. Throws when the system
    /// gives no random bytes.
    public init() throws(SNMPError) {
        do throws(CryptographyError) {
            var bytes: [UInt8] = []
            bytes.append(Self.enterprise | 1 << 31, 4)
            bytes.append(5)
            bytes += try RandomBytes.make(16)
            guard let id = EngineID(bytes) else { throw CryptographyError(.random, reason: "no engine ID") }
            self.init(id: id, boots: 1)
        } catch { throw SNMPError(.open, "own engine", error.reason) }
    }

    init(id: EngineID, boots: UInt32) {
        self.id = id
        self.boots = boots
    }

    /// The engine at its next start; `nil` when its boots are used up, and a new one must be drawn.
    public var restarted: OwnEngine? {
        self.boots < EngineClock.lastBoots - 1 ? OwnEngine(id: self.id, boots: self.boots + 1) : nil
    }

    /// The bytes of the file that keeps it: `WSOWNENG`, boots (4), length of the name (1), the name, CRC-32C of all
    /// that (4). To be written, and on the disk, before the first inform is answered.
    public var fileBytes: [UInt8] {
        var bytes = Self.magic
        bytes.append(self.boots, 4)
        bytes.append(UInt8(self.id.count))
        self.id.append(to: &bytes)
        bytes.append(Checksum.crc32c(bytes.span.bytes), 4)
        return bytes
    }

    /// Reads a file's bytes; `nil` when they are damaged: then a new engine must be drawn.
    public init?(fileBytes bytes: [UInt8]) {
        guard bytes.count >= 18, bytes.starts(with: Self.magic), bytes.count == 17 + Int(bytes[12]),
            let id = EngineID(Array(bytes[13..<bytes.count - 4]))
        else { return nil }
        let boots = bytes[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let sum = bytes.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard (1...UInt32(Int32.max)).contains(boots),
            sum == Checksum.crc32c(bytes.span.bytes.extracting(first: bytes.count - 4))
        else { return nil }
        self.init(id: id, boots: boots)
    }
}

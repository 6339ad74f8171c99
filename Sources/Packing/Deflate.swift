internal import CZlib

/// The deflate compression of RFC 1951, by zlib.
public struct Deflate: Sendable {
    /// What stands around the compressed bytes.
    public enum Wrapping: Sendable {
        /// Nothing (RFC 1951); the bytes must be guarded by a checksum of the caller's.
        case raw
        /// A header and an Adler-32 (RFC 1950).
        case zlib

        fileprivate var windowBits: Int32 {
            switch self {
            case .raw: -15
            case .zlib: 15
            }
        }
    }

    /// What stands around the compressed bytes.
    public let wrapping: Wrapping

    /// Raw by default.
    public init(wrapping: Wrapping = .raw) { self.wrapping = wrapping }

    /// Packs bytes; `level` from 1 (fast) to 9 (small).
    public func pack(_ bytes: some Collection<UInt8>, level: Int = 6) throws(PackingError) -> [UInt8] {
        precondition((1...9).contains(level), "a level is 1...9")
        let stream = StreamState()
        guard zlib_start_deflating(stream.state, Int32(level), self.wrapping.windowBits) == Z_OK else {
            throw PackingError(.pack, .unsupported, stream.words)
        }
        defer { deflateEnd(stream.state) }
        let input = Array(bytes)
        var output: [UInt8] = []
        let status = stream.pump(input, into: &output, limit: .max) { deflate($0, Z_FINISH) }
        guard status == Z_STREAM_END else { throw PackingError(.pack, .malformed, stream.words) }
        return output
    }

    /// Unpacks bytes that must end where the compressed stream ends.
    ///
    /// Never makes more than `limit` bytes: what would be longer is refused as
    /// ``PackingError/Fault/tooLarge``, whatever its header promises.
    public func unpack(_ bytes: some Collection<UInt8>, limit: Int) throws(PackingError) -> [UInt8] {
        precondition(limit >= 0, "a limit is not negative")
        let stream = StreamState()
        guard zlib_start_inflating(stream.state, self.wrapping.windowBits) == Z_OK else {
            throw PackingError(.unpack, .unsupported, stream.words)
        }
        defer { inflateEnd(stream.state) }
        let input = Array(bytes)
        var output: [UInt8] = []
        // One byte more than allowed tells "just fits" from "goes on".
        let room = limit == .max ? limit : limit + 1
        let status = stream.pump(input, into: &output, limit: room) { inflate($0, Z_NO_FLUSH) }
        guard output.count <= limit else {
            throw PackingError(.unpack, .tooLarge, "more than \(limit) bytes come out")
        }
        switch status {
        case Z_STREAM_END:
            let left = input.count - Int(stream.state.pointee.total_in)
            guard left == 0 else { throw PackingError(.unpack, .trailing, "\(left) bytes follow the end") }
            return output
        case Z_OK, Z_BUF_ERROR:
            throw PackingError(.unpack, .truncated, "the end is missing after \(input.count) bytes")
        default:
            throw PackingError(.unpack, .malformed, stream.words)
        }
    }
}

/// A zlib stream at an address that stays: zlib remembers it and refuses to go on at another.
private struct StreamState: ~Copyable {
    let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() { self.state.initialize(to: z_stream()) }

    deinit { self.state.deallocate() }

    /// Drives a stream until it ends, fails, wants more than there is, or has made `limit` bytes.
    func pump(
        _ input: [UInt8],
        into output: inout [UInt8],
        limit: Int,
        _ step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
        var chunk = [UInt8](repeating: 0, count: 64 * 1_024)
        var taken = 0
        while true {
            let room = min(chunk.count, limit - output.count)
            guard room > 0 else { return Z_OK }
            // zlib counts in 32 bits, so a long input goes in by parts.
            let part = min(input.count - taken, Int(Int32.max))
            let status = input.withUnsafeBytes { input in
                chunk.withUnsafeMutableBufferPointer { chunk in
                    let start = input.baseAddress?.advanced(by: taken).assumingMemoryBound(to: UInt8.self)
                    // zlib does not write to its input; the older type of the field only looks like it.
                    self.state.pointee.next_in = UnsafeMutablePointer(mutating: start)
                    self.state.pointee.avail_in = UInt32(part)
                    self.state.pointee.next_out = chunk.baseAddress
                    self.state.pointee.avail_out = UInt32(room)
                    return step(self.state)
                }
            }
            let consumed = part - Int(self.state.pointee.avail_in)
            let made = room - Int(self.state.pointee.avail_out)
            taken += consumed
            output += chunk.prefix(made)
            guard status == Z_OK, consumed > 0 || made > 0 else { return status }
        }
    }

    var words: String {
        self.state.pointee.msg.map { String(cString: $0) } ?? "zlib gives no reason"
    }
}

internal import Glibc

/// The two encodings in which tables arrive: UTF-8, with or without a byte order mark, and GB18030.
package enum TextEncoding {
    /// The text; `nil` when the bytes are neither. Whatever is not valid UTF-8 is tried as GB18030, of which GBK
    /// and GB2312 are parts; the other way round would not work, because UTF-8 is often valid GB18030 too.
    package static func text(_ bytes: [UInt8]) -> String? {
        let body = bytes.starts(with: Self.byteOrderMark) ? bytes[3...] : bytes[...]
        if let text = String(validating: body, as: UTF8.self) { return text }
        return self.convert(Array(bytes), from: "GB18030", to: "UTF-8").flatMap {
            String(validating: $0, as: UTF8.self)
        }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The bytes in another encoding, by iconv; `nil` when they are not valid in their own.
    static func convert(_ bytes: [UInt8], from: String, to: String) -> [UInt8]? {
        guard let converter = iconv_open(to, from), converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        // One byte of any such encoding is at most three of the other, and never less than a half.
        var output = [UInt8](repeating: 0, count: bytes.count * 3 + 16)
        var input = bytes
        let written: Int? = input.withUnsafeMutableBytes { source in
            output.withUnsafeMutableBytes { target in
                var sourceBytes = source.baseAddress?.assumingMemoryBound(to: CChar.self)
                var targetBytes = target.baseAddress?.assumingMemoryBound(to: CChar.self)
                var (left, room) = (source.count, target.count)
                let result = iconv(converter, &sourceBytes, &left, &targetBytes, &room)
                return result == Int(bitPattern: ~0) || left > 0 ? nil : target.count - room
            }
        }
        return written.map { Array(output[..<$0]) }
    }
}

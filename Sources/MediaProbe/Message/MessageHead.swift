/// The head of a message of RTSP or HTTP: its first line's words and its fields (RFC 2326, 4; RFC 9112, 2.1).
struct MessageHead {
    /// At most three; the third holds the rest of the line.
    let words: [String]
    /// Names in lower case, in the order in which they came. A line that makes no sense is passed over.
    private(set) var headers: [(name: String, value: String)] = []

    /// Takes the head's bytes, with or without the empty line that ends it.
    init(_ head: ArraySlice<UInt8>) {
        var lines = head.split(separator: UInt8(ascii: "\n")).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        guard !lines.isEmpty else {
            self.words = []
            return
        }
        let first = lines.removeFirst()
        self.words = first.split(
            separator: UInt8(ascii: " "),
            maxSplits: 2,
            omittingEmptySubsequences: true
        ).map(text)
        for line in lines where !line.isEmpty {
            // A line that begins with a blank goes on with the one before (RFC 9112, 5.2).
            if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
                guard !self.headers.isEmpty else { continue }
                self.headers[self.headers.count - 1].value += " " + text(trimmed(line))
                continue
            }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = text(trimmed(line[..<colon])).lowercased()
            self.headers.append((name, text(trimmed(line[(colon + 1)...]))))
        }
    }
}

private func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    var bytes = bytes.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return bytes
}

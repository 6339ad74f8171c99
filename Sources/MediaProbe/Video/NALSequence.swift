/// Goes through the NAL units of one picture.
enum NALSequence {
    /// How they are told apart.
    enum Framing: Equatable {
        /// Each has its length before it, of so many bytes (ISO/IEC 14496-15, 5.3.4.2).
        case lengths(Int)
        /// Each has a start code before it (annex B of H.264 and H.265).
        case startCodes
    }

    /// Hands over every unit, empty ones left out; false when lengths do not add up or a start code is missing.
    static func walk(_ bytes: RawSpan, framing: Framing, _ body: (RawSpan) -> Void) -> Bool {
        switch framing {
        case .startCodes: return self.walkStartCodes(bytes, body)
        case .lengths(let size):
            if self.addsUp(bytes, size: size) {
                self.walkLengths(bytes, size: size, body)
                return true
            }
            // Some encoders leave the start codes of their camera in.
            return self.startCode(in: bytes, from: 0).map { $0.start == 0 } == true
                && self.walkStartCodes(bytes, body)
        }
    }

    private static func length(_ bytes: RawSpan, at place: Int, size: Int) -> Int {
        var length = 0
        for offset in 0..<size { length = length << 8 | Int(bytes.byte(place + offset)) }
        return length
    }

    private static func addsUp(_ bytes: RawSpan, size: Int) -> Bool {
        var place = 0
        while place < bytes.byteCount {
            guard bytes.byteCount - place >= size else { return false }
            let length = self.length(bytes, at: place, size: size)
            guard bytes.byteCount - place - size >= length else { return false }
            place += size + length
        }
        return true
    }

    private static func walkLengths(_ bytes: RawSpan, size: Int, _ body: (RawSpan) -> Void) {
        var place = 0
        while place < bytes.byteCount {
            let start = place + size
            place = start + self.length(bytes, at: place, size: size)
            if place > start { body(bytes.extracting(start..<place)) }
        }
    }

    private static func walkStartCodes(_ bytes: RawSpan, _ body: (RawSpan) -> Void) -> Bool {
        guard var code = self.startCode(in: bytes, from: 0) else { return false }
        while true {
            let next = self.startCode(in: bytes, from: code.end)
            var end = next?.start ?? bytes.byteCount
            // Zeros before a start code, and behind the last unit, are padding.
            while end > code.end, bytes.byte(end - 1) == 0 { end -= 1 }
            if end > code.end { body(bytes.extracting(code.end..<end)) }
            guard let next else { return true }
            code = next
        }
    }

    /// Where `00 00 01` begins, a zero before it included, and where it ends.
    private static func startCode(in bytes: RawSpan, from place: Int) -> (start: Int, end: Int)? {
        bytes.withUnsafeBytes { buffer in
            var place = place + 2
            while place < buffer.count {
                switch buffer[place] {
                case 0: place += 1
                case 1 where buffer[place - 1] == 0 && buffer[place - 2] == 0:
                    let start = place - 2
                    return (start > 0 && buffer[start - 1] == 0 ? start - 1 : start, place + 1)
                default: place += 3
                }
            }
            return nil
        }
    }
}

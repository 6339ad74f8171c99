/// Cuts a server's byte stream into answers and interleaved packets; bounded, and knows no socket.
struct RTSPInbox: ByteInlet {
    /// One thing that came.
    enum Item {
        /// The bytes lie in the inbox until the next call; `withBytes` lends them.
        case packet(channel: UInt8, Range<Int>)
        case response(ServerAnswer)
        /// The server asks something; only the method is kept.
        case request(String)
    }

    private let headByteCount: Int
    private let bodyByteCount: Int
    private var storage: [UInt8] = []
    private var start = 0
    private var end = 0
    /// Up to where the end of a head was looked for, so that a head that drips is not searched over and over.
    private var searched = 0
    private var pending: (item: Item, missing: Int)?
    private var body: [UInt8] = []
    /// Bytes between messages that belonged to nothing.
    private(set) var skippedByteCount = 0
    /// Whether junk between packets is skipped up to the next packet; only sensible once media flows.
    var skipsJunk = false

    init(headByteCount: Int, bodyByteCount: Int) {
        self.headByteCount = headByteCount
        self.bodyByteCount = bodyByteCount
    }

    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if self.start == self.end {
            self.start = 0
            self.end = 0
            self.searched = 0
        }
        if self.storage.count - self.end < 2_048 {
            if self.start > 0 {
                self.storage.replaceSubrange(
                    0..<(self.end - self.start),
                    with: self.storage[self.start..<self.end]
                )
                self.end -= self.start
                self.searched = max(0, self.searched - self.start)
                self.start = 0
            }
            if self.storage.count - self.end < 2_048 {
                let grown = max(4_096, self.storage.count * 2)
                self.storage.append(contentsOf: repeatElement(0, count: grown - self.storage.count))
            }
        }
        let from = self.end
        var result: Result<Int, Failure> = .success(0)
        self.storage.withUnsafeMutableBytes { buffer in
            do throws(Failure) {
                result = .success(try body(UnsafeMutableRawBufferPointer(rebasing: buffer[from...])))
            } catch {
                result = .failure(error)
            }
        }
        let count = try result.get()
        precondition(count >= 0 && count <= self.storage.count - from)
        self.end += count
        return count
    }

    mutating func append(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = self.fill { room in
                let count = min(room.count, rest.count)
                room.copyBytes(from: rest.prefix(count))
                return count
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Lends the bytes of a packet.
    func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
        body(self.storage.span.bytes.extracting(range))
    }

    /// The next whole thing; nil when more bytes are needed.
    ///
    /// - Throws: For what cannot be RTSP. The inbox is of no use afterwards.
    mutating func next() throws(StreamSyntaxError) -> Item? {
        if self.pending != nil { return self.takeBody() }
        while self.start < self.end {
            let first = self.storage[self.start]
            if first == UInt8(ascii: "$") {
                guard self.end - self.start >= 4 else { return nil }
                let length = Int(self.storage[self.start + 2]) << 8 | Int(self.storage[self.start + 3])
                guard self.end - self.start >= 4 + length else { return nil }
                let channel = self.storage[self.start + 1]
                let range = (self.start + 4)..<(self.start + 4 + length)
                self.start = range.upperBound
                return .packet(channel: channel, range)
            }
            if first == UInt8(ascii: "\r") || first == UInt8(ascii: "\n") {
                self.start += 1  // Some servers leave an empty line behind a body.
                continue
            }
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                guard self.skipsJunk, self.skippedByteCount < 1 << 16 else {
                    throw StreamSyntaxError("not an RTSP message")
                }
                self.skippedByteCount += 1
                self.start += 1
                continue
            }
            guard let headEnd = try self.headEnd() else { return nil }
            let head = self.storage[self.start..<headEnd]
            self.start = headEnd
            self.searched = headEnd
            guard let (item, bodyLength) = try self.read(head: head) else { continue }
            self.pending = (item, bodyLength)
            self.body = []
            return self.takeBody()
        }
        return nil
    }

    /// Where the head that begins at `start` ends; nil when it has not wholly come.
    private mutating func headEnd() throws(StreamSyntaxError) -> Int? {
        var index = max(self.start, self.searched - 3)
        let limit = min(self.end, self.start + self.headByteCount)
        while index < limit {
            if self.storage[index] == UInt8(ascii: "\n") {
                var next = index + 1
                if next < limit, self.storage[next] == UInt8(ascii: "\r") { next += 1 }
                if next < limit, self.storage[next] == UInt8(ascii: "\n") { return next + 1 }
            }
            index += 1
        }
        self.searched = limit
        // The first line is judged as soon as there are enough bytes of it, so that nonsense is not waited
        // for.
        if self.end - self.start >= 64, self.isNonsense(self.storage[self.start..<self.start + 64]) {
            throw StreamSyntaxError("not an RTSP message")
        }
        if self.end - self.start >= self.headByteCount {
            throw StreamSyntaxError("the head of an answer is too long")
        }
        return nil
    }

    /// Whether so many first bytes of a head without a blank can be no message; the same in whatever pieces they come.
    private func isNonsense(_ beginning: ArraySlice<UInt8>) -> Bool {
        beginning.count == 64 && !self.skipsJunk && !beginning.contains(UInt8(ascii: " "))
    }

    private mutating func takeBody() -> Item? {
        guard let (item, missing) = self.pending else { return nil }
        let count = min(missing, self.end - self.start)
        self.body.append(contentsOf: self.storage[self.start..<self.start + count])
        self.start += count
        guard count == missing else {
            self.pending = (item, missing - count)
            return nil
        }
        self.pending = nil
        guard case .response(var response) = item else { return item }
        response.body = self.body
        self.body = []
        return .response(response)
    }

    /// A head's meaning and how long its body is; nil for one that is skipped as junk.
    private mutating func read(head: ArraySlice<UInt8>) throws(StreamSyntaxError) -> (Item, Int)? {
        guard !self.isNonsense(head.prefix(64)) else { throw StreamSyntaxError("not an RTSP message") }
        let message = MessageHead(head)
        let first = message.words
        guard first.count >= 2 else { return try self.junk(head.count) }
        let headers = message.headers
        let length = headers.first { $0.name == "content-length" }.map { Int($0.value) ?? -1 } ?? 0
        guard (0...self.bodyByteCount).contains(length) else {
            throw StreamSyntaxError("the body of an answer is too long")
        }
        let word = first[0]
        if word.hasPrefix("RTSP/1.") {
            guard let status = Int(first[1]), (100...599).contains(status) else {
                throw StreamSyntaxError("an answer without a status")
            }
            let reason = first.count > 2 ? first[2] : ""
            return (.response(ServerAnswer(status: status, reason: reason, headers: headers)), length)
        }
        guard first.count == 3, first[2].hasPrefix("RTSP/1.") else { return try self.junk(head.count) }
        return (.request(word), length)
    }

    private mutating func junk(_ count: Int) throws(StreamSyntaxError) -> (Item, Int)? {
        self.skippedByteCount += count
        guard self.skipsJunk, self.skippedByteCount < 1 << 16 else {
            throw StreamSyntaxError("not an RTSP message")
        }
        return nil
    }
}

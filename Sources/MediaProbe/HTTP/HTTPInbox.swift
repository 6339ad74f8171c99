/// Cuts a server's byte stream into the answers of HTTP/1.1 (RFC 9112): heads, and their bodies piece by piece; bounded,
/// and knows no socket.
struct HTTPInbox: ByteInlet {
    /// One thing that came.
    enum Item {
        case head(ServerAnswer)
        /// The bytes lie in the inbox until the next call; `withBytes` lends them.
        case body(Range<Int>)
        /// The body is over.
        case end
    }

    /// What comes next.
    private enum State: Equatable {
        case head
        case counted(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailer
        case untilClosed
        case over
    }

    private let headByteCount: Int
    private var queue = ByteQueue()
    private var state = State.head
    private var used = 0
    /// Bytes of the head, or of the trailer, in which its end was looked for.
    private var searched = 0
    private var trailerByteCount = 0

    /// - Parameter headByteCount: Of an answer's head, and of the trailer behind a body in chunks.
    init(headByteCount: Int) { self.headByteCount = headByteCount }

    /// Makes ready for the answer to another request.
    mutating func expectAnswer() {
        self.state = .head
        self.searched = 0
    }

    /// Whether nothing of an answer has come yet.
    var isUntouched: Bool { self.state == .head && self.queue.count == 0 }

    /// Whether the answer was read to its end and the connection can take another request.
    var isOver: Bool { self.state == .over }

    /// Whether the end of the connection is the end of the body.
    var endsWithConnection: Bool { self.state == .untilClosed || self.state == .over }

    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        try self.queue.fill(body)
    }

    mutating func append(_ bytes: [UInt8]) { self.queue.append(bytes) }

    /// Lends bytes of a body.
    func withBytes<Result, Failure>(
        _ range: Range<Int>,
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try self.queue.withBytes(range, body)
    }

    static let notHTTP = StreamSyntaxError("not an HTTP answer")

    /// The first bytes that are not read yet; they may tell what it is instead.
    var front: [UInt8] { self.queue.bytes(0..<min(self.queue.count, PeerSpeech.mostBytes)) }

    /// The next thing; nil when more bytes are needed, or after the end.
    ///
    /// - Throws: For what cannot be HTTP. The inbox is of no use afterwards.
    mutating func next() throws(StreamSyntaxError) -> Item? {
        self.queue.drop(self.used)
        self.used = 0
        while true {
            switch self.state {
            case .over: return nil
            case .head:
                guard let head = try self.takeHead() else { return nil }
                let answer = try self.read(head)
                guard answer.status >= 200 else { continue }  // Such as 100 Continue: no answer yet.
                self.state = try self.bodyState(of: answer)
                return .head(answer)
            case .chunk(0): self.state = .chunkEnd
            case .counted(0):
                self.state = .over
                return .end
            case .counted(let left):
                return self.take(atMost: left).map { piece in
                    self.state = .counted(left - piece.count)
                    return .body(piece)
                }
            case .chunk(let left):
                return self.take(atMost: left).map { piece in
                    self.state = .chunk(left - piece.count)
                    return .body(piece)
                }
            case .untilClosed: return self.take(atMost: .max).map { .body($0) }
            case .chunkEnd:
                guard self.queue.count >= 2 else { return nil }
                guard self.queue[0] == 0x0d, self.queue[1] == 0x0a else {
                    throw StreamSyntaxError("not a chunk")
                }
                self.queue.drop(2)
                self.state = .chunkSize
            case .chunkSize:
                guard let size = try self.takeChunkSize() else { return nil }
                self.trailerByteCount = 0
                self.state = size == 0 ? .trailer : .chunk(size)
            case .trailer:
                guard let line = try self.takeLine() else { return nil }
                self.trailerByteCount += line.count + 1
                guard self.trailerByteCount <= self.headByteCount else {
                    throw StreamSyntaxError("the trailer of an answer is too long")
                }
                guard line.isEmpty || line == [0x0d] else { continue }
                self.state = .over
                return .end
            }
        }
    }

    private mutating func take(atMost limit: Int) -> Range<Int>? {
        guard self.queue.count > 0 else { return nil }
        self.used = min(limit, self.queue.count)
        return 0..<self.used
    }

    /// The head up to its empty line, taken off the front.
    private mutating func takeHead() throws(StreamSyntaxError) -> [UInt8]? {
        // Empty lines before an answer are passed over (RFC 9112, 2.2).
        while self.searched == 0, self.queue.count > 0, self.queue[0] == 0x0d || self.queue[0] == 0x0a {
            self.queue.drop(1)
        }
        let mark = Array("HTTP/".utf8)
        guard
            self.queue.bytes(0..<min(self.queue.count, mark.count)).elementsEqual(
                mark.prefix(self.queue.count)
            )
        else { throw Self.notHTTP }
        var place = self.searched
        while let end = self.queue.firstIndex(of: 0x0a, from: place), end < self.headByteCount {
            place = end + 1
            var next = place
            if next < self.queue.count, self.queue[next] == 0x0d { next += 1 }
            guard next < self.queue.count else {
                self.searched = end
                return nil
            }
            if self.queue[next] == 0x0a {
                let head = self.queue.bytes(0..<(next + 1))
                self.queue.drop(next + 1)
                self.searched = 0
                return head
            }
        }
        guard self.queue.count < self.headByteCount else {
            throw StreamSyntaxError("the head of an answer is too long")
        }
        self.searched = self.queue.count
        return nil
    }

    private mutating func takeLine() throws(StreamSyntaxError) -> [UInt8]? {
        guard let end = self.queue.firstIndex(of: 0x0a), end < self.headByteCount else {
            guard self.queue.count < self.headByteCount else { throw StreamSyntaxError("a line is too long") }
            return nil
        }
        let line = self.queue.bytes(0..<end)
        self.queue.drop(end + 1)
        return line
    }

    /// Hexadecimal digits, and extensions behind a semicolon that mean nothing to us (RFC 9112, 7.1).
    private mutating func takeChunkSize() throws(StreamSyntaxError) -> Int? {
        guard let end = self.queue.firstIndex(of: 0x0a), end < 256 else {
            guard self.queue.count < 256 else { throw StreamSyntaxError("not a chunk") }
            return nil
        }
        let digits = self.queue.bytes(0..<end).prefix { $0 != UInt8(ascii: ";") && $0 != 0x0d && $0 != 0x20 }
        guard (1...8).contains(digits.count),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            size >= 0
        else { throw StreamSyntaxError("not a chunk") }
        self.queue.drop(end + 1)
        return size
    }

    private func read(_ bytes: [UInt8]) throws(StreamSyntaxError) -> ServerAnswer {
        let head = MessageHead(bytes[...])
        guard head.words.count >= 2, head.words[0].hasPrefix("HTTP/1."), let status = Int(head.words[1]),
            (100...599).contains(status)
        else { throw StreamSyntaxError("an answer without a status") }
        return ServerAnswer(
            status: status,
            reason: head.words.count > 2 ? head.words[2] : "",
            headers: head.headers
        )
    }

    /// How long the body is (RFC 9112, 6.3).
    private func bodyState(of answer: ServerAnswer) throws(StreamSyntaxError) -> State {
        if answer.status == 204 || answer.status == 304 { return .counted(0) }
        if let coding = answer.first("transfer-encoding") {
            guard coding.lowercased() == "chunked" else {
                throw StreamSyntaxError("an unknown transfer coding")
            }
            return .chunkSize
        }
        guard let text = answer.first("content-length") else { return .untilClosed }
        guard let length = Int(text), length >= 0 else {
            throw StreamSyntaxError("an answer of no clear length")
        }
        return .counted(length)
    }
}

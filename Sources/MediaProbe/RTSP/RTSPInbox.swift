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
    private var queue = ByteQueue()
    /// Bytes at the front that are done with once the next thing is asked for.
    private var used = 0
    /// Up to where the end of a head was looked for, so that a head that drips is not searched over and over.
    private var searched = 0
    private var pending: (item: Item, missing: Int)?
    private var body: [UInt8] = []
    /// Bytes between messages that belonged to nothing.
    private(set) var skippedByteCount = 0
    /// Whether junk between packets is skipped up to the next packet; only sensible once media flows.
    var skipsJunk = false
    /// Channels of the packets and of the reports that were agreed on: by them the next packet is found behind junk.
    var channels: (packets: UInt8, reports: UInt8) = (0, 1)
    /// Whether the bytes at the front are junk, so that what looks like a packet among them may be part of one.
    private var isLost = false

    init(headByteCount: Int, bodyByteCount: Int) {
        self.headByteCount = headByteCount
        self.bodyByteCount = bodyByteCount
    }

    mutating func fill<Failure>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        try self.queue.fill(body)
    }

    mutating func append(_ bytes: [UInt8]) { self.queue.append(bytes) }

    /// Lends the bytes of a packet.
    func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
        self.queue.withBytes(range, body)
    }

    /// The next whole thing; nil when more bytes are needed.
    ///
    /// - Throws: For what cannot be RTSP. The inbox is of no use afterwards.
    mutating func next() throws(StreamSyntaxError) -> Item? {
        self.drop(self.used)
        self.used = 0
        if self.pending != nil { return self.takeBody() }
        while self.queue.count > 0 {
            let first = self.queue[0]
            if first == UInt8(ascii: "$") {
                guard self.queue.count >= 4 else { return nil }
                guard let isMeant = self.isPlausiblePacket else { return nil }
                guard isMeant else {
                    try self.skipByte()
                    continue
                }
                let end = 4 + self.queue.number(at: 2, width: 2)
                guard self.queue.count >= end else { return nil }
                self.used = end
                self.isLost = false
                return .packet(channel: self.queue[1], 4..<end)
            }
            if first == UInt8(ascii: "\r") || first == UInt8(ascii: "\n") {
                self.drop(1)  // Some servers leave an empty line behind a body.
                continue
            }
            guard let isHead = self.isHead else { return nil }
            guard isHead else {
                try self.skipByte()
                continue
            }
            self.isLost = false
            guard let headEnd = try self.headEnd() else { return nil }
            let head = self.queue.bytes(0..<headEnd)
            self.drop(headEnd)
            guard let (item, bodyLength) = try self.read(head: head[...]) else { continue }
            self.pending = (item, bodyLength)
            self.body = []
            return self.takeBody()
        }
        return nil
    }

    /// Whether what begins with a dollar sign is a packet; nil when more bytes are needed to say. Before media flows
    /// everything is.
    ///
    /// Where a packet is awaited, one of ours may be anything, and one of a channel that we did not ask for has to look
    /// like a packet. Within junk the sign stands for nothing: there only what goes on as a packet of ours does is one.
    private var isPlausiblePacket: Bool? {
        guard self.skipsJunk else { return true }
        let channel = self.queue[1]
        let isOurs = channel == self.channels.packets || channel == self.channels.reports
        guard self.isLost || !isOurs else { return true }
        // The smallest packet of RTP is its head, that of RTCP an empty report (RFC 3550, 5.1 and 6.4.2).
        let least = channel == self.channels.packets ? 12 : 8
        guard isOurs || !self.isLost, self.queue.number(at: 2, width: 2) >= least else { return false }
        guard self.queue.count > 4 else { return nil }
        return self.queue[4] >> 6 == 2
    }

    /// Whether a message begins at the front; nil when more bytes are needed to say. Before media flows any word may
    /// begin one; afterwards only what RTSP has.
    private var isHead: Bool? {
        guard self.skipsJunk else {
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self.queue[0])
        }
        var isShort = false
        for beginning in Self.beginnings where beginning[0] == self.queue[0] {
            let count = min(beginning.count, self.queue.count)
            guard (1..<max(count, 1)).allSatisfy({ self.queue[$0] == beginning[$0] }) else { continue }
            if count == beginning.count { return true }
            isShort = true
        }
        return isShort ? nil : false
    }

    /// How an answer, and the request of a server or of one that repeats us, may begin (RFC 2326, 7.1 and 10).
    private static let beginnings = [
        "RTSP/1.", "OPTIONS ", "DESCRIBE ", "ANNOUNCE ", "SETUP ", "PLAY ", "PAUSE ", "TEARDOWN ", "RECORD ",
        "REDIRECT ", "GET_PARAMETER ", "SET_PARAMETER ",
    ].map { Array($0.utf8) }

    private mutating func skipByte() throws(StreamSyntaxError) {
        guard self.skipsJunk, self.skippedByteCount < 1 << 16 else {
            throw StreamSyntaxError("not an RTSP message")
        }
        self.isLost = true
        self.skippedByteCount += 1
        self.drop(1)
    }

    private mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        self.queue.drop(count)
        self.searched = 0
    }

    /// Where the head at the front ends; nil when it has not wholly come.
    private mutating func headEnd() throws(StreamSyntaxError) -> Int? {
        var place = max(0, self.searched - 3)
        let limit = min(self.queue.count, self.headByteCount)
        while let lineEnd = self.queue.firstIndex(of: UInt8(ascii: "\n"), from: place), lineEnd < limit {
            place = lineEnd + 1
            var next = place
            if next < limit, self.queue[next] == UInt8(ascii: "\r") { next += 1 }
            if next < limit, self.queue[next] == UInt8(ascii: "\n") { return next + 1 }
        }
        self.searched = limit
        // The first line is judged as soon as there are enough bytes of it, so that nonsense is not waited
        // for, and before the length, so that it is the same fault in whatever pieces it comes.
        if self.queue.count >= 64, self.isNonsense(self.queue.bytes(0..<64)[...]) {
            throw StreamSyntaxError("not an RTSP message")
        }
        guard self.queue.count < self.headByteCount else {
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
        let count = min(missing, self.queue.count)
        self.body += self.queue.bytes(0..<count)
        self.drop(count)
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
        self.isLost = true
        self.skippedByteCount += count
        guard self.skipsJunk, self.skippedByteCount < 1 << 16 else {
            throw StreamSyntaxError("not an RTSP message")
        }
        return nil
    }
}

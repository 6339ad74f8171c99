/// What goes out and what comes in during one transfer, and when it must end.
///
/// Used by curl's callbacks, all of them on the thread that waits for the transfer.
final class CurlExchange {
    /// Why we, and not curl or the other side, ended it.
    enum Stop { case deadlinePassed, cancelled, bodyTooLarge, headersTooLarge }

    /// Far above what honest servers send; curl 7.88 itself sets no limit on their number.
    static let maximumHeaderBytes = 64 << 10

    private let deadline: ContinuousClock.Instant
    private let cancellation: TransferCancellation?
    private let maximumBodyBytes: Int
    private let outgoing: [UInt8]
    private var sentCount = 0
    private var headerBytes = 0
    private(set) var body: [UInt8] = []
    private(set) var lines: [String] = []
    private(set) var stop: Stop?

    init(
        deadline: ContinuousClock.Instant,
        cancellation: TransferCancellation?,
        maximumBodyBytes: Int,
        outgoing: [UInt8] = []
    ) {
        self.deadline = deadline
        self.cancellation = cancellation
        self.maximumBodyBytes = maximumBodyBytes
        self.outgoing = outgoing
    }

    static func at(_ context: UnsafeMutableRawPointer?) -> CurlExchange? {
        context.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes all, or says 0, which ends the transfer.
    func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        guard self.body.count + bytes.count <= self.maximumBodyBytes else {
            self.stop = .bodyTooLarge
            return 0
        }
        self.body.append(contentsOf: bytes)
        return bytes.count
    }

    /// One line a call, its line end included; also each line of an SMTP server's replies.
    func receive(header bytes: UnsafeRawBufferPointer) -> Int {
        self.headerBytes += bytes.count
        guard self.headerBytes <= Self.maximumHeaderBytes else {
            self.stop = .headersTooLarge
            return 0
        }
        var line = bytes[...]
        while let last = line.last, last == 0x0A || last == 0x0D { line = line.dropLast() }
        self.lines.append(String(decoding: line, as: UTF8.self))
        return bytes.count
    }

    /// 0 when everything has been given.
    func send(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(bytes.count, self.outgoing.count - self.sentCount)
        bytes.copyBytes(from: self.outgoing[self.sentCount..<self.sentCount + count])
        self.sentCount += count
        return count
    }

    /// Asked by curl at every turn, and at least about once a second, also while it says good-bye to a
    /// silent mail server, where curl's own limit no longer holds.
    func mustStop() -> Bool {
        if self.cancellation?.isCancelled == true {
            self.stop = .cancelled
        } else if ContinuousClock.now >= self.deadline {
            self.stop = .deadlinePassed
        }
        return self.stop != nil
    }

    /// The headers of the last answer; those of interim answers (1xx) are left out.
    var headers: [HTTPHeader] {
        let start = self.lines.lastIndex { $0.hasPrefix("HTTP/") }.map { $0 + 1 } ?? 0
        return self.lines[start...].compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            let trimmed = value.drop { $0 == " " || $0 == "\t" }
            return HTTPHeader(received: String(line[..<colon]), String(trimmed))
        }
    }
}

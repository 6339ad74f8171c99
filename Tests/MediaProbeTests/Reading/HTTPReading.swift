@testable import MediaProbe

/// A byte stream of an HTTP server: heads and bodies. The first byte says in what pieces it comes.
struct HTTPReading: UntrustedReading {
    private static let headByteCount = 1_024

    /// What came of one answer.
    private struct Answer: Equatable {
        var head: ServerAnswer
        var body: [UInt8] = []
        var isOver = false
    }

    private let stream: [UInt8]
    private let answer: Answer?
    private let error: StreamSyntaxError?

    var understoodCount: Int { self.answer == nil ? 0 : 1 }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let piece = Int(cutter.byte()) + 1
        self.stream = cutter.rest()
        (self.answer, self.error) = Self.answer(self.stream, piece: piece)
        if let head = self.answer?.head {
            _ = AnswerStatus.cause(of: head)
            if let location = head.first("location") {
                _ = WebAddress.resolve(location, origin: "http://h:80", resource: "/live.flv")
            }
        }
    }

    private static func answer(_ stream: [UInt8], piece: Int) -> (Answer?, StreamSyntaxError?) {
        var inbox = HTTPInbox(headByteCount: self.headByteCount)
        var answer: Answer?
        for part in stream.pieces(of: piece) {
            inbox.append(Array(part))
            do throws(StreamSyntaxError) {
                while let item = try inbox.next() {
                    switch item {
                    case .head(let head): answer = Answer(head: head)
                    case .body(let range):
                        let bytes = inbox.withBytes(range) { $0.withUnsafeBytes { Array($0) } }
                        answer?.body += bytes
                    case .end: answer?.isOver = true
                    }
                }
            } catch {
                return (answer, error)
            }
        }
        return (answer, nil)
    }

    func brokenProperty() -> String? {
        let (whole, error) = Self.answer(self.stream, piece: max(1, self.stream.count))
        guard whole == self.answer, error == self.error else {
            return "the cut of the stream changes what it says"
        }
        guard let answer else { return nil }
        guard (200...599).contains(answer.head.status) else { return "status \(answer.head.status)" }
        guard answer.body.count + 12 <= self.stream.count else { return "more was read than came" }
        return nil
    }
}

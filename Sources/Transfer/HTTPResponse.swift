/// A whole answer to an `HTTPRequest`, whatever its status.
public struct HTTPResponse: Sendable, Hashable {
    /// 200 to 599; interim answers (1xx) are passed over.
    public let status: Int
    /// In the order they came.
    public let headers: [HTTPHeader]
    /// At most the request's `maximumResponseBytes`.
    public let body: [UInt8]
    /// From the start of the request to the last byte, redirects included.
    public let took: Duration
    /// Whom we asked, redacted.
    let subject: String

    /// Whether the status is 2xx.
    public var isSuccess: Bool { (200..<300).contains(self.status) }

    /// The first value of a header, its name compared without regard to case.
    public func value(of name: String) -> String? {
        let name = name.lowercased()
        return self.headers.first { $0.name.lowercased() == name }?.value
    }

    /// Throws `rejected`, with the status, unless the answer is 2xx.
    public func requireSuccess() throws(TransferError) {
        guard self.isSuccess else {
            throw TransferError(
                .request,
                self.subject,
                self.status == 401 || self.status == 403 ? .denied : .rejected,
                "answered \(self.status)",
                status: self.status
            )
        }
    }
}

extension HTTPResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Status, size and time; neither headers nor body, which may hold secrets.
    public var description: String { "\(self.status), \(self.body.count) bytes, \(self.took)" }
    /// As `description`.
    public var debugDescription: String { self.description }
    /// Only the printed form.
    public var customMirror: Mirror { Mirror(self, children: ["response": self.description]) }
}

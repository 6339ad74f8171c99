internal import CLibPQ

/// Where a database is and as whom to enter it. Printing it never shows the password.
public struct DatabaseAddress: Sendable, Equatable {
    /// libpq's keywords and their values, each keyword once, in libpq's order.
    private(set) var options: [Option]

    struct Option: Sendable, Equatable {
        var keyword: String
        var value: String
        var isSecret: Bool
    }

    /// Reads `postgresql://user:password@host:port/database?option=value` or libpq's `key=value …`
    /// (PostgreSQL manual, 34.1.1). The text of an error never repeats the URL.
    public init(_ text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw PostgresError(operation: .address, message: "the connection URL contains U+0000")
        }
        var words: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(text, &words) else {
            let reason = words.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(words)
            throw PostgresError(
                operation: .address,
                message: "the connection URL cannot be read: \(DatabaseAddress.withoutQuotations(reason))"
            )
        }
        defer { PQconninfoFree(parsed) }
        self.options = []
        var next = parsed
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val {
                self.set(String(cString: keyword), String(cString: value))
            }
            next += 1
        }
    }

    /// A server on this machine behind a Unix socket, entered by who we are (peer authentication).
    public init(socketFolder: String, port: Int, user: String, database: String) {
        self.options = []
        self.set("host", socketFolder)
        self.set("port", String(port))
        self.set("user", user)
        self.set("dbname", database)
    }

    /// The database's name, when the address names one.
    public var database: String? { self.value("dbname") }

    /// The user's name, when the address names one.
    public var user: String? { self.value("user") }

    /// The same server, another database.
    public func withDatabase(_ name: String) -> DatabaseAddress {
        var other = self
        other.set("dbname", name)
        return other
    }

    /// The same server, another user.
    public func withUser(_ name: String) -> DatabaseAddress {
        var other = self
        other.set("user", name)
        return other
    }

    /// Takes the secrets out of a text that libpq or a server wrote.
    func redacting(_ text: String) -> String {
        var text = text
        for option in self.options where option.isSecret && !option.value.isEmpty {
            text = text.split(separator: option.value, omittingEmptySubsequences: false)
                .joined(separator: "<secret>")
        }
        return text
    }

    private func value(_ keyword: String) -> String? {
        self.options.first { $0.keyword == keyword }?.value
    }

    mutating func set(_ keyword: String, _ value: String) {
        self.options.removeAll { $0.keyword == keyword }
        let isSecret = keyword == "password" || keyword == "sslpassword"
        self.options.append(Option(keyword: keyword, value: value, isSecret: isSecret))
    }

    /// libpq quotes what it could not read, and that may be the password.
    private static func withoutQuotations(_ reason: String) -> String {
        let line = reason.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard let first = line.firstIndex(of: "\""), let last = line.lastIndex(of: "\"") else { return line }
        return "\(line[..<first])…\(line[line.index(after: last)...])"
    }
}

extension DatabaseAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The options as libpq takes them, secrets as `<secret>`.
    public var description: String {
        self.options.map { "\($0.keyword)=\($0.isSecret ? "<secret>" : $0.value)" }.joined(separator: " ")
    }

    /// The same as ``description``.
    public var debugDescription: String { self.description }

    /// Shows no more than ``description`` does.
    public var customMirror: Mirror { Mirror(self, children: ["options": self.description]) }
}

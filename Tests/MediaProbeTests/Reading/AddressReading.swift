@testable import MediaProbe

/// An address, up to the first line's end, and behind it words of a server that may hold its password.
struct AddressReading: UntrustedReading {
    private let target: MediaTarget?
    private let words: String
    private let shownWords: String

    var understoodCount: Int { self.target == nil ? 0 : 1 }

    init(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0a, maxSplits: 1, omittingEmptySubsequences: false)
        self.target = try? MediaTarget(String(decoding: lines[0], as: UTF8.self))
        self.words = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
        self.shownWords = shown(self.words, hiding: HiddenWords(self.target))
        _ = WebAddress.resolve(self.words, origin: "http://h:80", resource: "/a/b?c")
    }

    func brokenProperty() -> String? {
        guard self.shownWords.count <= 160, !self.shownWords.contains(where: \.isNewline) else {
            return "words that break out of their line"
        }
        guard let target else { return nil }
        guard target.port > 0, !target.host.isEmpty else { return "an address without host or port" }
        guard target.resource.isEmpty || target.resource.hasPrefix("/") else {
            return "a path without its slash"
        }
        let request = target.requestAddress
        guard request.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            return "an address that breaks out of its line"
        }
        let sent = try? MediaTarget(named: request, certificatePolicy: .mustVerify)
        guard let again = sent, again.credential == nil, again.host == target.host,
            again.port == target.port, again.resource == target.resource, again.scheme == target.scheme
        else { return "the address sent is another one" }
        guard redacted(target.redactedURL) == target.redactedURL else {
            return "redacted twice it is another address"
        }
        return self.leak(of: target)
    }

    /// A password that does not stand in the rest of the address, and is not made of stars, is nowhere to be seen.
    private func leak(of target: MediaTarget) -> String? {
        let hidden = HiddenWords(target).words.map { String(decoding: $0, as: UTF8.self) }
        guard !hidden.contains(where: { !$0.contains("*") && Self.holds(self.shownWords, $0) }) else {
            return "the server's words show a secret of the address"
        }
        guard let password = target.credential?.password, password.utf8.count >= 3, !password.contains("*")
        else {
            return nil
        }
        guard !Self.holds(self.shownWords, password) else { return "the server's words show the password" }
        guard !Self.holds(target.requestAddress, password) else { return nil }
        for text in ["\(target)", String(reflecting: target), target.redactedURL]
        where Self.holds(text, password) {
            return "the address shows its password"
        }
        return nil
    }

    /// By bytes: what looks like another character to us may still be read by a person.
    private static func holds(_ text: String, _ part: String) -> Bool {
        Array(text.utf8).firstRange(of: Array(part.utf8)) != nil
    }
}

/// A mailbox, with or without a person's name (RFC 5322 §3.4).
public struct MailAddress: Sendable, Hashable {
    /// `local@domain`, in ASCII.
    public let address: String
    /// What people read in its stead; any script.
    public let name: String?

    /// Throws `invalid` unless the address is a dot-atom, `@` and a domain, all ASCII and at most 254 bytes,
    /// or when the name holds a line break.
    ///
    /// An international domain is given in its `xn--` form. Quoted local parts are not taken.
    public init(_ address: String, name: String? = nil) throws(TransferError) {
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        guard address.utf8.count <= 254, halves.count == 2, Self.isDotAtom(halves[0]),
            halves[0].utf8.count <= 64,
            Self.isDotAtom(halves[1])
        else {
            throw TransferError(.compose, "mail address", .invalid, "is not local@domain in plain ASCII")
        }
        if let name {
            guard !HeaderSyntax.holdsControl(name), name.utf8.count <= 200 else {
                throw TransferError(
                    .compose,
                    "mail address",
                    .invalid,
                    "the name holds a line break or control character, or is over 200 bytes"
                )
            }
        }
        self.address = address
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// As it stands in a header: an ASCII name quoted, any other as encoded words.
    func headerText(limit: Int) -> String {
        guard let name = self.name else { return self.address }
        let isPlain = name.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !EncodedWord.isAlike(name)
        guard isPlain else {
            return EncodedWord.words(name, limit: limit).joined(separator: " ") + " <\(self.address)>"
        }
        var quoted = "\""
        for character in name {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\" <\(self.address)>"
    }

    private static func isDotAtom(_ text: Substring) -> Bool {
        let marks = "!#$%&'*+-/=?^_`{|}~".utf8
        return !text.isEmpty
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty
                    && atom.utf8.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                            || (0x61...0x7A).contains(byte) || marks.contains(byte)
                    }
            }
    }
}

extension MailAddress: CustomStringConvertible {
    /// `name <local@domain>`, or the address alone.
    public var description: String { self.name.map { "\($0) <\(self.address)>" } ?? self.address }
}

internal import Packing
internal import WaysideCore

/// Which number stands for which device in the journal's files, so that they can be read without the
/// database.
///
/// One line an entry: CRC-32C of the rest in eight hexadecimal digits, a space, the number, a space, the key
/// with `\` and line feeds escaped. Lines are added, never changed.
final class DeviceCatalog {
    static let name = "devices.catalog"

    private(set) var keys: [DeviceID: String] = [:]
    private let file: OpenFile
    private var length: Int64

    /// Opens the catalog, or begins one. A line that is cut at the end is removed; a damaged one is passed
    /// over, and written again when its device is registered again.
    init(folder: String, report: (JournalFinding) -> Void) throws(SystemError) {
        self.file = try OpenFile("\(folder)/\(Self.name)", for: .writing)
        let bytes = try self.file.read(at: 0, count: Int(try self.file.length()))
        let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        self.length = Int64(whole)
        self.keys = Self.entries(bytes.prefix(whole)) { offset, count in
            report(.damage(segment: Self.name, at: offset, bytes: count))
        }
        if whole < bytes.count {
            report(.catalogCut(bytes: Int64(bytes.count - whole)))
            try self.file.truncate(to: self.length)
        }
    }

    /// The entries of a catalog that somebody else may be writing; empty when there is none.
    static func read(folder: String, report: (JournalFinding) -> Void) throws(SystemError) -> [DeviceID:
        String]
    {
        do {
            let file = try OpenFile("\(folder)/\(self.name)", for: .reading)
            let bytes = try file.read(at: 0, count: Int(try file.length()))
            let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return self.entries(bytes.prefix(whole)) { offset, count in
                report(.damage(segment: self.name, at: offset, bytes: count))
            }
        } catch  where error.isAbsent {
            return [:]
        }
    }

    /// Makes the devices known that are not, before anything about them is written.
    ///
    /// - Throws: When a number stands for another device already: the journal is another installation's.
    func register(_ devices: [(id: DeviceID, key: String)]) throws(JournalError) {
        var added: [DeviceID: String] = [:]
        var lines: [UInt8] = []
        for (id, key) in devices {
            if let known = self.keys[id] ?? added[id] {
                guard known == key else {
                    throw JournalError(
                        .register,
                        path: self.file.path,
                        reason:
                            "device \(id) is \(known) there and \(key) here: this journal belongs to another "
                            + "inventory"
                    )
                }
                continue
            }
            added[id] = key
            lines += Self.line(id, key)
        }
        guard !lines.isEmpty else { return }
        do {
            try self.file.write(lines, at: self.length)
            try self.file.syncData()
        } catch {
            // What was half written is cut now, or else when the catalog is opened again.
            try? self.file.truncate(to: self.length)
            throw JournalError(.register, error)
        }
        self.length += Int64(lines.count)
        self.keys.merge(added) { known, _ in known }
    }

    private static func line(_ id: DeviceID, _ key: String) -> [UInt8] {
        var rest = Array("\(id.number) ".utf8)
        for byte in key.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): rest += Array("\\n".utf8)
            case UInt8(ascii: "\\"): rest += Array("\\\\".utf8)
            default: rest.append(byte)
            }
        }
        let checksum = String(CRC32C.checksum(rest), radix: 16)
        let padding = String(repeating: "0", count: 8 - checksum.count)
        return Array("\(padding)\(checksum) ".utf8) + rest + [UInt8(ascii: "\n")]
    }

    private static func entries(
        _ bytes: ArraySlice<UInt8>,
        damage: (_ offset: Int64, _ count: Int64) -> Void
    ) -> [DeviceID: String] {
        var keys: [DeviceID: String] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            if let (id, key) = self.entry(line) {
                keys[id] = key
            } else {
                damage(Int64(line.startIndex), Int64(line.count))
            }
        }
        return keys
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> (DeviceID, String)? {
        guard line.count > 9,
            let checksum = UInt32(String(decoding: line.prefix(8), as: UTF8.self), radix: 16),
            CRC32C.checksum(line.dropFirst(9)) == checksum
        else { return nil }
        let rest = line.dropFirst(9)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
            let number = Int64(String(decoding: rest[..<space], as: UTF8.self))
        else { return nil }
        var key: [UInt8] = []
        var isEscaped = false
        for byte in rest[(space + 1)...] {
            if isEscaped {
                key.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                key.append(byte)
            }
        }
        return (DeviceID(number), String(decoding: key, as: UTF8.self))
    }
}

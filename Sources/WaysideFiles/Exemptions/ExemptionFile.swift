public import WaysideCore

/// A file of exemptions (报备文件): one JSON object a line.
///
/// A key that is not known is passed over, unless it is so near to a known one that it must be a slip: a misspelt
/// `revoked_at` would otherwise leave a revoked exemption in force.
public enum ExemptionFile {
    /// Reads the file. Given an inventory, scopes that name a device or organization that is not in it are refused.
    ///
    /// - Throws: ``FilesError`` with every bad line, when the file cannot be read or has one.
    public static func read(_ path: String, inventory: Inventory?) throws(FilesError) -> [Exemption] {
        var lines = try LineReader(path)
        var (exemptions, problems, rows): ([Exemption], [FileProblem], [String: Int]) = ([], [], [:])
        while let (bytes, count) = try lines.next() {
            var scanner = JSONScanner(base: bytes, end: count)
            scanner.skipBlanks()
            if scanner.index == count { continue }
            do throws(JSONFault) {
                guard case .object(let members) = try JSONValue(&scanner) else {
                    throw scanner.fault("no object")
                }
                try scanner.expectEnd()
                let exemption = try self.exemption(
                    JSONRecord(members, name: "exemption"),
                    inventory: inventory
                )
                if let first = rows.updateValue(lines.number, forKey: exemption.id) {
                    throw JSONFault(
                        wrong: "the id \(quoted(exemption.id)) stands in line \(first) already",
                        mend: "give each exemption an id of its own"
                    )
                }
                exemptions.append(exemption)
            } catch {
                problems.append(
                    FileProblem(file: path, row: lines.number, wrong: error.wrong, mend: error.mend)
                )
            }
        }
        guard problems.isEmpty else { throw FilesError(.parse, file: path, problems: problems) }
        return exemptions
    }

    static let keys = [
        "id", "scope", "facets", "class", "from", "to", "requested_at", "approved_at", "revoked_at",
        "document",
        "reason",
    ]
    private static let timeMend = "write RFC 3339 with an offset, such as 2026-03-01T00:00:00.000+08:00"

    static func exemption(_ record: JSONRecord, inventory: Inventory?) throws(JSONFault) -> Exemption {
        for key in record.keys where !self.keys.contains(key) {
            guard let meant = Spelling.likely(key, among: self.keys) else { continue }
            throw JSONFault(wrong: "unknown key \(quoted(key))", mend: "the nearest known one is \(meant)")
        }
        let id = try record.required("id", "add one that no other exemption has")
        guard let from = try record.time("from"), let to = try record.time("to") else {
            throw JSONFault(wrong: "the exemption has no from or no to", mend: self.timeMend)
        }
        guard from <= to else {
            throw JSONFault(wrong: "to is before from", mend: "write the window's end after its start")
        }
        return Exemption(
            id: id,
            scope: try self.scope(record, inventory: inventory),
            facets: try self.facets(record),
            className: try record.required("class", "add one, such as works"),
            span: Span(from, to),
            requestedAt: try record.time("requested_at"),
            approvedAt: try record.time("approved_at"),
            revokedAt: try record.time("revoked_at"),
            document: try record.text("document"),
            reason: try record.text("reason")
        )
    }

    private static func facets(_ record: JSONRecord) throws(JSONFault) -> Set<Facet>? {
        guard let words = try record.texts("facets") else { return nil }
        var facets: Set<Facet> = []
        for word in words {
            guard let facet = Facet(rawValue: word) else {
                throw ObservationScanner.unknown("facet", word, Facet.allCases.map(\.rawValue))
            }
            facets.insert(facet)
        }
        return facets
    }

    private static func scope(_ record: JSONRecord, inventory: Inventory?) throws(JSONFault)
        -> Exemption.Scope
    {
        let mend = "write {\"device\": \"…\"}, {\"organization\": \"…\"} or {\"downstream_of\": \"…\"}"
        guard let scope = try record.record("scope"), scope.keys.count == 1, let kind = scope.keys.first,
            let key = try scope.text(kind)
        else { throw JSONFault(wrong: "the exemption has no scope, or more than one", mend: mend) }
        switch kind {
        case "device", "downstream_of":
            if let inventory, inventory.device(key: key) == nil {
                throw JSONFault(
                    wrong: "there is no device \(quoted(key)) in the inventory",
                    mend: "mend the key or add it"
                )
            }
            return kind == "device" ? .device(key) : .downstream(of: key)
        case "organization":
            if let inventory, inventory.organization(key: key) == nil {
                throw JSONFault(
                    wrong: "there is no organization \(quoted(key)) in the inventory",
                    mend: "mend the key or add it"
                )
            }
            return .organization(key)
        default: throw JSONFault(wrong: "unknown scope \(quoted(kind))", mend: mend)
        }
    }

    /// One line with its line feed, as ``read(_:inventory:)`` takes it.
    public static func line(_ exemption: Exemption) -> [UInt8] {
        var line = Array("{\"id\":".utf8)
        JSONValue.quoted(exemption.id, into: &line)
        let (kind, key) =
            switch exemption.scope {
            case .device(let key): ("device", key)
            case .organization(let key): ("organization", key)
            case .downstream(let key): ("downstream_of", key)
            }
        line += Array(",\"scope\":{\"\(kind)\":".utf8)
        JSONValue.quoted(key, into: &line)
        line += Array("}".utf8)
        let facets = exemption.facets.map { set in Facet.allCases.filter(set.contains).map(\.rawValue) }
        ObservationLineWriter.append("facets", facets, to: &line)
        ObservationLineWriter.append("class", exemption.className, to: &line)
        ObservationLineWriter.append("from", exemption.span.start.text, to: &line)
        ObservationLineWriter.append("to", exemption.span.end.text, to: &line)
        ObservationLineWriter.append("requested_at", exemption.requestedAt?.text, to: &line)
        ObservationLineWriter.append("approved_at", exemption.approvedAt?.text, to: &line)
        ObservationLineWriter.append("revoked_at", exemption.revokedAt?.text, to: &line)
        ObservationLineWriter.append("document", exemption.document, to: &line)
        ObservationLineWriter.append("reason", exemption.reason, to: &line)
        return line + Array("}\n".utf8)
    }
}

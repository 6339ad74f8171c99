internal import WaysideCore

/// A notice as JSON (RFC 8259), the body of a webhook: keys in snake_case, times RFC 3339; what is not known
/// is absent.
///
/// The same notice always gives the same bytes, so that its signature can be checked against a copy.
struct NoticeDocument {
    let bytes: [UInt8]

    init(_ notice: Notice) {
        let facts = notice.facts
        let device = facts.device
        let deviceFields: [(String, JSONText?)] = [
            ("key", .string(device.key)),
            ("name", .string(device.name)),
            ("kind", .string(device.kind.rawValue)),
            ("roads", .array(device.roads.map { .string($0) })),
            ("stake_mark", device.stakeMark.map { .string($0.description) }),
            ("direction", device.direction.map { .string($0.rawValue) }),
            ("position_class", .number(Int64(device.positionClass))),
            ("organization", device.organizationName.map { .string($0) }),
            ("maintainer", device.maintainer.map(Self.recipient)),
        ]
        let texts = NoticeLanguage.allCases.map { language -> (String, JSONText?) in
            let text = NoticeText(notice, in: language)
            return (
                language.rawValue, .object([("title", .string(text.title)), ("body", .string(text.body))])
            )
        }
        let document = JSONText.object([
            ("key", .string(notice.key)),
            ("kind", .string(notice.kind.rawValue)),
            ("ticket", .number(notice.ticketNumber)),
            ("created_at", .string(notice.createdAt.text)),
            ("recipient", Self.recipient(notice.recipient)),
            ("device", .object(deviceFields)),
            ("facets", .array(facts.facets.map { .string($0.rawValue) })),
            ("cause", facts.cause.map { .string($0.rawValue) }),
            ("since", .string(facts.since.text)),
            ("affected_count", .number(Int64(facts.affectedCount))),
            ("affected_names", .array(facts.affectedNames.map { .string($0) })),
            ("repair_by", facts.repairBy.map { .string($0.text) }),
            ("closed_at", facts.closedAt.map { .string($0.text) }),
            ("reason", facts.reason.map { .string($0.rawValue) }),
            ("merged_into", facts.mergedInto.map { .number($0) }),
            ("repeat_count", .number(Int64(facts.repeatCount))),
            ("text", .object(texts)),
        ])
        self.bytes = Array(document.text.utf8)
    }

    private static func recipient(_ recipient: Recipient) -> JSONText {
        .object([("key", .string(recipient.key)), ("name", .string(recipient.name))])
    }
}

/// A piece of JSON already written; only what a notice needs.
private struct JSONText {
    let text: String

    static func number(_ value: Int64) -> JSONText { JSONText(text: String(value)) }

    static func array(_ items: [JSONText]) -> JSONText {
        JSONText(text: "[" + items.map(\.text).joined(separator: ",") + "]")
    }

    /// Fields without a value are left out.
    static func object(_ fields: [(String, JSONText?)]) -> JSONText {
        let written = fields.compactMap { name, value in value.map { self.string(name).text + ":" + $0.text }
        }
        return JSONText(text: "{" + written.joined(separator: ",") + "}")
    }

    static func string(_ value: String) -> JSONText {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return JSONText(text: text + "\"")
    }
}

internal import WaysideCore
internal import WaysideReports

// What every shape is made of.
extension APISchemas {
    static let text = JSONText.object(["type": .string("string")])
    static let whole = JSONText.object(["type": .string("integer"), "format": .string("int64")])
    static let number = JSONText.object(["type": .string("number")])
    static let flag = JSONText.object(["type": .string("boolean")])
    static let instant = JSONText.object(["type": .string("string"), "format": .string("date-time")])
    static let date = JSONText.object(["type": .string("string"), "format": .string("date")])
    static let facet = Self.words(Facet.allCases.map(\.rawValue))
    static let status = Self.words(Status.allCases.map(\.name))
    static let cause = Self.words(Cause.allCases.map(\.rawValue))
    static let stage = Self.words(FaultTicket.StageName.allCases.map(\.rawValue))
    static let action = Self.words(FaultTicket.ActionName.allCases.map(\.rawValue))

    static func words(_ words: [String]) -> JSONText {
        .object(["type": .string("string"), "enum": .words(words)])
    }

    static func list(_ items: JSONText) -> JSONText {
        .object(["type": .string("array"), "items": items])
    }

    static func maybe(_ schema: JSONText) -> JSONText {
        .object(["anyOf": .array([schema, .object(["type": .string("null")])])])
    }

    /// An object whose members are all there, but for those whose name ends in a question mark.
    static func object(_ members: Members) -> JSONText {
        let required = members.filter { !$0.name.hasSuffix("?") }.map(\.name)
        return .object([
            "type": .string("object"),
            "required": .words(required),
            "properties": .object(
                members.map {
                    JSONText.Member($0.name.hasSuffix("?") ? String($0.name.dropLast()) : $0.name, $0.schema)
                }
            ),
        ])
    }
}

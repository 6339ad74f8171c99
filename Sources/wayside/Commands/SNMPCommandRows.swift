internal import ArgumentParser
internal import SNMP
internal import WaysideReports

/// What an agent said, as rows with typed values, and what it did not say, in words.
enum SNMPCommandRows {
    /// The object of that number.
    static func name(_ text: String) throws(ExitCode) -> OID {
        guard let name = OID(text) else {
            throw Ending.asked("\(text) is no object number; write one such as 1.3.6.1.2.1.1.5.0")
        }
        return name
    }

    /// A row an object.
    static func table(_ varBinds: [VarBind]) -> Table {
        Table(
            columns: [Table.Column("oid", "对象"), Table.Column("type", "类型"), Table.Column("value", "值")],
            rows: varBinds.map { [.text("\($0.name)"), .text(self.type(of: $0.value)), self.cell($0.value)] }
        )
    }

    private static func type(of value: SNMPValue) -> String {
        switch value {
        case .integer: "integer"
        case .octets: self.isText(value) ? "text" : "bytes"
        case .oid: "oid"
        case .null: "null"
        case .ipAddress: "ip_address"
        case .counter32: "counter32"
        case .gauge32: "gauge32"
        case .timeTicks: "time_ticks"
        case .opaque: "opaque"
        case .opaqueFloat: "float"
        case .opaqueDouble: "double"
        case .counter64: "counter64"
        case .noSuchObject: "no_such_object"
        case .noSuchInstance: "no_such_instance"
        case .endOfMibView: "end_of_mib_view"
        case .undecodable: "undecodable"
        }
    }

    /// Whole numbers stay numbers; beyond 2⁶³ they are text, because many readers of JSON would round them.
    private static func cell(_ value: SNMPValue) -> Table.Cell {
        if let number = value.signed { return .integer(number) }
        if value.isMissing || value == .null { return .empty }
        return .text(value.description)
    }

    /// Bytes are text when they are whole UTF-8 without control characters, as `SNMPValue` prints them.
    private static func isText(_ value: SNMPValue) -> Bool {
        value.text?.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ?? false
    }

    /// Why a walk is not whole.
    static func words(_ cut: WalkCut) -> String {
        switch cut {
        case .rowLimit: "there are more rows; raise --rows"
        case .byteLimit: "there are more bytes than a walk may read"
        case .timeLimit: "it took too long"
        case .notIncreasing(let last, let next):
            "after \(last) the agent gave \(next), which does not come after it"
        case .pointless(let name): "the agent's answer at \(name) is nothing to go on from"
        case .unanswered(let answer): self.words(answer)
        }
    }

    /// Says why there is nothing to print; the answer "no", unless the fault is the question's or ours.
    static func ending(_ answer: SNMPAnswer, _ agent: SNMPAgent) -> ExitCode {
        let words = "\(agent.address): \(self.words(answer))"
        switch answer {
        case .unsupported: return Ending.asked(words)
        case .sendFailed, .overloaded, .cancelled, .engineClosed: return Ending.ours(words)
        case .response, .agentError, .malformed, .securityRefused, .silent, .refused, .unreachable:
            Output.note("wayside: " + words)
            return Ending.no
        }
    }

    private static func words(_ answer: SNMPAnswer) -> String {
        switch answer {
        case .response: "it answered"
        case .agentError(let status, let index, _):
            "the agent refuses: \(status)" + (index > 0 ? " (object \(index))" : "")
        case .malformed(.encoding(let fault), _): "the answer cannot be read: \(fault)"
        case .malformed(.unasked(let name), _): "the agent answers what was not asked: \(name)"
        case .securityRefused(let refusal, _): "\(refusal)"
        case .silent: "no answer; it may be down, or the community may be another"
        case .refused: "the host answers that no agent listens on that port"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .sendFailed(let reason): "the question could not be sent: \(reason)"
        case .overloaded: "the question never left in time"
        case .unsupported(let reason): reason
        case .cancelled: "it was called off"
        case .engineClosed: "the engine was closed"
        }
    }
}

extension Duration {
    /// Cut to whole milliseconds.
    var wholeMilliseconds: Int64 {
        self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}

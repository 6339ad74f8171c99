/// A walk through one subtree as a machine: says what to ask next, takes the answer, and never goes back.
///
/// It asks by GETBULK from the last row it has, halving when that is too much, and by GETNEXT where GETBULK
/// fails. Only names that come after the last one are taken; the first that does not ends the walk. So it
/// ends: names only grow, and rows, bytes and time are limited.
struct TableWalk {
    /// What to do next.
    enum Step: Equatable {
        /// Ask for up to this many rows after a name; 1 is GETNEXT.
        case ask(after: OID, repetitions: Int)
        /// Ask whether the root itself is an object: it has no subtree.
        case askRoot
        /// The walk is over.
        case done(WalkCut?)
    }

    let root: OID
    private let limits: WalkLimits
    private(set) var step: Step
    private(set) var rows: [VarBind] = []
    private(set) var questions = 0
    private(set) var repetitions: Int
    private var bytes = 0
    private var last: OID
    /// Silences in a row, GETBULK only.
    private var silences = 0

    init(root: OID, limits: WalkLimits, knowsGetBulk: Bool) {
        self.root = root
        self.limits = limits
        self.last = root
        self.repetitions = knowsGetBulk ? min(max(1, limits.repetitions), 1_000) : 1
        self.step = .ask(after: root, repetitions: self.repetitions)
    }

    /// Takes the answer to the present step, `elapsed` after the walk began.
    mutating func receive(_ answer: SNMPAnswer, elapsed: Duration) {
        self.questions += 1
        switch self.step {
        case .done: return
        case .askRoot: self.receiveRoot(answer)
        case .ask(_, let repetitions): self.receiveRows(answer, asked: repetitions)
        }
        if case .done = self.step { return }
        if elapsed >= self.limits.duration { self.step = .done(.timeLimit) }
    }

    private mutating func receiveRows(_ answer: SNMPAnswer, asked: Int) {
        switch answer {
        case .response(let varBinds, _) where !varBinds.isEmpty:
            self.silences = 0
            self.take(varBinds)
        case .agentError(.noSuchName, _, _) where asked == 1:
            // How v1 says that there is nothing more.
            self.finish()
        case .agentError(.tooBig, _, _), .malformed:
            self.retry(halfOf: asked, answer)
        case .silent:
            // Silence may mean an answer too large for the way. Where nothing has come yet, or twice in a row
            // nothing, the smallest question tells that from an agent that is not there.
            self.silences += 1
            self.retry(halfOf: self.rows.isEmpty || self.silences > 1 ? 1 : asked, answer)
        case .response, .agentError:
            self.retry(halfOf: 1, answer)
        default:
            self.step = .done(.unanswered(answer))
        }
    }

    /// Asks the same again with half the rows; what fails one at a time has failed.
    private mutating func retry(halfOf asked: Int, _ answer: SNMPAnswer) {
        guard case .ask(let after, let present) = self.step, present > 1 else {
            return self.step = .done(Self.isEmpty(answer) ? .pointless(at: self.last) : .unanswered(answer))
        }
        self.repetitions = max(1, asked / 2)
        self.step = .ask(after: after, repetitions: self.repetitions)
    }

    private static func isEmpty(_ answer: SNMPAnswer) -> Bool {
        if case .response = answer { true } else { false }
    }

    private mutating func take(_ varBinds: [VarBind]) {
        for varBind in varBinds {
            if varBind.value == .endOfMibView { return self.finish() }
            guard varBind.name > self.last else {
                return self.step = .done(.notIncreasing(last: self.last, next: varBind.name))
            }
            guard varBind.name.isWithin(self.root) else { return self.finish() }
            guard !varBind.value.isMissing else { return self.step = .done(.pointless(at: varBind.name)) }
            guard self.rows.count < self.limits.rows else { return self.step = .done(.rowLimit) }
            self.bytes += varBind.size
            guard self.bytes <= self.limits.bytes else { return self.step = .done(.byteLimit) }
            self.rows.append(varBind)
            self.last = varBind.name
        }
        self.step = .ask(after: self.last, repetitions: self.repetitions)
    }

    private mutating func finish() {
        self.step = self.rows.isEmpty ? .askRoot : .done(nil)
    }

    private mutating func receiveRoot(_ answer: SNMPAnswer) {
        switch answer {
        case .response(let varBinds, _):
            self.rows = varBinds.filter { $0.name == self.root && !$0.value.isMissing }
            self.step = .done(nil)
        case .agentError(.noSuchName, _, _):
            self.step = .done(nil)
        default:
            self.step = .done(.unanswered(answer))
        }
    }
}

extension VarBind {
    /// What keeping it costs, near enough to limit it.
    fileprivate var size: Int {
        let content =
            switch self.value {
            case .octets(let bytes), .opaque(let bytes), .undecodable(_, let bytes): bytes.count
            case .oid(let name): 4 * name.subidentifiers.count
            default: 8
            }
        return content + 4 * self.name.subidentifiers.count
    }
}

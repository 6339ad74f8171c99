/// One thing a device measures: which object holds it, how its answer is read, and what it is called.
public struct FactRule: Sendable, Hashable {
    /// The part of the facts it belongs to.
    public let section: FactSection
    /// What it is called. `{index}` is the row's index, `{1}` its first number, `{label}` the row's own name.
    public let name: String
    /// Where it is.
    public let source: FactSource
    /// A column of names for the rows, by the same index (or by the first `labelParts` numbers of it).
    public let label: ObjectPath?
    /// How many numbers of the index the label goes by; `nil` for all.
    public let labelParts: Int?
    /// How an answer becomes a number or a text.
    public let reading: ValueReading
    /// The unit of the value as printed: `%`, `C`, `W`, `V`, `A`, `Hz`, `s`, `min`, `MB`, `count`, `enum`, `text`.
    public let unit: String
    /// Other objects that enter the value.
    public let arithmetic: Arithmetic
    /// Which rows count; all must hold.
    public let keep: [RowCondition]
    /// What the numbers or words mean, in our words; empty where they speak for themselves.
    public let states: [String: String]
    /// Whether the meaning is printed as the value, instead of beside the number.
    public let printsMeaning: Bool
    /// When every row that counts says this, the agent is known not to mean it, and all are unknown.
    public let distrust: String?
    /// What else of the row is printed with it.
    public let members: [FactMember]
    /// How a row finds its port; `nil` for what belongs to no port.
    public let port: PortRule?
    /// A name for the mean of all rows, which is then a fact too; `nil` for none.
    public let mean: String?
    /// Its series in the health history; `nil` for what is not kept.
    public let metric: MetricRule?
}

/// Where a fact is.
public enum FactSource: Sendable, Hashable {
    /// One object.
    case object(ObjectPath)
    /// A column: a row is a fact. A column that is itself an object, as some agents have it, is one row.
    case column(ObjectPath)

    /// The object or the column.
    public var path: ObjectPath {
        switch self {
        case .object(let path), .column(let path): path
        }
    }
}

/// The parts of a device's facts (contracts: `cpu[] memory[] …`).
public enum FactSection: String, Sendable, Hashable, CaseIterable {
    /// Load of processors.
    case cpu
    /// Memory in use.
    case memory
    /// Temperatures.
    case temperature
    /// Disks, cards, file systems.
    case storage
    /// Power given to a port.
    case poe
    /// Uninterruptible power.
    case ups
    /// Power and current of the device as a whole.
    case power
    /// Temperature and humidity of a room.
    case env
    /// Channels, streams, signals.
    case video
    /// What is in order or not.
    case state
}

/// How an answer becomes a value.
public struct ValueReading: Sendable, Hashable {
    /// What the agent's bytes are.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A number of any type, or a text that is one.
        case number
        /// Text.
        case text
        /// A text that begins with its number, such as `52 PERCENT` or `33 C/91 F`.
        case firstNumber = "first_number"
        /// A hardware address in any notation.
        case mac
        /// A whole number of which only the lowest 32 bits were sent, with their sign.
        case unsigned32
    }

    /// What the agent's bytes are.
    public let kind: Kind
    /// What the number is multiplied with to come to the unit.
    public let scale: Double
    /// Where given: the power of ten is chosen that brings the number in here, `scale` where it does already.
    public let plausible: ClosedRange<Double>?
    /// Numbers that mean "none" or "unknown", as sent.
    public let sentinels: Set<Double>
    /// Texts that mean "none" or "unknown".
    public let sentinelTexts: Set<String>
    /// Numbers outside, as sent, mean "unknown" too; `nil` for no limit.
    public let range: ClosedRange<Double>?
}

/// Other objects that enter a value. Rows of other columns go by the same index.
public struct Arithmetic: Sendable, Hashable {
    /// The value is taken from this number: 100 turns idle into busy; `nil` for no turning.
    public let invertFrom: Double?
    /// These are subtracted.
    public let minus: [ObjectPath]
    /// The value becomes a share of this, in per cent.
    public let percentOf: ObjectPath?
    /// The value becomes a share of itself and this together, in per cent.
    public let percentWith: ObjectPath?

    /// Whether nothing else enters.
    public var isEmpty: Bool {
        self.invertFrom == nil && self.minus.isEmpty && self.percentOf == nil && self.percentWith == nil
    }
}

/// A condition on another column of the same row, or on an object.
public struct RowCondition: Sendable, Hashable {
    /// What is asked of it.
    public enum Test: Sendable, Hashable {
        /// It is greater.
        case above(Double)
        /// It is no greater.
        case atMost(Double)
        /// It is less than this other column of the row.
        case below(ObjectPath)
        /// It is one of these, as a text.
        case equals([String])
        /// It is none of these; holds too where there is none.
        case not([String])
        /// Its text holds one of these, whatever their case.
        case contains([String])
    }

    /// Which column or object.
    public let path: ObjectPath
    /// What is asked of it.
    public let test: Test
}

/// Something else that is printed with a fact.
public struct FactMember: Sendable, Hashable {
    /// Its name in the output.
    public let name: String
    /// The column, by the same index, or the object.
    public let path: ObjectPath
    /// How it is read.
    public let reading: ValueReading
    /// What its numbers mean.
    public let states: [String: String]
}

/// How a row of a table finds its port.
public enum PortRule: String, Sendable, Hashable, CaseIterable {
    /// The last number of the index is the ifIndex.
    case ifIndex = "if_index"
    /// The last number of the index is the bridge port (dot1dBasePort).
    case bridgePort = "bridge_port"
    /// The last number of the index stands at the end of the port's name; one before it, if there is, is the unit's.
    case nameEnd = "name_end"
}

/// The series of the health history that a fact feeds.
public struct MetricRule: Sendable, Hashable {
    /// Its name, such as `cpu.load`.
    public let name: String
    /// Its unit in the history, such as `celsius`.
    public let unit: String
    /// Whether it counts up.
    public let isCounter: Bool
    /// Whether it is asked every round; otherwise seldom.
    public let isEveryRound: Bool
}

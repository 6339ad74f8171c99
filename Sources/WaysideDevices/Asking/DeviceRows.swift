public import SNMP

/// What an agent has answered so far: objects by name, columns by row. Everything that is decoded is decoded from this.
public struct DeviceRows: Sendable {
    /// A column as it was walked.
    public struct Column: Sendable {
        /// The rows' indexes, in the agent's order.
        public private(set) var order: [[UInt32]] = []
        private var values: [[UInt32]: SNMPValue] = [:]
        /// Whether the walk was cut: rows may be missing.
        public let isPartial: Bool

        /// The column of that walk; a root that is itself an object is one row with an empty index.
        public init(_ rows: [VarBind], under root: OID, isPartial: Bool = false) {
            self.isPartial = isPartial
            self.order.reserveCapacity(rows.count)
            for row in rows {
                guard let index = row.name.index(under: root) else { continue }
                // The first of two rows with one index stays: it is what a GET would answer.
                if self.values[Array(index)] == nil {
                    self.order.append(Array(index))
                    self.values[Array(index)] = row.value
                }
            }
        }

        /// The value of the row with that index; `nil` when there is none.
        public subscript(index: [UInt32]) -> SNMPValue? { self.values[index] }
    }

    /// A subtree of which rows may be missing, and why.
    public struct Cut: Sendable, Hashable {
        /// The subtree, or the object, that was asked for.
        public let root: OID
        /// The VLAN it was asked for in, if in one.
        public let vlan: UInt32?
        /// What ended it early.
        public let why: WalkCut
    }

    /// The most cuts that are kept; an agent that cuts more is told enough of.
    public static let mostCuts = 64

    /// The objects that answered with a value.
    public private(set) var objects: [OID: SNMPValue] = [:]
    /// The columns that were walked, empty ones included.
    public private(set) var columns: [OID: Column] = [:]
    /// Columns of one VLAN of a switch that answers VLAN by VLAN.
    public private(set) var vlanColumns: [UInt32: [OID: Column]] = [:]
    /// True when something that was asked got no usable answer: what is absent may be there after all.
    public var isPartial = false
    /// Where that was, the first `mostCuts` of them.
    public private(set) var cuts: [Cut] = []

    /// Nothing answered yet.
    public init() {}

    /// Takes the answer to a GET; what the agent does not have leaves no trace. NULL is kept: the object is there.
    public mutating func take(_ varBinds: [VarBind]) {
        for varBind in varBinds where !varBind.value.isMissing {
            self.objects[varBind.name] = varBind.value
        }
    }

    /// Takes a walked column.
    public mutating func take(_ column: Column, under root: OID, vlan: UInt32? = nil) {
        if column.isPartial { self.isPartial = true }
        if let vlan {
            self.vlanColumns[vlan, default: [:]][root] = column
        } else {
            self.columns[root] = column
        }
    }

    /// Notes that something under `root` was asked and may be missing.
    public mutating func noteCut(_ root: OID, vlan: UInt32? = nil, _ why: WalkCut) {
        self.isPartial = true
        if self.cuts.count < Self.mostCuts { self.cuts.append(Cut(root: root, vlan: vlan, why: why)) }
    }

    /// The value at a name: an object, or the row of a column that was walked.
    public func value(_ path: OID, index: [UInt32]) -> SNMPValue? {
        if let column = self.columns[path], let value = column[index] { return value }
        return index.isEmpty ? self.objects[path] : nil
    }
}

/// A list of neighbours (邻居) that a device keeps: of LLDP, of CDP or of the maker's own.
public struct NeighbourRule: Sendable, Hashable {
    /// Where the list goes in the facts.
    public enum Section: String, Sendable, Hashable, CaseIterable {
        /// By the standard MIB of LLDP.
        case lldp = "lldp_neighbours"
        /// By Cisco's MIB.
        case cdp = "cdp_neighbours"
        /// LLDP by a maker's own MIB.
        case maker = "lldp_vendor"
    }

    /// A column of the list.
    public struct Member: Sendable, Hashable {
        /// Its name in the output.
        public let name: String
        /// Where it is.
        public let column: ObjectPath
        /// How it is read.
        public let kind: Kind
        /// The column that says what kind of identifier it is, with the numbers that mean a hardware address.
        public let subtype: ObjectPath?
        /// Those numbers.
        public let macSubtypes: Set<Int64>
    }

    /// How a member is read.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A number.
        case number
        /// Text.
        case text
        /// An identifier: a hardware address by its subtype, else text, else its bytes in hexadecimal.
        case identifier
    }

    /// Where the list goes.
    public let section: Section
    /// What the numbers of the index are called; empty names are left out.
    public let index: [String]
    /// Its columns.
    public let members: [Member]
    /// The local port's own table, by which a port's number becomes a name and an ifIndex; `nil` where the index holds
    /// the ifIndex.
    public let local: LocalPort?

    /// The local port's own table.
    public struct LocalPort: Sendable, Hashable {
        /// Which number of the index is the local port's, from 1.
        public let part: Int
        /// The column of identifiers.
        public let identifier: ObjectPath
        /// The column of their subtypes: 3 is a hardware address, 5 a name, 7 a local text.
        public let subtype: ObjectPath
        /// The column of descriptions.
        public let description: ObjectPath
    }
}

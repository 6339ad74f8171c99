internal import SNMP

/// Finds the port that a row of a table speaks of.
struct PortFinder {
    let interfaces: InterfaceTable?
    /// ifIndex by bridge port.
    let bridgePorts: [UInt32: UInt32]
    /// ifIndex by the numbers at the end of the names of Ethernet ports.
    private let named: [[UInt32]: UInt32]

    init(_ rows: DeviceRows, _ interfaces: InterfaceTable?) {
        self.interfaces = interfaces
        var bridgePorts: [UInt32: UInt32] = [:]
        if let column = rows.columns[ForwardingColumns.portOfBridge] {
            for index in column.order where index.count == 1 {
                bridgePorts[index[0]] = column[index]?.unsigned.flatMap(UInt32.init(exactly:))
            }
        }
        self.bridgePorts = bridgePorts
        var named: [[UInt32]: UInt32?] = [:]
        for port in interfaces?.ports ?? [] where port.isEthernet {
            let numbers = Self.numbers(atEndOf: port.label)
            guard let last = numbers.last else { continue }
            // By the last number alone, and by the first (the unit) and the last.
            for key in Set([[last], [numbers[0], last]]) {
                named[key] = named[key] == nil ? port.ifIndex : .some(nil)
            }
        }
        self.named = named.compactMapValues { $0 }
    }

    /// The ifIndex of the port; `nil` when it cannot be told.
    func port(_ index: [UInt32], by rule: PortRule) -> UInt32? {
        guard let last = index.last else { return nil }
        switch rule {
        case .ifIndex: return self.interfaces?[last] == nil ? nil : last
        case .bridgePort: return self.bridgePorts[last] ?? (self.bridgePorts.isEmpty ? self.known(last) : nil)
        case .nameEnd:
            if index.count > 1, let port = self.named[[index[0], last]] { return port }
            return self.named[[last]]
        }
    }

    private func known(_ ifIndex: UInt32) -> UInt32? { self.interfaces?[ifIndex]?.ifIndex }

    /// The port of that name or description.
    func port(named name: String) -> UInt32? {
        self.interfaces?.ports.first { $0.name == name || $0.description == name }?.ifIndex
    }

    /// The port of that hardware address, where only one has it.
    func port(hardwareAddress address: String) -> UInt32? {
        let found = self.interfaces?.ports.filter { $0.hardwareAddress == address } ?? []
        return found.count == 1 ? found[0].ifIndex : nil
    }

    /// The numbers at the end of a name with slashes or points between: 1, 0, 15 of `GigabitEthernet1/0/15`.
    static func numbers(atEndOf name: String) -> [UInt32] {
        var tail: [Character] = []
        for character in name.reversed() {
            guard (character.isASCII && character.isNumber) || character == "/" || character == "." else {
                break
            }
            tail.append(character)
        }
        return String(tail.reversed()).split { $0 == "/" || $0 == "." }.compactMap { UInt32($0) }
    }
}

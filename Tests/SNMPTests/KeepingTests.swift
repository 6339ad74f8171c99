import Testing

@testable import SNMP

@Suite("What is kept of many agents")
struct KeepingTests {
    @Test(
        "the table of indices finds what a dictionary finds, whatever goes in and out",
        arguments: UInt64(0)..<20
    )
    func indices(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var table = IndexTable()
        var wanted: [UInt32: Int] = [:]
        for _ in 0..<3_000 {
            let index = UInt32.random(in: 0..<500, using: &numbers)
            if let hash = wanted.removeValue(forKey: index) {
                table.remove(index, hash: hash)
            } else {
                // Few hashes, so that many stand in each other's way.
                let hash = Int.random(in: -20...20, using: &numbers)
                wanted[index] = hash
                table.insert(index, hash: hash)
            }
            let hash = Int.random(in: -20...20, using: &numbers)
            var found: Set<UInt32> = []
            var probe = table.probe(hash)
            while let index = table.next(&probe) {
                #expect(found.insert(index).inserted)
            }
            #expect(found == Set(wanted.filter { $0.value == hash }.keys))
        }
    }

    @Test(
        "an address is kept and given back as it was",
        arguments: ["192.0.2.7", "0.0.0.0", "255.255.255.255", "2001:db8::7", "fe80::7%1", "::1"]
    )
    func addresses(host: String) throws {
        var kept = KeptAddresses()
        for port in [1, 161, 65_535] as [UInt16] {
            let address = try #require(AgentAddress(host, port: port))
            let (one, again) = (kept.keep(address), kept.keep(address))
            #expect(kept[one] == address && kept[again] == address)
        }
    }

    @Test(
        "a binding is read the same in the shortest form and in a longer one",
        arguments: [0, 1, 5, 9, 90, 130]
    )
    func forms(size: Int) throws {
        let value = [UInt8](repeating: 7, count: size)
        let name: [UInt8] = [6, 9, 0x2B, 6, 1, 4, 1, 9, 9, 1, 5]
        let content = name + (size < 128 ? [4, UInt8(size)] : [4, 0x81, UInt8(size)]) + value
        let long = [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        let short = content.count < 128 ? [0x30, UInt8(content.count)] + content : long
        for (bytes, place) in [(short, short.count - content.count), (long, 4)] {
            var list = VarBindList()
            let span = bytes.span.bytes
            try list.read(BERReader(span), in: span)
            let entry = try #require(list.entries.first)
            #expect(list.entries.count == 1)
            let (read, content) = (entry.name(in: span), entry.value(in: span))
            #expect(read == [1, 3, 6, 1, 4, 1, 9, 9, 1, 5])
            #expect(content == .octets(value))
            #expect(entry.name.position == place + 2)
        }
        // Cut anywhere, nothing is read from it.
        for count in 1..<short.count {
            let cut = Array(short.prefix(count))
            #expect(throws: BERFault.self) {
                var list = VarBindList()
                try list.read(BERReader(cut.span.bytes), in: cut.span.bytes)
            }
        }
    }
}

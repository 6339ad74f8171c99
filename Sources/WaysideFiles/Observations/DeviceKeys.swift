public import WaysideCore

/// The devices' numbers by their keys, found from the bytes of a file without making strings of them.
public struct DeviceKeys: Sendable {
    /// Keys after each other.
    private var bytes: [UInt8] = []
    /// Where each device's key lies, and its number.
    private var entries: [(start: Int, count: Int, id: DeviceID)] = []
    /// A hash table with open addressing: places in `entries` plus one, 0 for a free slot; its length is a power of two.
    private var slots: [Int32]

    /// The devices of an inventory.
    public init(_ inventory: Inventory) { self.init(inventory.devices.map { ($0.key, $0.id) }) }

    /// These devices; of equal keys the first counts.
    public init(_ devices: [(key: String, id: DeviceID)]) {
        var size = 16
        while size < devices.count * 2 { size *= 2 }
        self.slots = [Int32](repeating: 0, count: size)
        for (key, id) in devices {
            let start = self.bytes.count
            self.bytes += Array(key.utf8)
            self.entries.append((start, self.bytes.count - start, id))
            self.insert(Int32(self.entries.count))
        }
    }

    private mutating func insert(_ place: Int32) {
        let entry = self.entries[Int(place) - 1]
        var slot = self.bytes.withUnsafeBufferPointer { bytes in
            Self.hash(UnsafeBufferPointer(rebasing: bytes[entry.start..<(entry.start + entry.count)]))
        }
        while true {
            slot &= self.slots.count - 1
            if self.slots[slot] == 0 { break }
            slot += 1
        }
        self.slots[slot] = place
    }

    /// How many devices there are.
    public var count: Int { self.entries.count }

    /// The device with that key.
    public func id(ofKey key: String) -> DeviceID? {
        var key = key
        return key.withUTF8 { self.id(ofKey: $0) }
    }

    /// The key nearest to one that is not known, if it may be a slip.
    func likelyKey(for key: String) -> String? {
        let near = self.entries.lazy.filter { abs($0.count - key.utf8.count) <= 2 }.prefix(20_000).map {
            entry in
            String(decoding: self.bytes[entry.start..<(entry.start + entry.count)], as: UTF8.self)
        }
        return Spelling.likely(key, among: near)
    }

    func id(ofKey key: UnsafeBufferPointer<UInt8>) -> DeviceID? {
        var slot = Self.hash(key)
        return self.bytes.withUnsafeBufferPointer { bytes in
            while true {
                slot &= self.slots.count - 1
                let place = Int(self.slots[slot])
                guard place > 0 else { return nil }
                let entry = self.entries[place - 1]
                if entry.count == key.count,
                    bytes[entry.start..<(entry.start + entry.count)].elementsEqual(key)
                {
                    return entry.id
                }
                slot += 1
            }
        }
    }

    /// FNV-1a, folded once more because its low bits alone are weak.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF)
    }
}

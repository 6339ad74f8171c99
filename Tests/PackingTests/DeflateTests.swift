import Packing
import Testing

/// Bytes that a seed determines; `variety` small makes them compress.
private func bytes(_ count: Int, seed: UInt64, variety: UInt64 = 256) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8((state >> 33) % variety)
    }
}

/// What a call throws.
private func fault(_ body: () throws -> Void) -> PackingError.Fault? {
    do {
        try body()
        return nil
    } catch {
        return (error as? PackingError)?.fault
    }
}

@Suite("Deflate")
struct DeflateTests {
    @Test(
        "bytes come back as they were, whatever their number",
        arguments: [0, 1, 2, 100, 65_535, 65_536, 300_000]
    )
    func roundTrip(count: Int) throws {
        for wrapping in [Deflate.Wrapping.raw, .zlib] {
            for variety: UInt64 in [1, 4, 256] {
                let original = bytes(count, seed: 1, variety: variety)
                let deflate = Deflate(wrapping: wrapping)
                let packed = try deflate.pack(original, level: 6)
                #expect(try deflate.unpack(packed, limit: count) == original)
            }
        }
    }

    @Test("what does not fit the limit is refused before it is made")
    func limit() throws {
        let packed = try Deflate().pack([UInt8](repeating: 0, count: 50_000_000))
        #expect(packed.count < 60_000)
        #expect(fault { _ = try Deflate().unpack(packed, limit: 49_999_999) } == .tooLarge)
        #expect(fault { _ = try Deflate().unpack(packed, limit: 0) } == .tooLarge)
        #expect(try Deflate().unpack(packed, limit: 50_000_000).count == 50_000_000)
    }

    @Test("bytes cut short, with something behind them, or of another kind are refused each by its name")
    func damage() throws {
        let packed = try Deflate().pack(bytes(1_000, seed: 2))
        for count in [0, 1, 10, packed.count - 1] {
            #expect(fault { _ = try Deflate().unpack(packed.prefix(count), limit: 1_000) } == .truncated)
        }
        #expect(fault { _ = try Deflate().unpack(packed + [0], limit: 1_000) } == .trailing)
        #expect(fault { _ = try Deflate(wrapping: .zlib).unpack(packed, limit: 1_000) } == .malformed)
    }

    @Test("no damaged byte crashes it", arguments: UInt64(0)..<50)
    func noise(seed: UInt64) throws {
        var packed = try Deflate(wrapping: .zlib).pack(bytes(2_000, seed: seed, variety: 8))
        let place = Int(bytes(1, seed: seed &+ 99)[0]) % packed.count
        packed[place] ^= UInt8(1 << (seed % 8))
        #expect(fault { _ = try Deflate(wrapping: .zlib).unpack(packed, limit: 4_000) } != nil)
        _ = fault { _ = try Deflate().unpack(bytes(500, seed: seed), limit: 4_000) }
    }
}

@Suite("CRC-32C")
struct CRC32CTests {
    @Test("the examples of RFC 3720, B.4, and the check value of the catalogue come out")
    func examples() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CRC32C.checksum((0..<32).reversed().map { UInt8($0) }) == 0x113F_DB5C)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8]()) == 0)
    }

    @Test("parts give the same as the whole, wherever it is cut")
    func parts() {
        let whole = bytes(1_000, seed: 3)
        let checksum = CRC32C.checksum(whole)
        for cut in [0, 1, 7, 8, 9, 500, 999, 1_000] {
            var parts = CRC32C()
            parts.update(whole[..<cut])
            parts.update(AnySequence(whole[cut...]))
            #expect(parts.value == checksum)
        }
    }
}

@Suite("ZIP archives")
struct ZipArchiveTests {
    /// A small writer, from the format's description, for archives both right and wrong.
    private struct Writer {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        var count = 0

        mutating func add(
            _ name: String,
            _ contents: [UInt8],
            deflated: Bool,
            flags: Int = 0,
            promised: Int? = nil,
            method: Int? = nil
        ) throws {
            let packed = deflated ? try Deflate().pack(contents) : contents
            let offset = self.archive.count
            var common = self.two(20) + self.two(flags) + self.two(method ?? (deflated ? 8 : 0))
            common += self.four(0) + self.four(Int(self.crc32(contents))) + self.four(packed.count)
            common += self.four(promised ?? contents.count) + self.two(name.utf8.count)
            self.archive += [0x50, 0x4B, 3, 4] + common + self.two(3)
            self.archive += Array(name.utf8) + [1, 2, 3] + packed
            self.directory += [0x50, 0x4B, 1, 2] + self.two(20) + common + self.two(2) + self.two(0)
            self.directory += self.two(0) + self.two(0) + self.four(0) + self.four(offset)
            self.directory += Array(name.utf8) + [9, 9]
            self.count += 1
        }

        func finish(comment: String = "") -> [UInt8] {
            var end = [0x50, 0x4B, 5, 6] + self.four(0) + self.two(self.count) + self.two(self.count)
            end += self.four(self.directory.count) + self.four(self.archive.count)
            end += self.two(comment.utf8.count) + Array(comment.utf8)
            return self.archive + self.directory + end
        }

        private func two(_ number: Int) -> [UInt8] { [UInt8(number & 255), UInt8(number >> 8 & 255)] }
        private func four(_ number: Int) -> [UInt8] { self.two(number) + self.two(number >> 16) }

        /// CRC-32 bit by bit.
        private func crc32(_ bytes: [UInt8]) -> UInt32 {
            var state = ~UInt32(0)
            for byte in bytes {
                state ^= UInt32(byte)
                for _ in 0..<8 { state = state & 1 == 1 ? (state >> 1) ^ 0xEDB8_8320 : state >> 1 }
            }
            return ~state
        }
    }

    @Test("stored and deflated entries are read, with extras and a comment around them")
    func entries() throws {
        var writer = Writer()
        try writer.add("xl/workbook.xml", Array("<workbook/>".utf8), deflated: false)
        try writer.add("xl/worksheets/桩号.xml", bytes(100_000, seed: 4, variety: 5), deflated: true)
        try writer.add("empty", [], deflated: true)
        let archive = try ZipArchive(writer.finish(comment: "PK\u{5}\u{6} is no end"))
        #expect(archive.entries.map { $0.name } == ["xl/workbook.xml", "xl/worksheets/桩号.xml", "empty"])
        #expect(try archive.contents(of: "xl/workbook.xml") == Array("<workbook/>".utf8))
        #expect(try archive.contents(of: "xl/worksheets/桩号.xml") == bytes(100_000, seed: 4, variety: 5))
        #expect(try archive.contents(of: "empty").isEmpty)
        #expect(fault { _ = try archive.contents(of: "absent") } == .missing)
    }

    @Test(
        "an archive that would become too much is refused by its directory, and by its bytes when that lies"
    )
    func bombs() throws {
        let zeros = [UInt8](repeating: 0, count: 1_000_000)
        var writer = Writer()
        for number in 0..<3 { try writer.add("\(number)", zeros, deflated: true) }
        let archive = writer.finish()
        var limits = ZipLimits()
        limits.entryByteLimit = 999_999
        #expect(fault { _ = try ZipArchive(archive, limits: limits) } == .tooLarge)
        limits = ZipLimits()
        limits.totalByteLimit = 2_999_999
        #expect(fault { _ = try ZipArchive(archive, limits: limits) } == .tooLarge)
        limits = ZipLimits()
        limits.entryLimit = 2
        #expect(fault { _ = try ZipArchive(archive, limits: limits) } == .tooLarge)
        var liar = Writer()
        try liar.add("small", zeros, deflated: true, promised: 10)
        #expect(fault { _ = try ZipArchive(liar.finish()).contents(of: "small") } == .tooLarge)
    }

    @Test("what is encrypted, or packed otherwise, is refused by name")
    func unsupported() throws {
        var encrypted = Writer()
        try encrypted.add("a", [1], deflated: false, flags: 1)
        #expect(fault { _ = try ZipArchive(encrypted.finish()) } == .unsupported)
        var packed = Writer()
        try packed.add("a", [1], deflated: false, method: 12)
        #expect(fault { _ = try ZipArchive(packed.finish()) } == .unsupported)
    }

    @Test("no cut and no damaged byte crashes it", arguments: UInt64(0)..<40)
    func damage(seed: UInt64) throws {
        var writer = Writer()
        try writer.add("a", bytes(300, seed: seed, variety: 4), deflated: true)
        try writer.add("b", bytes(300, seed: seed), deflated: false)
        let whole = writer.finish()
        for cut in stride(from: 0, to: whole.count, by: 13) {
            #expect(fault { _ = try ZipArchive(Array(whole.prefix(cut))) } != nil)
        }
        for place in stride(from: Int(seed), to: whole.count, by: 40) {
            var damaged = whole
            damaged[place] ^= 0xFF
            _ = fault {
                let archive = try ZipArchive(damaged)
                for entry in archive.entries { _ = try archive.contents(of: entry) }
            }
        }
    }
}

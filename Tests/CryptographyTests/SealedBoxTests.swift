import Testing

@testable import Cryptography

@Suite("Secrets at rest")
struct SealedBoxTests {
    @Test("AES-256-GCM agrees with test case 16 of its authors' specification")
    func vector() throws {
        let half = "feffe9928665731c6d6a8f9467308308"
        let raw = try #require(Hexadecimal.bytes(half + half))
        let key = try #require(SecretKey(raw))
        let nonce = try #require(Hexadecimal.bytes("cafebabefacedbaddecaf888"))
        let plaintext = try #require(
            Hexadecimal.bytes(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
            )
        )
        let context = try #require(Hexadecimal.bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let sealed = try SealedBox.seal(plaintext, key: key, nonce: nonce, context: context)
        #expect(
            Hexadecimal.string(sealed.dropFirst(12))
                == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b"
        )
        #expect(try SealedBox(sealed)?.open(key: key, context: context) == plaintext)
    }

    @Test("scrypt agrees with RFC 7914")
    func derivation() throws {
        let key = try scrypt(
            passphrase: Array("password".utf8),
            salt: Array("NaCl".utf8),
            cost: 1024,
            blockSize: 8,
            parallelism: 16,
            byteCount: 64
        )
        #expect(
            Hexadecimal.string(key)
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        )
    }

    @Test("a box opens with its key and context only, and any changed bit is noticed")
    func opening() throws {
        let key = try SecretKey()
        let secret = Array("rtsp password of K1234+567".utf8)
        let context = Array("device 17".utf8)
        let box = try SealedBox(sealing: secret, key: key, context: context)
        #expect(try box.open(key: key, context: context) == secret)
        #expect(throws: CryptographyError.self) { try box.open(key: SecretKey(), context: context) }
        #expect(throws: CryptographyError.self) { try box.open(key: key, context: Array("device 18".utf8)) }
        #expect(throws: CryptographyError.self) { try box.open(key: key) }
        for index in box.bytes.indices {
            var bytes = box.bytes
            bytes[index] ^= 0x10
            let changed = try #require(SealedBox(bytes))
            #expect(throws: CryptographyError.self) { try changed.open(key: key, context: context) }
        }
        #expect(try SealedBox(sealing: secret, key: key, context: context) != box, "each has its own nonce")
        #expect(try SealedBox(sealing: [], key: key).open(key: key) == [])
        #expect(SealedBox([UInt8](repeating: 0, count: 27)) == nil)
    }

    @Test("a passphrase and its salt give one key; a key never prints")
    func passphrase() throws {
        let salt = try RandomBytes.make(16)
        let key = try SecretKey(passphrase: "correct horse", salt: salt)
        let again = try SecretKey(passphrase: "correct horse", salt: salt)
        let box = try SealedBox(sealing: [1, 2, 3], key: key)
        #expect(try box.open(key: again) == [1, 2, 3])
        #expect(throws: CryptographyError.self) { try SecretKey(passphrase: "", salt: salt) }
        #expect(throws: CryptographyError.self) { try SecretKey(passphrase: "x", salt: [1]) }
        #expect("\(key)" == "<secret>")
        #expect(String(reflecting: key) == "<secret>")
        #expect(SecretKey([1, 2]) == nil)
    }

    @Test("random bytes have the length asked for and do not repeat")
    func random() throws {
        #expect(try RandomBytes.make(0) == [])
        #expect(try RandomBytes.make(32).count == 32)
        #expect(try RandomBytes.make(32) != RandomBytes.make(32))
    }

    @Test("hexadecimal digits go out and come back, and nothing else is read")
    func digits() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hexadecimal.bytes(Hexadecimal.string(bytes)) == bytes)
        #expect(Hexadecimal.bytes("AbCd") == [0xab, 0xcd])
        #expect(Hexadecimal.bytes("abc") == nil)
        #expect(Hexadecimal.bytes("zz") == nil)
        #expect(ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]))
        #expect(!ConstantTime.areEqual([1, 2], [1]))
    }
}

import Cryptography
import Testing

@Suite("Published vectors")
struct VectorTests {
    @Test(
        "hashes agree with RFC 1321 and FIPS 180",
        arguments: [
            (Digest.md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
            (.md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                .md5, "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a"
            ),
            (.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                .sha1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (.sha224, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                .sha384, "abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512, "abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
                    + "454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ]
    )
    func hash(digest: Digest, message: String, expected: String) {
        #expect(digest.hexadecimal(of: message) == expected)
    }

    @Test("a million letters in uneven pieces hash as FIPS 180 says")
    func pieces() {
        let letters = [UInt8](repeating: 0x61, count: 1_000_000)
        var hasher = Digest.Hasher(.sha256)
        var start = 0
        var length = 1
        while start < letters.count {
            let end = min(letters.count, start + length)
            hasher.update(Array(letters[start..<end]))
            start = end
            length = length * 7 % 1_009 + 1
        }
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(Hexadecimal.string(hasher.finish()) == expected)
        #expect(hasher.finish() == Digest.sha256.hash(letters), "finishing does not spend the hasher")
    }

    /// RFC 4231, 4.2 to 4.8 (the truncated case 5 apart), SHA-224 and SHA-512 columns shortened to 8 bytes.
    @Test(
        "keyed hashes agree with RFC 4231",
        arguments: [
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", "896fb1128abbdf19",
                "87aa7cdea5ef619d"
            ),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "a30e01098bc6dbbf",
                "164b7a7bfcf819e2"
            ),
            (
                String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", "7fb3cb3588c6c1f6",
                "fa73b0089d56a284"
            ),
            (
                String(repeating: "aa", count: 131),
                "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368"
                    + "204b6579204669727374",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "95e9a0db962095ad",
                "80b24263c7c1a3eb"
            ),
        ]
    )
    func keyed(key: String, message: String, sha256: String, sha224: String, sha512: String) throws {
        let key = try #require(Hexadecimal.bytes(key))
        let message = try #require(Hexadecimal.bytes(message))
        #expect(Hexadecimal.string(HMAC.code(.sha256, key: key, message: message)) == sha256)
        #expect(Hexadecimal.string(HMAC.code(.sha224, key: key, message: message)).hasPrefix(sha224))
        #expect(Hexadecimal.string(HMAC.code(.sha512, key: key, message: message)).hasPrefix(sha512))
    }

    @Test("keyed MD5 and SHA-1 agree with RFC 2202")
    func oldKeyed() {
        let message = Array("what do ya want for nothing?".utf8)
        let key = Array("Jefe".utf8)
        #expect(
            Hexadecimal.string(HMAC.code(.md5, key: key, message: message))
                == "750c783e6ab0b503eaa86e310a5db738"
        )
        #expect(
            Hexadecimal.string(HMAC.code(.sha1, key: key, message: message))
                == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        )
    }

    @Test("a kept key gives the same code every time, whole or in pieces, and accepts a truncated one")
    func keptKey() {
        let key = HMAC(.sha384, key: Array("a key".utf8))
        let message = Array("a message in two pieces".utf8)
        let code = key.code(for: message)
        // A span cannot pass through a macro's own call, so the question is put in a closure.
        let isAuthentic = { (code: [UInt8]) in key.isAuthentic(message.span.bytes, code: code.span.bytes) }
        #expect(key.code(for: message) == code)
        var running = HMAC.Running(key)
        running.update(Array(message[..<9]).span.bytes)
        running.update(Array(message[9...]).span.bytes)
        #expect(running.finish() == code)
        #expect(isAuthentic(Array(code[..<12])))
        var wrong = Array(code[..<12])
        wrong[11] ^= 1
        #expect(!isAuthentic(wrong))
        #expect(!isAuthentic([UInt8]()))
    }

    /// NIST SP 800-38A, F.3.13 and F.3.17 (CFB128-AES128, CFB128-AES256), first two blocks.
    @Test(
        "AES in CFB mode agrees with NIST SP 800-38A",
        arguments: [
            (
                PacketCipher.Algorithm.aes128, "2b7e151628aed2a6abf7158809cf4f3c",
                "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
            ),
            (
                .aes256, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b"
            ),
        ]
    )
    func feedback(algorithm: PacketCipher.Algorithm, key: String, expected: String) throws {
        let key = try #require(Hexadecimal.bytes(key))
        let vector = try #require(Hexadecimal.bytes("000102030405060708090a0b0c0d0e0f"))
        let plaintext = try #require(
            Hexadecimal.bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
        )
        var cipher = try PacketCipher()
        let sealed = try cipher.encrypt(
            plaintext.span.bytes,
            algorithm: algorithm,
            key: key.span.bytes,
            vector: vector.span.bytes
        )
        #expect(Hexadecimal.string(sealed) == expected)
        let opened = try cipher.decrypt(
            sealed.span.bytes,
            algorithm: algorithm,
            key: key.span.bytes,
            vector: vector.span.bytes
        )
        #expect(opened == plaintext)
        let odd = try cipher.encrypt(
            plaintext.span.bytes.extracting(first: 21),
            algorithm: algorithm,
            key: key.span.bytes,
            vector: vector.span.bytes
        )
        #expect(odd == Array(sealed[..<21]), "a part of a block is a part of its ciphertext")
    }

    /// FIPS 81, table C1: "Now is the time for all ".
    @Test("DES in CBC mode agrees with FIPS 81 and refuses part of a block")
    func chaining() throws {
        let key = try #require(Hexadecimal.bytes("0123456789abcdef"))
        let vector = try #require(Hexadecimal.bytes("1234567890abcdef"))
        let plaintext = Array("Now is the time for all ".utf8)
        var cipher = try PacketCipher()
        let sealed = try cipher.encrypt(
            plaintext.span.bytes,
            algorithm: .des,
            key: key.span.bytes,
            vector: vector.span.bytes
        )
        #expect(Hexadecimal.string(sealed) == "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6")
        let opened = try cipher.decrypt(
            sealed.span.bytes,
            algorithm: .des,
            key: key.span.bytes,
            vector: vector.span.bytes
        )
        #expect(opened == plaintext)
        #expect(throws: CryptographyError.self) {
            var cipher = try PacketCipher()
            _ = try cipher.encrypt(
                plaintext.span.bytes.extracting(first: 9),
                algorithm: .des,
                key: key.span.bytes,
                vector: vector.span.bytes
            )
        }
    }
}

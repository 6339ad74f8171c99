import Cryptography
import Synchronization

@testable import SNMP

/// A datagram that may be a message of v3, as it comes and as whoever knows the keys would have sent it.
struct SecuredReading: UntrustedMessage {
    /// A message with what became of it.
    private struct Opened {
        let bytes: [UInt8]
        let envelope: USMEnvelope
        let user: Int
        let keys: EngineKeys
        let pdu: ScopedPDU?
        let fault: USMSealer.Fault?
        /// What the message held, when it was hidden.
        let plaintext: [UInt8]
        let report: USMReport?

        /// The bytes that the scoped PDU lies in.
        var content: [UInt8] { self.envelope.flags.contains(.secret) ? self.plaintext : self.bytes }
    }

    private let bytes: [UInt8]
    private let raw: Opened?
    private let sealed: Opened?

    var isUnderstood: Bool { self.raw != nil }

    /// The datagram and what it holds, twice.
    static func mostBytesHeld(for count: Int) -> Int { 4_096 + 8 * count }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let holder = KeyHolder.shared
        (self.raw, self.sealed) = Ciphers.shared.withLock { ciphers in
            guard (try? USMEnvelope(bytes.span.bytes)) != nil else { return (nil, nil) }
            let raw = Self.opened(bytes, holder, &ciphers.sealer)
            let sealed = holder.sealed(bytes, cipher: &ciphers.cipher)
            return (raw, sealed.flatMap { Self.opened($0, holder, &ciphers.sealer) })
        }
    }

    /// Opens a message with the keys of the user that it names, of any where it names nobody.
    private static func opened(_ bytes: [UInt8], _ holder: KeyHolder, _ sealer: inout USMSealer) -> Opened? {
        let span = bytes.span.bytes
        guard let envelope = try? USMEnvelope(span) else { return nil }
        let user = holder.user(of: envelope, in: span) ?? bytes.choice(below: holder.users.count)
        guard let keys = holder.keys(of: user, for: envelope, in: span) else { return nil }
        var pdu: ScopedPDU?
        var fault: USMSealer.Fault?
        do throws(USMSealer.Fault) {
            pdu = try sealer.open(envelope, in: span, with: keys)
        } catch { fault = error }
        let plaintext = sealer.plaintext
        let report = pdu.map {
            envelope.flags.contains(.secret)
                ? USMReport($0, in: plaintext.span.bytes) : USMReport($0, in: span)
        }
        return Opened(
            bytes: bytes,
            envelope: envelope,
            user: user,
            keys: keys,
            pdu: pdu,
            fault: fault,
            plaintext: plaintext,
            report: report
        )
    }

    func brokenProperty() -> String? {
        let span = self.bytes.span.bytes
        guard let envelope = try? USMEnvelope(span) else { return nil }
        if let broken = self.brokenLayers(envelope) { return broken }
        return Ciphers.shared.withLock { self.brokenOpening(&$0.sealer) }
    }

    private func brokenOpening(_ sealer: inout USMSealer) -> String? {
        for opened in [self.raw, self.sealed].compactMap({ $0 }) {
            if let broken = Self.brokenOpening(opened) ?? Self.brokenSealing(opened, &sealer) {
                return broken
            }
            // Not of every message, because a book costs.
            guard opened.bytes.choice(below: 16) == 0 else { continue }
            let user = opened.keys.user
            if let broken = BookReading.brokenProperty(of: opened.bytes, for: user, with: opened.keys) {
                return broken
            }
        }
        guard let sealed else { return nil }
        return self.brokenSecret(sealed) ?? Self.brokenForgery(sealed, &sealer)
    }

    /// The layers lie within the message, one behind another, and its number is found without them too.
    private func brokenLayers(_ envelope: USMEnvelope) -> String? {
        guard envelope.end <= self.bytes.count else { return "the message ends behind the datagram" }
        let parts = [envelope.engine, envelope.user, envelope.code, envelope.salt, envelope.data]
        var place = 0
        for part in parts {
            guard part.position >= place, part.end >= part.position, part.end <= envelope.end else {
                return "a layer lies outside of its message"
            }
            place = part.end
        }
        let span = self.bytes.span.bytes
        guard USMEnvelope.messageID(of: span) == envelope.messageID, BERReader.isVersion3(span) else {
            return "another number for the same message"
        }
        let cut = span.extracting(first: self.bytes.choice(below: self.bytes.count))
        let number = USMEnvelope.messageID(of: cut)
        return number == nil || number == envelope.messageID
            ? nil : "another number for the message cut short"
    }

    /// Only a message with the right code is opened as a signed one, and what is in it lies within it.
    private static func brokenOpening(_ opened: Opened) -> String? {
        let isSigned = KeyHolder.isSigned(opened.bytes, opened.envelope, with: opened.keys)
        if opened.envelope.flags.contains(.authentic) {
            guard isSigned == (opened.fault != .notAuthentic) else {
                return isSigned ? "a right code is refused" : "a wrong code is believed"
            }
        } else if opened.envelope.flags.contains(.secret), opened.fault != .notAuthentic {
            return "hidden and not signed, and believed"
        }
        guard let pdu = opened.pdu else { return nil }
        var place = 0
        for part in [pdu.contextEngine, pdu.contextName, pdu.body] {
            guard part.position >= place, part.end >= part.position, part.end <= opened.content.count else {
                return "a scope lies outside of its message"
            }
            place = part.end
        }
        guard pdu.pduStart >= pdu.contextName.end, opened.content[pdu.pduStart] == pdu.tag else {
            return "the PDU begins elsewhere"
        }
        return nil
    }

    /// Sealed anew under the same stamp, a message is opened as the same.
    private static func brokenSealing(_ opened: Opened, _ sealer: inout USMSealer) -> String? {
        let content = opened.content
        let flags = opened.envelope.flags.intersection(.level)
        guard let pdu = opened.pdu, opened.keys.user.level == flags || flags.isEmpty,
            let id = UInt32(exactly: opened.envelope.messageID), id < 1 << 31,
            let contextEngine = EngineID(pdu.contextEngine, in: content.span.bytes)
        else { return nil }
        let bytes = Array(content[pdu.pduStart..<pdu.body.end])
        let contextName = pdu.contextName.octets(in: content.span.bytes)
        var datagram: [UInt8] = []
        do throws(CryptographyError) {
            try sealer.seal(
                bytes,
                requestIDOffset: nil,
                id: id,
                stamp: USMStamp(keys: opened.keys, boots: opened.envelope.boots, time: opened.envelope.time),
                flags: opened.envelope.flags,
                contextEngine: contextEngine,
                contextName: contextName,
                into: &datagram
            )
        } catch { return "a message cannot be sealed anew: \(error)" }
        let span = datagram.span.bytes
        guard let envelope = try? USMEnvelope(span), envelope.end == datagram.count,
            envelope.messageID == opened.envelope.messageID, envelope.flags == opened.envelope.flags,
            envelope.boots == opened.envelope.boots, envelope.time == opened.envelope.time,
            envelope.user.equals(opened.keys.user.name, in: span),
            opened.keys.engine.equals(envelope.engine, in: span)
        else { return "a message sealed anew has other layers" }
        guard let again = try? sealer.open(envelope, in: span, with: opened.keys) else {
            return "a message sealed anew cannot be opened"
        }
        let written = flags.contains(.secret) ? sealer.plaintext : datagram
        guard again.tag == pdu.tag, again.requestID == pdu.requestID,
            written[again.pduStart..<again.body.end].elementsEqual(bytes),
            again.contextName.equals(contextName, in: written.span.bytes),
            contextEngine.equals(again.contextEngine, in: written.span.bytes)
        else { return "a message sealed anew is another message" }
        return nil
    }

    /// What was hidden here is revealed there.
    private func brokenSecret(_ sealed: Opened) -> String? {
        guard sealed.envelope.flags.contains(.secret) else { return nil }
        let data = self.bytes[sealed.envelope.data.position..<sealed.envelope.data.end]
        return data.elementsEqual(sealed.plaintext) ? nil : "what was hidden is revealed as something else"
    }

    /// With one bit changed, or with the keys of another user or another engine, nothing signed is believed.
    private static func brokenForgery(_ sealed: Opened, _ sealer: inout USMSealer) -> String? {
        var changed = sealed.bytes
        let place = changed.choice(below: sealed.envelope.end * 8)
        changed[place / 8] ^= 1 << UInt8(place % 8)
        let span = changed.span.bytes
        if let envelope = try? USMEnvelope(span), envelope.flags.contains(.authentic) {
            guard Self.isRefused(envelope, in: span, with: sealed.keys, &sealer) else {
                return "a message is believed with bit \(place) changed"
            }
        }
        for keys in KeyHolder.shared.strangers(to: sealed.user, at: sealed.keys.engine) {
            guard Self.isRefused(sealed.envelope, in: sealed.bytes.span.bytes, with: keys, &sealer) else {
                return "a message is believed with other keys"
            }
        }
        return nil
    }

    private static func isRefused(
        _ envelope: USMEnvelope,
        in bytes: RawSpan,
        with keys: EngineKeys,
        _ sealer: inout USMSealer
    ) -> Bool {
        do throws(USMSealer.Fault) {
            _ = try sealer.open(envelope, in: bytes, with: keys)
            return false
        } catch { return error == .notAuthentic }
    }
}

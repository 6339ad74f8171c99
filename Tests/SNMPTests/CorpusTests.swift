import Foundation
import Testing

@testable import SNMP

/// The messages that the fuzzer begins with, and those that once broke something.
enum Corpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Deploy/fuzz/corpus/snmp-response")

    static func inputs() throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.path(percentEncoded: false)).sorted()
            .filter { !$0.hasPrefix(".") }
            .map { ($0, Array(try Data(contentsOf: self.folder.appending(path: $0)))) }
    }
}

@Suite("The fuzzer's corpus")
struct CorpusTests {
    @Test("every message of the corpus is read or refused, and what is read holds together")
    func replay() throws {
        let inputs = try Corpus.inputs()
        var (read, refused) = (0, 0)
        for (name, bytes) in inputs {
            guard let message = try? ReadMessage(bytes.span.bytes) else {
                refused += 1
                continue
            }
            read += 1
            #expect(message.brokenProperty() == nil, "\(name)")
        }
        // Both kinds are there, or the corpus has been lost.
        #expect(read >= 40 && refused >= 8)
    }

    @Test("every answer that a real snmpd once gave is read whole")
    func real() throws {
        let answers = try Corpus.inputs().filter { $0.name.hasPrefix("snmpd-") }
        #expect(answers.count >= 12)
        for (name, bytes) in answers {
            let pdu = try #require(try ReadMessage(bytes.span.bytes).pdu, "\(name)")
            #expect(!pdu.varBinds.isEmpty, "\(name)")
            for varBind in pdu.varBinds {
                if case .undecodable = varBind.value { Issue.record("\(name): \(varBind)") }
            }
        }
    }

    @Test("every message of the corpus, cut anywhere or with a byte changed, is read or refused")
    func neighbours() throws {
        var numbers = SeededNumbers(seed: 4)
        var read = 0
        for (name, bytes) in try Corpus.inputs() where bytes.count < 2_000 {
            for length in 0..<bytes.count {
                let cut = Array(bytes.prefix(length))
                guard let message = try? ReadMessage(cut.span.bytes) else { continue }
                #expect(message.brokenProperty() == nil, "\(name) cut to \(length)")
                read += 1
            }
            for place in bytes.indices {
                var changed = bytes
                changed[place] = UInt8.random(in: 0...255, using: &numbers)
                guard let message = try? ReadMessage(changed.span.bytes) else { continue }
                #expect(message.brokenProperty() == nil, "\(name) with \(changed[place]) at \(place)")
                read += 1
            }
        }
        #expect(read > 1_000)
    }
}

import Foundation
import Testing

@testable import SNMP

/// The messages that the fuzzer begins with, and those that once broke something.
enum Corpus {
    /// The messages of one target of Deploy/fuzz.
    static func inputs(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Deploy/fuzz/corpus/\(target)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            .sorted()
            .filter { !$0.hasPrefix(".") }
            .map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }
}

@Suite("The fuzzer's corpus")
struct CorpusTests {
    /// A reader by the name of its target in Deploy/fuzz.
    struct Subject: CustomTestStringConvertible, Sendable {
        let target: String
        let reading: any UntrustedMessage.Type

        var testDescription: String { self.target }
    }

    static let subjects = [
        Subject(target: "snmp-response", reading: ResponseReading.self),
        Subject(target: "snmp-values", reading: ValueListReading.self),
        Subject(target: "snmp-secured", reading: SecuredReading.self),
        Subject(target: "snmp-trap", reading: TrapReading.self),
    ]

    @Test(
        "every message of the corpus is read or refused, and what is read holds together",
        arguments: Self.subjects
    )
    func replay(_ subject: Subject) throws {
        var (read, refused) = (0, 0)
        for (name, bytes) in try Corpus.inputs(of: subject.target) {
            let reading = subject.reading.init(bytes)
            #expect(reading.brokenProperty() == nil, "\(name)")
            if reading.isUnderstood { read += 1 } else { refused += 1 }
        }
        // Both kinds are there, or the corpus has been lost.
        #expect(read >= 20 && refused >= 1, "\(read) read, \(refused) refused")
    }

    @Test("every answer that a real snmpd once gave is read whole")
    func real() throws {
        let answers = try Corpus.inputs(of: "snmp-response").filter { $0.name.hasPrefix("snmpd-") }
        #expect(answers.count >= 12)
        for (name, bytes) in answers {
            let pdu = try #require(try ReadMessage(bytes.span.bytes).pdu, "\(name)")
            #expect(!pdu.varBinds.isEmpty, "\(name)")
            for varBind in pdu.varBinds {
                if case .undecodable = varBind.value { Issue.record("\(name): \(varBind)") }
            }
        }
    }

    @Test(
        "every message of the corpus, cut anywhere or with a byte changed, is read or refused",
        arguments: Self.subjects
    )
    func neighbours(_ subject: Subject) throws {
        var numbers = SeededNumbers(seed: 4)
        var read = 0
        for (name, bytes) in try Corpus.inputs(of: subject.target) where bytes.count < 2_000 {
            for place in bytes.indices {
                let cut = subject.reading.init(Array(bytes.prefix(place)))
                #expect(cut.brokenProperty() == nil, "\(name) cut to \(place)")
                var changed = bytes
                changed[place] = UInt8.random(in: 0...255, using: &numbers)
                let reading = subject.reading.init(changed)
                #expect(reading.brokenProperty() == nil, "\(name) with \(changed[place]) at \(place)")
                read += reading.isUnderstood ? 1 : 0
            }
        }
        #expect(read > 1_000)
    }
}

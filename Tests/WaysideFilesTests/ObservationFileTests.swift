import Testing
import WaysideCore

@testable import WaysideFiles

@Suite struct ObservationFileTests {
    private let devices = DeviceKeys([("CAM-1", DeviceID(7)), ("隧道-2", DeviceID(8))])

    private func records(_ text: String) throws -> [ObservationFile.Record] {
        let folder = ScratchFolder()
        var records: [ObservationFile.Record] = []
        try ObservationFile.read(folder.write("o.ndjson", text), devices: self.devices) { records.append($0) }
        return records
    }

    private func problem(_ line: String) throws -> String {
        let folder = ScratchFolder()
        let path = folder.write("o.ndjson", line + "\n")
        let error = try #require(throws: FilesError.self) {
            try ObservationFile.read(path, devices: self.devices) { _ in }
        }
        return error.problems.map { "\($0.row ?? 0): \($0.wrong), \($0.mend)" }.joined(separator: "\n")
    }

    @Test("a line with everything in it is read whole") func whole() throws {
        let line =
            #"{"at":"2026-03-01T00:00:10.0009+08:00","received_at":"2026-02-28T16:00:11Z","collector":"east","device":"CAM-1","check":"stream","hop":"gateway","outcome":"down","cause":"no_media","took_ms":812,"values":{"a":[1,{"b":"\"}"}]},"evidence":"f\u00e9\ud83d\ude00.jpg"}"#
        let start = try #require(ServiceDay("2026-03-01")).start
        #expect(
            try self.records(line) == [
                .observation(
                    Observation(
                        device: DeviceID(7),
                        check: .stream,
                        hop: .gateway,
                        at: start + 10_000,
                        receivedAt: start + 11_000,
                        collector: "east",
                        outcome: .down,
                        cause: .noMedia,
                        tookMilliseconds: 812,
                        values: #"{"a":[1,{"b":"\"}"}]}"#,
                        evidence: "fé😀.jpg"
                    )
                )
            ]
        )
    }

    @Test(
        "any order of keys, blanks, escapes, unknown keys, null and a byte order mark are taken",
        arguments: [
            #"{"outcome":"up","check":"reach","device":"CAM-1","at":"2026-03-01T00:00:00+08:00"}"#,
            "\u{FEFF} { \"at\" : \"2026-03-01T00:00:00.000+08:00\" , \"device\":\"CAM-1\",\t\"check\":\"reach\",\"outcome\":\"up\" } \r",
            #"{"at":"2026-02-28T16:00:00Z","device":"CAM\u002d1","check":"reach","outcome":"up","x":{"y":[true,false,null,-1.5e+3]}}"#,
            #"{"\u0061t":"2026-02-28t16:00:00.0z","device":"CAM-1","check":"reach","outcome":"up"}"#,
            #"{"at":"2026-03-01T00:00:00.000+08:00","received_at":null,"collector":null,"device":"CAM-1","check":"reach","hop":null,"outcome":"up","cause":null,"took_ms":null,"values":null,"evidence":null,"void":null}"#,
        ]
    )
    func tolerated(line: String) throws {
        let start = try #require(ServiceDay("2026-03-01")).start
        let wanted = Observation(device: DeviceID(7), check: .reach, at: start, outcome: .up)
        #expect(try self.records(line) == [.observation(wanted)])
        #expect(
            try self.records("\n\n" + line.replacing("\u{FEFF}", with: "") + "\n\n") == [.observation(wanted)]
        )
    }

    @Test(
        "a bad line is told with its number and its mend",
        arguments: [
            (
                #"{"at":"2026-03-01","device":"CAM-1","check":"reach","outcome":"up"}"#,
                #"1: at is "2026-03-01", which is no time, write RFC 3339 with an offset, such as 2026-03-01T00:00:10.000+08:00"#
            ),
            (
                #"{"at":"2026-03-01T24:00:00Z","device":"CAM-1","check":"reach","outcome":"up"}"#,
                #"1: at is "2026-03-01T24:00:00Z", which is no time, write RFC 3339 with an offset, such as 2026-03-01T00:00:10.000+08:00"#
            ),
            (
                #"{"device":"CAM-1","check":"reach","outcome":"up"}"#,
                #"1: the observation has no at, add "at": 2026-03-01T00:00:10.000+08:00"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-3","check":"reach","outcome":"up"}"#,
                #"1: there is no device "CAM-3" in the inventory, the nearest known one is CAM-1"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"rech","outcome":"up"}"#,
                #"1: unknown check "rech", the nearest known one is reach (of reach, snmp, stream, picture or recording)"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"UP"}"#,
                #"1: unknown outcome "UP", the nearest known one is up (of up, abnormal, down or unknown)"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"down","cause":"timeot"}"#,
                #"1: unknown cause "timeot", the nearest known one is timeout"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"up","took_ms":-1}"#,
                #"1: took_ms is "-1", write whole milliseconds, 0 or more, or null"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"up","values":[1]}"#,
                #"1: values is no object, write it as {"name": value}, or null"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"up""#,
                #"1: no valid JSON at character 77: "}" is missing, write one JSON object a line"#
            ),
            (
                #"{"at":"2026-03-01T00:00:00Z"} x"#,
                #"1: no valid JSON at character 31: something follows the object, write one JSON object a line"#
            ),
            (
                #"{"at":"unclosed"#,
                #"1: no valid JSON at character 16: a string is not closed, write one JSON object a line"#
            ),
            (#"{"x":01}"#, #"1: no valid JSON at character 7: "}" is missing, write one JSON object a line"#),
            (#"["at"]"#, #"1: no valid JSON at character 1: "{" is missing, write one JSON object a line"#),
        ]
    )
    func refused(line: String, message: String) throws {
        #expect(try self.problem(line) == message)
    }

    @Test("good lines before bad ones were handed out, and at most twenty bad ones are told") func manyBad()
        throws
    {
        let good = #"{"at":"2026-03-01T00:00:00Z","device":"CAM-1","check":"reach","outcome":"up"}"# + "\n"
        let folder = ScratchFolder()
        let path = folder.write("o.ndjson", good + String(repeating: "{}\n", count: 50))
        var count = 0
        let error = try #require(throws: FilesError.self) {
            try ObservationFile.read(path, devices: self.devices) { _ in count += 1 }
        }
        #expect(
            count == 1 && error.problems.count == 20 && error.problems.first?.row == 2 && error.unlisted == 1
        )
    }

    @Test("what the writer writes the reader reads, observations and voids alike") func roundTrip() throws {
        let start = try #require(ServiceDay("2026-03-01")).start
        let observation = Observation(
            device: DeviceID(8),
            check: .picture,
            hop: .recorder,
            at: start + 1,
            receivedAt: start + 2,
            collector: "东 \"1\"",
            outcome: .abnormal,
            cause: .clockWrong,
            tookMilliseconds: 0,
            values: "{\"a\":\n1}",
            evidence: "a\\b\t\u{1}"
        )
        let void = VoidRecord(
            span: Span(start, start + 60_000),
            devices: [DeviceID(8), DeviceID(7)],
            checks: [.stream, .reach],
            reason: "self_network",
            at: start + 70_000,
            receivedAt: start + 80_000
        )
        let keys = [DeviceID(7): "CAM-1", DeviceID(8): "隧道-2"]
        let line = ObservationLineWriter.line(observation, key: "隧道-2")
        let voidLine = ObservationLineWriter.line(void) { keys[$0] }
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"at":"2026-03-01T00:00:00.001+08:00","received_at":"2026-03-01T00:00:00.002+08:00","collector":"东 \"1\"","device":"隧道-2","check":"picture","hop":"recorder","outcome":"abnormal","cause":"clock_wrong","took_ms":0,"values":{"a": 1},"evidence":"a\\b\t\u0001"}"#
                + "\n"
        )
        var wanted = observation
        wanted.values = "{\"a\": 1}"
        let text = String(decoding: line + voidLine, as: UTF8.self)
        #expect(try self.records(text) == [.observation(wanted), .void(void)])
    }

    @Test("voids for everybody, their defaults and their faults") func voids() throws {
        let start = try #require(ServiceDay("2026-03-01")).start
        let line =
            #"{"void":{"from":"2026-03-01T00:00:00+08:00","to":"2026-03-01T00:01:00+08:00","devices":null},"reason":"self_clock","at":"2026-03-01T01:00:00+08:00"}"#
        let wanted = VoidRecord(
            span: Span(start, start + 60_000),
            reason: "self_clock",
            at: start + 3_600_000
        )
        #expect(try self.records(line) == [.void(wanted)])
        #expect(try self.problem(line.replacing("null", with: #"["CAM-9"]"#)).contains("no device \"CAM-9\""))
        #expect(
            try self.problem(
                line.replacing("00:01:00", with: "00:00:00").replacing(
                    "T00:00:00+08:00\",\"to",
                    with: "T00:00:01+08:00\",\"to"
                )
            ).contains("no to after it")
        )
    }

    @Test("the quick reading gives the same as the whole one, over lines that cross the buffer's end")
    func quick() throws {
        var text = ""
        for index in 0..<60_000 {
            text +=
                #"{"at":"2026-03-0\#(1 + index % 3)T0\#(index % 10):00:00.\#(100 + index % 900)+08:00","device":"CAM-1","check":"stream","outcome":"up","evidence":"\#(String(repeating: "x", count: index % 97))"}"#
                + "\n"
        }
        let folder = ScratchFolder()
        let path = folder.write("o.ndjson", text)
        var (quick, whole): ([ObservationLine], [Observation]) = ([], [])
        let summary = try ObservationFile.readLines(
            path,
            devices: self.devices,
            each: { quick.append($0) },
            void: { _ in }
        )
        try ObservationFile.read(path, devices: self.devices) { record in
            if case .observation(let observation) = record { whole.append(observation) }
        }
        #expect(summary.observations == 60_000 && quick.map(\.at) == whole.map(\.at))
        #expect(
            quick.allSatisfy {
                $0.collector == "centre" && $0.device == DeviceID(7) && $0.receivedAt == $0.at
            }
        )
    }

    @Test(
        "times are read as the core reads them",
        arguments: [
            "2026-03-01T00:00:10.000+08:00", "2026-03-01T23:59:59.999999-12:30", "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:60Z", "2026-03-01T00:00:00", "2026-03-01T00:00:00.+08:00",
            "2026-03-01T00:00:00+0800",
            "2026-02-29T00:00:00Z", "2026-03-01t00:00:00z", "2026-03-01T1:00:00.00Z",
            "2026-03-01T00:00:00.1Z ", "",
        ]
    )
    func times(text: String) {
        var scanner = TimestampScanner()
        let warm = Array("2026-03-01T12:00:00Z".utf8)
        warm.withUnsafeBufferPointer { _ = scanner.instant($0) }
        #expect(Array(text.utf8).withUnsafeBufferPointer { scanner.instant($0) } == Timestamp(text))
    }
}

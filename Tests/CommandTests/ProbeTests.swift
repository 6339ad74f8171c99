import Foundation
import Testing

@Suite struct ProbeTests {
    @Test("a closed port is down at once, and no password is printed")
    func closedPort() throws {
        let closed = try SilentListener(isOpen: false)
        let url = "rtsp://viewer:s3cr3t-word@127.0.0.1:\(closed.port)/live?token=s3cr3t-token"
        let ending = try Program.run("probe", url, "--format", "json")
        #expect(ending.code == 1, "\(ending.errors)")
        let report = try ending.object()
        #expect(report["outcome"] as? String == "down" && report["cause"] as? String == "refused")
        #expect((report["url"] as? String)?.hasPrefix("rtsp://127.0.0.1:\(closed.port)/live") == true)
        let stages = try #require(report["stages"] as? [[String: Any]])
        #expect(stages.map { $0["stage"] as? String } == ["connect"])
        #expect(report["codec"] == nil)
        let shown = try Program.run("probe", url)
        #expect(shown.code == 1 && shown.output.contains("refused"))
        for text in [ending.output, ending.errors, shown.output, shown.errors] {
            #expect(!text.contains("s3cr3t"))
        }
    }

    @Test("a camera that accepts and never speaks is left by the deadline")
    func silent() throws {
        let silent = try SilentListener()
        let started = ContinuousClock.now
        let ending = try Program.run(
            "probe",
            "rtsp://127.0.0.1:\(silent.port)/live",
            "--deadline",
            "0.7",
            "--format",
            "json"
        )
        #expect(ending.code == 1)
        #expect(try ending.object()["cause"] as? String == "timeout")
        #expect(ContinuousClock.now - started < .seconds(10))
    }

    @Test("several streams are answered in the order asked, in an array or a row each")
    func several() throws {
        let closed = try SilentListener(isOpen: false)
        let urls = ["a", "b", "c"].map { "rtsp://127.0.0.1:\(closed.port)/\($0)" }
        let ending = try Program.run(["probe"] + urls + ["--format", "json"])
        #expect(ending.code == 1)
        #expect(try ending.rows().compactMap { $0["url"] as? String } == urls)
        let sheet = try Program.run(["probe"] + urls + ["--format", "csv"])
        #expect(sheet.csv.dropFirst().map { $0[0] } == urls)
        #expect(
            sheet.csv.dropFirst().allSatisfy { $0[1] == "down" && $0[2] == "refused" && $0[3] == "connect" }
        )
    }

    @Test("a recording is measured as a stream is, by its path or its URL; a file that is no media is down")
    func recording() throws {
        let folder = try Folder()
        let clip = "\(folder.path)/a clip.mp4"
        let picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-t", "3", "-g", "25", clip]
        _ = try Program.run(["-nostdin", "-v", "error"] + picture, by: "/usr/bin/ffmpeg")
        let url = "file://" + clip.replacingOccurrences(of: " ", with: "%20")
        for place in [clip, url] {
            let ending = try Program.run("probe", place, "--format", "json")
            #expect(ending.code == 0, "\(ending.errors)")
            let report = try ending.object()
            #expect(report["url"] as? String == clip && report["outcome"] as? String == "up")
            #expect(report["container"] as? String == "mp4" && report["codec"] as? String == "h264")
            #expect(report["width"] as? Int == 320 && report["fps"] as? Double == 25)
            let spans = ending.output.matches(of: /_ms" : ([^,\s]+)/).map { Int($0.1) }
            #expect(
                spans.count > 3 && !spans.contains(nil),
                "a span that is no whole number: \(ending.output)"
            )
            #expect(
                report["keyframe_interval_ms"] as? Int == 1_000 && report["duration_ms"] as? Int == 3_000
            )
            #expect(report["audio"] as? String == "none" && (report["bitrate_kbps"] as? Double ?? 0) > 1)
        }
        #expect(try Program.run("probe", clip).output.contains("3000 ms long"))
        let text = try folder.write("nothing to see\n", to: "notes.mp4")
        let other = try Program.run("probe", text, "--format", "json")
        #expect(other.code == 1)
        #expect(try other.object()["cause"] as? String == "protocol_error")
        let missing = try Program.run("probe", folder.path + "/none.mp4")
        #expect(missing.code == 2 && missing.errors.contains("a file that is there"), "\(missing.errors)")
    }

    @Test(
        "the benchmark measures streams by turns alone and beside hung cameras, which all end at the deadline"
    )
    func benchmark() throws {
        let closed = try SilentListener(isOpen: false)
        let ending = try Program.run(
            ["bench", "probe", "rtsp://127.0.0.1:\(closed.port)/live", "--rounds", "3", "--concurrency", "1"]
                + ["--hung", "20", "--turns", "2", "--deadline", "0.8", "--format", "json"]
        )
        #expect(ending.code == 0, "\(ending.errors)")
        let rows = try ending.rows()
        #expect(
            rows.compactMap { $0["what"] as? String } == ["streams", "streams beside 20 hung", "hung"]
        )
        #expect(rows.prefix(2).allSatisfy { $0["outcomes"] as? String == "down refused 6" }, "\(rows)")
        // Twenty in each of two turns, every one of them left at its deadline.
        let probes = try #require(rows.last?["probes"] as? Int)
        #expect(probes >= 40 && rows.last?["outcomes"] as? String == "down timeout \(probes)", "\(rows)")
        func figure(_ name: String) -> Double { (rows.last?[name] as? String).flatMap(Double.init) ?? .nan }
        // Given up when three quarters of the time are over; the last one is kept for a farewell.
        let late = figure("took_p50_ms") - 600
        #expect(late >= 0 && abs(figure("overshoot_p50_ms") - late) < 0.02, "\(rows)")
        #expect(try Program.run("bench", "probe", "rtsp://h/", "--turns", "0").code == 2)
    }

    @Test("an address that is none is refused without being repeated")
    func badAddress() throws {
        let ending = try Program.run("probe", "gopher://viewer:s3cr3t-word@host/x")
        #expect(ending.code == 2)
        #expect(ending.errors.contains("address 1") && !ending.errors.contains("s3cr3t"))
        for url in ["rtsp://admin:12345#@10.0.0.1/x", "rtsp://admin:12345/s3cr3t@h/x"] {
            for command in [["probe"], ["bench", "probe"]] {
                let ending = try Program.run(command + [url])
                #expect(ending.code == 2 && ending.errors.contains("%23"), "\(ending.errors)")
                #expect(!ending.errors.contains("12345") && !ending.errors.contains("s3cr3t"))
            }
        }
    }

    @Test("a password comes from standard input, and not without a user")
    func password() throws {
        let closed = try SilentListener(isOpen: false)
        let url = "rtsp://127.0.0.1:\(closed.port)/live"
        let ending = try Program.run(
            "probe",
            url,
            "--user",
            "viewer",
            "--password",
            "-",
            input: "s3cr3t-word\n"
        )
        #expect(ending.code == 1 && !ending.output.contains("s3cr3t"), "\(ending.errors)")
        #expect(try Program.run("probe", url, "--user", "viewer", "--password", "-").code == 2)
        #expect(try Program.run("probe", url, "--password", "x").code == 2)
    }

    @Test("a credential is taken by its name from a file")
    func credential() throws {
        let (folder, closed) = (try Folder(), try SilentListener(isOpen: false))
        let file = try folder.write(
            "credentials:\n  domes: {stream: {user: viewer, password: s3cr3t-word}}\n",
            to: "credentials.yaml"
        )
        let url = "rtsp://127.0.0.1:\(closed.port)/live"
        let ending = try Program.run("probe", url, "--credentials", file, "--credential", "domes")
        #expect(ending.code == 1 && !(ending.output + ending.errors).contains("s3cr3t"))
        let missing = try Program.run("probe", url, "--credentials", file, "--credential", "dome")
        #expect(missing.code == 2 && missing.errors.contains("domes"), "\(missing.errors)")
    }

    @Test("addresses are read from a list, each with its line, and all that are none are told at once")
    func list() throws {
        let (folder, closed) = (try Folder(), try SilentListener(isOpen: false))
        let url = "rtsp://viewer:s3cr3t-word@127.0.0.1:\(closed.port)"
        let text = "\u{FEFF}# cameras\n\(url)/1\r\n\n  \(url)/2  \n"
        let file = try folder.write(text, to: "cameras.txt")
        for words in [["--from", file], ["--from", "-"]] {
            let ending = try Program.run(["probe"] + words + ["--format", "csv"], input: text)
            #expect(ending.code == 1, "\(ending.errors)")
            #expect(ending.csv.dropFirst().map { $0[0].suffix(2) } == ["/1", "/2"])
            #expect(!(ending.output + ending.errors).contains("s3cr3t"))
        }
        let bad = try folder.write("\(url)/1\ncamera\nrtsp://[camera]/\n", to: "bad.txt")
        let refused = try Program.run("probe", "--from", bad)
        #expect(refused.code == 2 && refused.output.isEmpty)
        #expect(
            refused.errors.contains("bad.txt:2: ") && refused.errors.contains("bad.txt:3: "),
            "\(refused.errors)"
        )
        #expect(try Program.run("probe", "--from", folder.path + "/none.txt").code == 2)
        let none = try Program.run("probe")
        #expect(none.code == 2 && none.errors.contains("--from"), "\(none.errors)")
    }

    @Test(
        "what cannot be is refused before anything is asked, and an answer that cannot be written is no answer"
    )
    func refused() throws {
        let (folder, silent) = (try Folder(), try SilentListener())
        let url = "rtsps://127.0.0.1:\(silent.port)/live"
        let nothing = try folder.write("no certificate\n", to: "own.pem")
        for authorities in [nothing, folder.path + "/none.pem"] {
            let ending = try Program.run("probe", url, "--authorities", authorities)
            #expect(ending.code == 2 && ending.errors.contains("PEM"), "\(ending.errors)")
        }
        #expect(try Program.run("probe", url, "--window", "5", "--deadline", "5").code == 2)
        #expect(try Program.run("probe", url, "--certificates", "trust").code == 2)
        let closed = try SilentListener(isOpen: false)
        let full = try Program.run(
            ["-c", "exec \"$0\" probe rtsp://127.0.0.1:\(closed.port)/ >/dev/full", Program.path],
            by: "/bin/sh"
        )
        #expect(full.code == 3 && full.errors.contains("cannot be written"), "\(full.errors)")
    }

    @Test("watching prints a line a stream and a round, in every form, and stops after the rounds asked for")
    func watching() throws {
        let closed = try SilentListener(isOpen: false)
        let urls = ["rtmp", "http"].map { "\($0)://viewer:s3cr3t-word@127.0.0.1:\(closed.port)/live/x" }
        let words = ["probe"] + urls + ["--watch", "--every", "1", "--rounds", "2"]
        let lines = try Program.run(words)
        #expect(lines.code == 1, "\(lines.errors)")
        #expect(lines.output.split(separator: "\n").count == 4)
        #expect(
            lines.output.split(separator: "\n").allSatisfy { $0.contains("refused") && $0.contains("ms") }
        )
        let objects = try Program.run(words + ["--format", "json"])
        #expect(objects.output.split(separator: "\n").count == 4)
        #expect(
            objects.output.split(separator: "\n").allSatisfy {
                $0.hasPrefix("{\"at\":\"20") && $0.hasSuffix("}")
            }
        )
        let sheet = try Program.run(words + ["--format", "csv"])
        #expect(
            sheet.csv.count == 5 && sheet.csv[0].prefix(2) == ["at", "url"]
                && sheet.csv.dropFirst().allSatisfy { $0[2] == "down" && $0[0].hasSuffix("+08:00") }
        )
        for ending in [lines, objects, sheet] { #expect(!(ending.output + ending.errors).contains("s3cr3t")) }
        for words in [["--every", "5"], ["--watch", "--every", "0.5"], ["--watch", "--rounds", "0"]] {
            #expect(try Program.run(["probe", urls[0]] + words).code == 2, "\(words)")
        }
    }

    @Test("a wrong password is tried once for all channels of a server, and not again in the next rounds")
    func refusedCredential() throws {
        let server = try DoorkeeperServer(.refuse)
        let urls = (1...30).map { "rtsp://127.0.0.1:\(server.port)/ch\($0)" }
        let secret = ["--user", "viewer", "--password", "-"]
        let ending = try Program.run(
            ["probe"] + urls + secret + ["--format", "json"],
            input: "s3cr3t-word\n"
        )
        #expect(ending.code == 0, "\(ending.errors)")
        #expect(server.tries == [urls[0]])
        let reports = try ending.rows()
        #expect(reports.count == 30 && reports[0]["cause"] as? String == "auth_failed")
        for report in reports.dropFirst() {
            #expect(
                report["outcome"] as? String == "unknown" && report["cause"] as? String == "collector_gap"
            )
            #expect(report["asked"] as? Bool == false && report["again_in_ms"] == nil)
            #expect((report["detail"] as? String)?.contains("has refused the same credential") == true)
        }
        let watched = try Program.run(
            ["probe"] + urls.prefix(2) + secret + ["--watch", "--every", "1", "--rounds", "3"],
            input: "s3cr3t-word\n"
        )
        #expect(watched.code == 0 && server.tries == [urls[0], urls[0]], "\(watched.output)")
        let lines = watched.output.split(separator: "\n")
        #expect(lines.count == 6 && lines.count { $0.contains("has refused the same credential") } == 3)
        #expect(lines.count { $0.contains("could lock the account; again in 5 min") } == 2)
        #expect(!(ending.output + watched.output).contains("s3cr3t"))
    }

    @Test("while it is watched, what is busy is asked more and more seldom")
    func busy() throws {
        let server = try DoorkeeperServer(.busy)
        let url = "rtsp://127.0.0.1:\(server.port)/live"
        let ending = try Program.run("probe", url, "--watch", "--every", "1", "--rounds", "4")
        #expect(ending.code == 0 && server.asked == [url, url], "\(ending.output)")
        let lines = ending.output.split(separator: "\n")
        #expect(lines.map { $0.contains("not asked: it was busy") } == [false, true, false, true])
        #expect(lines.allSatisfy { $0.contains("unknown: busy") })
    }

    @Test("Ctrl-C in the first round of a watch prints what was seen until then, and that counts")
    func interrupted() throws {
        let (folder, closed) = (try Folder(), try SilentListener(isOpen: false))
        let note = folder.path + "/process"
        let server = try DoorkeeperServer(
            .keepSilent {
                guard let text = FileManager.default.contents(atPath: note),
                    let process = pid_t(
                        String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)
                    )
                else { return }
                kill(process, SIGINT)
            }
        )
        let silent = "rtsp://127.0.0.1:\(server.port)/live"
        func watch(_ urls: String...) throws -> Program.Ending {
            let script = ["-c", "echo $$ >\(note); exec \"$@\"", "sh", Program.path, "probe"]
            return try Program.run(script + urls + ["--watch", "--every", "60"], by: "/bin/sh")
        }
        let both = try watch("rtsp://127.0.0.1:\(closed.port)/live", silent)
        let lines = both.output.split(separator: "\n")
        #expect(both.code == 1 && lines.count == 2, "\(both.output)\(both.errors)")
        #expect(lines.first?.contains("refused") == true && lines.last?.contains("collector_gap") == true)
        let alone = try watch(silent)
        #expect(alone.code == 3 && alone.output.contains("collector_gap"), "\(alone.output)\(alone.errors)")
    }

    @Test(
        "on a terminal many streams have a bar of progress, which is gone in the end; elsewhere there is none"
    )
    func progress() throws {
        let (folder, closed) = (try Folder(), try SilentListener(isOpen: false))
        let urls = (0..<3).map { "rtsp://127.0.0.1:\(closed.port)/\($0)" }
        let command = ([Program.path, "probe"] + urls + ["--format", "json"]).map { "'\($0)'" }.joined(
            separator: " "
        )
        let script = ["-qec", command, folder.path + "/terminal"]
        #expect(try Program.run(script, by: "/usr/bin/script").code == 1)
        let shown = folder.text("terminal")
        #expect(shown.contains("3 of 3 streams") && shown.contains("\r\u{1b}[K"))
        let plain = try Program.run(["probe"] + urls)
        #expect(!plain.errors.contains("streams"))
    }
}

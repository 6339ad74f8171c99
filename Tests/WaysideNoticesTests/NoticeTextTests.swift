import Foundation
import Testing
import WaysideCore

@testable import WaysideNotices

@Suite("The text of a notice")
struct NoticeTextTests {
    @Test("says which device, where, why, since when, who must act and until when")
    func opened() {
        let notice = SampleNotice.notice()
        let chinese = NoticeText(notice, in: .chinese)
        #expect(chinese.title == "【工单 17】新建:K12+300 上行 摄像机“K12+300 上行枪机”(超时无应答)")
        #expect(
            chinese.body == """
                工单:17 新建
                设备:摄像机“K12+300 上行枪机” [CAM-0001]
                位置:G42/S38 K12+300 上行 隧道
                所属单位:示范路段
                故障项:可达、视频流
                原因:超时无应答
                开始时间:2026-03-01 08:00:05
                影响:另有 7 台设备:甲、乙等
                责任单位:甲养护公司
                修复时限:2026-03-01 10:05:00(剩余2小时3分钟)

                """
        )
        let english = NoticeText(notice, in: .english)
        #expect(
            english.title
                == "[Ticket 17] opened: K12+300 ascending camera “K12+300 上行枪机” (no answer in time)"
        )
        #expect(
            english.body == """
                Ticket: 17 opened
                Device: camera “K12+300 上行枪机” [CAM-0001]
                Place: G42/S38 K12+300 ascending tunnel
                Owner: 示范路段
                Fails in: reachability, stream
                Cause: no answer in time
                Since: 2026-03-01 08:00:05 +08:00
                Affects: 7 more devices: 甲, 乙 and others
                To act: 甲养护公司
                Until: 2026-03-01 10:05:00 +08:00 (2 h 3 min left)

                """
        )
    }

    @Test("says by how much a deadline has passed")
    func breached() {
        let notice = SampleNotice.notice(.breached, createdAt: "2026-03-02T11:05:59.999+08:00")
        #expect(NoticeText(notice, in: .chinese).title.hasPrefix("【工单 17】已超时:"))
        #expect(NoticeText(notice, in: .chinese).lines.contains("修复时限:2026-03-01 10:05:00(已超1天1小时)"))
        #expect(
            NoticeText(notice, in: .english).lines.contains(
                "Until: 2026-03-01 10:05:00 +08:00 (over by 1 d 1 h)"
            )
        )
    }

    @Test("says how long it took and how it ended, and asks nobody to act any more")
    func closed() {
        var facts = SampleNotice.facts()
        facts.closedAt = SampleNotice.instant("2026-03-01T08:00:50.000+08:00")
        facts.reason = .recovered
        facts.repeatCount = 2
        let notice = SampleNotice.notice(.closed, facts: facts)
        let chinese = NoticeText(notice, in: .chinese).lines
        #expect(chinese.suffix(3) == ["销单时间:2026-03-01 08:00:50(历时不足1分钟)", "结果:自行恢复,复测正常", "重复故障:已重复 2 次"])
        let english = NoticeText(notice, in: .english).lines
        #expect(english.contains("Closed at: 2026-03-01 08:00:50 +08:00 (after under 1 min)"))
        #expect(english.contains("Outcome: came back by itself, and probes agree"))
        #expect(english.allSatisfy { !$0.hasPrefix("Until") && !$0.hasPrefix("To act") })
    }

    @Test("names the ticket it was merged into")
    func merged() {
        var facts = SampleNotice.facts()
        facts.mergedInto = 5
        facts.reason = .upstream
        let notice = SampleNotice.notice(.merged, facts: facts)
        #expect(NoticeText(notice, in: .chinese).lines.contains("并入工单:5"))
        #expect(NoticeText(notice, in: .english).lines.contains("Merged into: ticket 5"))
    }

    @Test("does without what is not known")
    func sparse() {
        let facts = NoticeFacts(
            device: DeviceFacts(key: "SW-2", name: "SW-2", kind: .switch),
            facets: [],
            since: SampleNotice.instant("2026-03-01T08:00:00.000+08:00")
        )
        let notice = SampleNotice.notice(.escalated, facts: facts)
        #expect(NoticeText(notice, in: .chinese).title == "【工单 17】升级:交换机“SW-2”")
        #expect(
            NoticeText(notice, in: .chinese).lines == [
                "工单:17 升级", "设备:交换机“SW-2” [SW-2]", "原因:未明", "开始时间:2026-03-01 08:00:00",
                "责任单位:未指定", "修复时限:未起算或已暂停",
            ]
        )
    }

    @Test("has a word for every code in both languages, and only that language's")
    func everyWord() {
        for language in NoticeLanguage.allCases {
            let terms = NoticeTerms(language: language)
            let words =
                Notice.Kind.allCases.map(terms.title) + Device.Kind.allCases.map(terms.term)
                + Direction.allCases.map(terms.term) + Facet.allCases.map(terms.term)
                + Cause.allCases.map(terms.term) + NoticeFacts.Reason.allCases.map(terms.term)
                + (1...8).compactMap(terms.position)
            #expect(words.count == Set(words).count)
            #expect(words.allSatisfy { !$0.isEmpty })
            let isASCII = words.map { $0.utf8.allSatisfy { $0 < 0x80 } }
            #expect(isASCII.allSatisfy { $0 == (language == .english) })
        }
    }

    @Test("keeps to its line, whatever a name holds")
    func hostileNames() {
        let facts = SampleNotice.facts(name: "a\r\nBcc: x\u{2028}y\u{0}" + String(repeating: "长", count: 500))
        for language in NoticeLanguage.allCases {
            let text = NoticeText(SampleNotice.notice(facts: facts), in: language)
            #expect(text.title.count < 200)
            let all = ([text.title] + text.lines).joined()
            #expect(all.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x2028 })
        }
    }
}

@Suite("The document of a notice")
struct NoticeDocumentTests {
    @Test("is JSON to the letter")
    func golden() {
        let text = String(decoding: NoticeDocument(SampleNotice.notice()).bytes, as: UTF8.self)
        let expected = """
            {"key":"ticket-17-opened-1-webhook","kind":"opened","ticket":17,\
            "created_at":"2026-03-01T08:02:00.000+08:00","recipient":{"key":"M-1","name":"甲养护公司"},\
            "device":{"key":"CAM-0001","name":"K12+300 上行枪机","kind":"camera","roads":["G42","S38"],\
            "stake_mark":"K12+300","direction":"up","position_class":3,"organization":"示范路段",\
            "maintainer":{"key":"M-1","name":"甲养护公司"}},"facets":["reachability","stream"],"cause":"timeout",\
            "since":"2026-03-01T08:00:05.250+08:00","affected_count":7,"affected_names":["甲","乙"],\
            "repair_by":"2026-03-01T10:05:00.000+08:00","repeat_count":0,"text":{"zh":{"title":
            """
        #expect(text.hasPrefix(expected))
    }

    @Test("gives back every character of a name")
    func escapes() throws {
        let name = "\" \\ / \n \r \t \u{0} \u{1F} \u{7F} \u{2028} 🚧 é"
        let bytes = NoticeDocument(SampleNotice.notice(facts: SampleNotice.facts(name: name))).bytes
        let document = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        let device = try #require(document["device"] as? [String: Any])
        #expect(device["name"] as? String == name)
        let text = try #require(document["text"] as? [String: [String: String]])
        #expect(Set(text.keys) == ["zh", "en"])
    }
}

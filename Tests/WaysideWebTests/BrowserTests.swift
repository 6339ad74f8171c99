import Foundation
import Testing
import WaysideCore
import WaysideWeb

/// The page in a real browser, as people see it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BrowserTests {
    @Test("a road that is well is shown in Chinese, live, without a complaint of the browser")
    func allWell() async throws {
        try await Self.look(.allWell) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.querySelectorAll('#strip button.online').length === 31")
            try await browser.wait(for: "document.body.dataset.state === 'live'")
            let text = try await browser.evaluate("document.body.innerText")
            for word in ["路况值守", "在线", "实时", "今日考核在线率", "没有未结工单", "上级中断", "暂定", "SW-2"] {
                #expect(text.contains(word), "\(word)")
            }
            #expect(try await browser.evaluate("document.documentElement.lang") == "zh-CN")
            #expect(try await browser.evaluate("document.getElementById('banner').hidden") == "true")
        }
    }

    @Test("no two signs of the road lie over each other", arguments: [(1440, 900), (820, 1180), (390, 844)])
    func apart(width: Int, height: Int) async throws {
        try await Self.look(.mixed) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.resize(width: width, height: height)
            try await browser.wait(for: "document.querySelectorAll('#strip button').length === 31")
            try await browser.wait(for: "document.getElementById('strip').clientWidth <= \(width)")
            let clashes = """
                (() => {
                  const boxes = [...document.querySelectorAll('#strip button')].map((b) => [b.dataset.key, b.getBoundingClientRect()]);
                  const bad = [];
                  for (const [a, p] of boxes) for (const [b, q] of boxes) {
                    if (a < b && p.left < q.right - 4 && q.left < p.right - 4 && p.top < q.bottom - 4 && q.top < p.bottom - 4) bad.push(a + '/' + b);
                  }
                  return bad.join(' ');
                })()
                """
            #expect(try await browser.evaluate(clashes) == "")
            #expect(
                try await browser.evaluate("document.documentElement.scrollWidth <= innerWidth") == "true"
            )
        }
    }

    @Test(
        "a switch that goes down shows its cameras as cut off, by shape and word, and the panel tells the four answers"
    )
    func switchDown() async throws {
        try await Self.look(.allWell) { browser, road, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.body.dataset.state === 'live'")
            try await browser.wait(for: "document.querySelectorAll('#strip button.online').length === 31")
            road.show(.switchDown)
            road.append(
                "SW-2",
                .status(
                    .reachability,
                    .offline,
                    before: .online,
                    since: MadeUpRoad.now - 95_000,
                    cause: .timeout,
                    isFaltering: false
                )
            )
            try await browser.wait(for: "document.querySelectorAll('#strip button.upstream').length === 6")
            #expect(
                try await browser.evaluate("document.querySelectorAll('#strip button.offline').length") == "1"
            )
            #expect(
                try await browser.evaluate(
                    "document.querySelector('[data-key=CAM-17-820]').getAttribute('aria-label')"
                )
                .contains("上级中断")
            )
            #expect(
                try await browser.evaluate("document.getElementById('changes').innerText").contains("在线 → 离线")
            )
            #expect(
                try await browser.evaluate("document.getElementById('tickets').innerText").contains("#13")
            )
            try await browser.evaluate("document.querySelector('[data-key=CAM-17-820]').click()")
            try await browser.wait(for: "document.querySelector('#panel .answers')")
            let panel = try await browser.evaluate("document.getElementById('panel').innerText")
            for word in [
                "为什么", "白鹭河大桥接入交换机", "从何时起", "16:58:25", "谁处理", "通途养护工程有限公司", "何时前",
                "17:28:40", "今日", "上级中断",
            ] { #expect(panel.contains(word), "\(word) in \(panel)") }
            try await browser.press("Escape", code: 27)
            try await browser.wait(for: "document.getElementById('panel').hidden")
            #expect(try await browser.evaluate("document.activeElement.dataset.key") == "CAM-17-820")
        }
    }

    @Test("cameras whose places contradict one another stand under the road, and lead to their panel")
    func disagreements() async throws {
        try await Self.look(.allWell) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "!document.getElementById('disagreements').hidden")
            let text = try await browser.evaluate("document.getElementById('disagreements').innerText")
            for word in ["环节矛盾", "摄像机正常，云端画面停滞", "摄像机正常，云平台无法访问", "另有 7 项未列出"] {
                #expect(text.contains(word), "\(word) in \(text)")
            }
            try await browser.evaluate("document.querySelector('#disagreements .rows button').click()")
            try await browser.wait(for: "document.querySelector('#panel .answers')")
            let panel = try await browser.evaluate("document.getElementById('panel').innerText")
            #expect(panel.contains("各环节") && panel.contains("摄像机正常，云端画面停滞"), "\(panel)")
        }
    }

    @Test("a device's panel draws the health of its day with its gap, and names its defects")
    func health() async throws {
        try await Self.look(.allWell) { browser, _, server in
            try await browser.open(server.address + "/#SW-1")
            try await browser.wait(for: "document.querySelector('#panel .chart .line')")
            // The hour and a half without answers parts the line.
            #expect(
                try await browser.evaluate("document.querySelectorAll('#panel .chart .line').length") == "2"
            )
            let panel = try await browser.evaluate("document.getElementById('panel').innerText")
            for words in ["健康 · 近 24 小时", "CPU 负载", "断开处没有数据", "SNMP 代理缺陷", "引擎 ID 与其他设备重复", "3 次"] {
                #expect(panel.contains(words), "\(words) in \(panel)")
            }
            let ticks = try await browser.evaluate(
                "[...document.querySelectorAll('#panel .chart .scale')].map((tick) => tick.textContent).join(' ')"
            )
            for tick in ["%", "10", "20:00", "00:00", "12:00"] {
                #expect(ticks.contains(tick), "\(tick) in \(ticks)")
            }
            #expect(
                try await browser.evaluate(
                    "document.getElementById('panel').scrollWidth <= document.getElementById('panel').clientWidth"
                ) == "true"
            )
        }
    }

    @Test("the language chosen is remembered")
    func language() async throws {
        try await Self.look(.cameraOff) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.querySelector('#tickets table')")
            try await browser.evaluate("document.querySelector('[data-language=en]').click()")
            try await browser.wait(for: "document.body.innerText.includes('Open tickets')")
            // The page that is being left looks the same: it is marked, so that it is not taken for the new one; and it goes
            // only when it has answered.
            try await browser.evaluate("(window.isOld = true, setTimeout(() => location.reload(), 0))")
            try await browser.wait(
                for:
                    """
                    !window.isOld && document.querySelector('#tickets table')
                        && document.body.innerText.includes('no answer in time')
                    """
            )
            #expect(try await browser.evaluate("document.documentElement.lang") == "en")
            #expect(try await browser.evaluate("document.body.innerText.includes('undefined')") == "false")
        }
    }

    @Test("arrow keys go along the road and Enter opens")
    func keyboard() async throws {
        try await Self.look(.allWell) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.querySelectorAll('#strip button').length === 31")
            try await browser.evaluate("document.querySelector('#strip button[tabindex=\"0\"]').focus()")
            let first = try await browser.evaluate("document.activeElement.dataset.key")
            try await browser.press("ArrowRight", code: 39)
            let second = try await browser.evaluate("document.activeElement.dataset.key")
            #expect(first != second && !second.isEmpty)
            try await browser.evaluate("document.activeElement.click()")
            try await browser.wait(for: "document.querySelector('#panel .answers')")
            #expect(try await browser.evaluate("decodeURIComponent(location.hash)") == "#" + second)
        }
    }

    @Test("data that is too old is said to be so, and nothing stays green")
    func stale() async throws {
        try await Self.look(.stale) { browser, _, server in
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.body.dataset.state === 'stale'")
            let banner = try await browser.evaluate("document.getElementById('banner').innerText")
            #expect(banner.contains("16:56:56") && banner.contains("不代表现在") && banner.contains("数据库无应答"))
            #expect(
                try await browser.evaluate("getComputedStyle(document.querySelector('main')).filter")
                    .contains("grayscale")
            )
        }
    }

    @Test("a page whose service goes away says that it is cut off")
    func cut() async throws {
        try await RunningServer.with(MadeUpRoad()) { server in
            let browser = try Browser(width: 1280, height: 800)
            defer { browser.stop() }
            try await browser.open(server.address + "/")
            try await browser.wait(for: "document.body.dataset.state === 'live'")
            await server.stop()
            try await browser.wait(for: "document.body.dataset.state === 'cut'")
            let banner = try await browser.evaluate("document.getElementById('banner').innerText")
            #expect(banner.contains("连接已中断"))
        }
    }

    /// Opens a browser beside a server of that scene; afterwards the browser must have had nothing to complain of.
    private static func look(
        _ scene: MadeUpRoad.Scene,
        _ test: @Sendable (Browser, MadeUpRoad, RunningServer) async throws -> Void
    ) async throws {
        let road = MadeUpRoad(scene)
        try await RunningServer.with(road) { server in
            let browser = try Browser(width: 1440, height: 900)
            defer { browser.stop() }
            try await test(browser, road, server)
            #expect(browser.complaints == [])
        }
    }
}

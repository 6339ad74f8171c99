import Foundation
import Testing

@testable import MediaProbe

@Suite("Playlists that end, hide or are always young")
struct PlaylistPulseTests {
    private let start = ContinuousClock.now

    /// Of 2 s a segment, from number to number.
    private func list(_ numbers: ClosedRange<Int>, query: String = "", tags: String = "") throws -> M3U8 {
        let segments = numbers.map { "#EXTINF:2,\ns\($0).ts\(query)\n" }.joined()
        let head = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:\(numbers.lowerBound)\n"
        return try M3U8(Array((head + tags + segments).utf8))
    }

    private func look(
        _ list: M3U8,
        known mark: PlaylistMark? = nil,
        age: Int64? = nil,
        after seconds: Double = 0
    ) -> PlaylistPulse {
        var pulse = PlaylistPulse(known: mark)
        pulse.receive(list, unchangedFor: age, at: self.start + .seconds(seconds))
        return pulse
    }

    private let end = "#EXT-X-ENDLIST\n"

    @Test("a list that was live and says that it has ended is dead, and stays so until it goes on")
    func ended() throws {
        let live = self.look(try self.list(0...1))
        let ended = self.look(try self.list(0...1, tags: self.end), known: live.mark, after: 60)
        #expect(ended.state == .dead)
        let still = self.look(try self.list(0...1, tags: self.end), known: ended.mark, after: 120)
        #expect(still.state == .dead)
        // The camera is pushed again, and the first segment bears the same name.
        let again = self.look(try self.list(0...1), known: still.mark, after: 180)
        #expect(again.state == .alive)
        let moved = self.look(try self.list(4...9, tags: self.end), known: live.mark, after: 60)
        #expect(moved.state == .dead)
    }

    @Test("a recording is alive however old it is, at the first probe and at every later one")
    func recording() throws {
        for tags in ["", "#EXT-X-PLAYLIST-TYPE:VOD\n"] {
            let numbers = tags.isEmpty ? 0...9 : 7...9
            let first = self.look(try self.list(numbers, tags: tags + self.end), age: 9_999)
            #expect(first.state == .alive && first.decidesBy == nil)
            let second = self.look(
                try self.list(numbers, tags: tags + self.end),
                known: first.mark,
                age: 99_999,
                after: 3_600
            )
            #expect(second.state == .alive && second.mark?.since == self.start + .seconds(3_600))
        }
    }

    @Test("a list that let go of segments was live: ended it is dead when it is old, or by the next probe")
    func slid() throws {
        let list = try self.list(40...44, tags: self.end)
        #expect(self.look(list, age: 7).state == .dead)
        let young = self.look(list, age: 6)
        #expect(young.state == .alive)
        #expect(self.look(list, known: young.mark, after: 60).state == .dead)
        #expect(self.look(list).state == .alive)
    }

    @Test("a session in a segment's query is no new segment")
    func session() throws {
        let first = self.look(try self.list(5...6, query: "?hls_ctx=a1"))
        #expect(first.mark?.address == "s6.ts")
        let same = self.look(try self.list(5...6, query: "?hls_ctx=b2"), known: first.mark, after: 7)
        #expect(same.state == .dead)
        let next = self.look(try self.list(6...7, query: "?hls_ctx=b2"), known: first.mark, after: 7)
        #expect(next.state == .alive)
    }

    @Test("what we saw ourselves comes before a date that is made for each question")
    func alwaysYoung() throws {
        let first = self.look(try self.list(5...6), age: 0)
        #expect(first.state == .alive)
        #expect(self.look(try self.list(5...6), known: first.mark, age: 0, after: 5).state == .alive)
        #expect(self.look(try self.list(5...6), known: first.mark, age: 0, after: 6.1).state == .dead)
        // In one visit too.
        var pulse = first
        pulse.receive(try self.list(5...6), unchangedFor: 0, at: self.start + .seconds(6.1))
        #expect(pulse.state == .dead)
    }

    @Test("what a cache has kept is older by as long as it kept it, and an age of nonsense adds nothing")
    func age() {
        func age(_ kept: String?) -> Int64? {
            var answer = ServerAnswer(status: 200, reason: "OK")
            answer.headers = [
                ("last-modified", "Sun, 06 Nov 1994 08:49:30 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ]
            if let kept { answer.headers.append(("age", kept)) }
            return HTTPDate.age(of: answer)
        }
        #expect(age(nil) == 7 && age("40") == 47 && age("-5") == 7 && age("soon") == 7)
        #expect(age("9223372036854775807") == 2_147_483_655)
    }
}

import Glibc
import Testing
import WaysideCore

@testable import WaysideFiles

/// Words and hosts that stand in an inventory.
@Suite struct InventoryWordsTests {
    @Test(
        "the word that somebody meant is found",
        arguments: [
            ("flim", ["from", "film"], "film"),
            ("misses", ["hops", "misses_to_confirm"], "misses_to_confirm"),
            ("Kind", ["key", "kind"], "kind"), ("", ["a"], "a"),
        ]
    )
    func spelling(word: String, known: [String], meant: String) {
        #expect(Spelling.nearest(to: word, among: known) == meant)
    }

    @Test("hosts that can be are told from those that cannot") func hosts() {
        for host in [
            "10.1.2.3", "10.1.2.3:8000", "cam-1.road", "::1", "[2001:db8::1]:80", "2001:db8::10.0.0.1", "a_b",
        ] {
            #expect(NetworkAddress.isHost(host), "\(host)")
        }
        for host in [
            "10.1.2", "10.1.2.3:0", "10.1.2.3:70000", "-a", "a b", "[::1", "1:2:3", "", "a..b", ":80",
        ] {
            #expect(!NetworkAddress.isHost(host), "\(host)")
        }
    }
}

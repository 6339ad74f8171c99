internal import Synchronization

/// How many rows a question each agent could stand, as its walks have found out: the next one begins there.
///
/// Holds only agents that could not stand what was asked, and of those a limited number; who is forgotten is found out
/// about again. Now and then a little more is tried, because an agent may have been replaced or the way mended.
final class WalkMemory: Sendable {
    /// Agents remembered at most.
    static let most = 65_536

    private let learned = Mutex<[AgentAddress: Int]>([:])

    /// Where a walk begins that would like so many repetitions.
    func repetitions(for address: AgentAddress, wanted: Int) -> Int {
        self.learned.withLock { min(wanted, $0[address] ?? wanted) }
    }

    /// Takes what a walk ended with: what a halved one could stand, and a little more for one that went well so.
    func note(_ repetitions: Int, of address: AgentAddress, began: Int, wanted: Int) {
        self.learned.withLock { learned in
            if repetitions >= wanted {
                learned[address] = nil
            } else if learned[address] != nil || learned.count < Self.most {
                learned[address] =
                    repetitions < began ? repetitions : min(wanted, repetitions + max(1, repetitions / 8))
            }
        }
    }
}

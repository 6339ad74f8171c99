internal import WaysideCore

/// Loops: organizations that are their own parents, devices that are reached through themselves.
extension InventoryReader {
    mutating func findOrganizationLoops() {
        var parents: [String: [String]] = [:]
        for organization in self.settings.known?.organizations ?? [] {
            parents[organization.key] = organization.parent.map { [$0] } ?? []
        }
        for index in self.organizationRows.values {
            guard let organization = self.organizations[index].organization else { continue }
            parents[organization.key] = organization.parent.map { [$0] } ?? []
        }
        var finder = LoopFinder(above: parents)
        for loop in finder.loops(from: self.organizationRows.keys.sorted { $0.isBefore($1) }) {
            for key in loop {
                guard let index = self.organizationRows[key] else { continue }
                self.organizations[index].row.complain(
                    .parent,
                    "a loop: \(Self.text(loop))",
                    "break it at one of them"
                )
            }
        }
    }

    /// Looks for loops as the devices stand first, and again after each day on which any is assigned anew.
    mutating func findUpstreamLoops() {
        var upstreams: [String: [String]] = [:]
        var moves: [ServiceDay: [String: [String]]] = [:]
        for device in self.settings.known?.devices ?? [] {
            upstreams[device.key] = device.assignment.upstreams
            for move in device.moves { moves[move.from, default: [:]][device.key] = move.upstreams }
        }
        for (key, index) in self.deviceRows {
            if let device = self.devices[index].device { upstreams[key] = device.assignment.upstreams }
        }
        var rows: [ServiceDay: [String: Int]] = [:]
        for (index, row) in self.assignments.enumerated() {
            guard let key = row.device, let move = row.move, let changed = move.upstreams else { continue }
            moves[move.from, default: [:]][key] = changed
            rows[move.from, default: [:]][key] = index
        }
        var finder = LoopFinder(above: upstreams)
        for loop in finder.loops(from: upstreams.keys.sorted { $0.isBefore($1) }) {
            self.complain(ofLoop: loop, day: nil, rows: [:])
        }
        for day in moves.keys.sorted() {
            let changes = moves[day] ?? [:]
            for (key, above) in changes { finder.above[key] = above }
            // A loop that was not there the day before goes through a device that moved.
            for loop in finder.loops(from: changes.keys.sorted { $0.isBefore($1) }) {
                self.complain(ofLoop: loop, day: day, rows: rows[day] ?? [:])
            }
        }
    }

    private mutating func complain(ofLoop loop: [String], day: ServiceDay?, rows: [String: Int]) {
        let wrong = (day.map { "from \($0) on a loop: " } ?? "a loop: ") + Self.text(loop)
        let moved = loop.compactMap { rows[$0] }
        for index in moved {
            self.assignments[index].row.complain(.upstream, wrong, "break it at one of them")
        }
        guard moved.isEmpty else { return }
        for key in loop {
            guard let index = self.deviceRows[key] else { continue }
            self.devices[index].row.complain(.upstream, wrong, "break it at one of them")
        }
    }

    private static func text(_ loop: [String]) -> String {
        let shown = loop.count > 8 ? Array(loop.prefix(7)) + ["…"] : loop
        return (shown + loop.prefix(1)).joined(separator: " → ")
    }
}

/// Finds loops among keys that name what is above them. What was found is cut, so that each loop is told once.
struct LoopFinder {
    var above: [String: [String]]

    /// The loops that can be reached from the keys; each begins with its least key.
    mutating func loops(from starts: [String]) -> [[String]] {
        var (loops, done): ([[String]], Set<String>) = ([], [])
        for start in starts {
            while let loop = self.loop(from: start, done: &done) {
                loops.append(Self.rotated(loop))
                // The last step of the way round is taken out, and the search goes on without it.
                if let last = loop.last, let first = loop.first {
                    self.above[last]?.removeAll { $0 == first }
                }
            }
        }
        return loops
    }

    private func loop(from start: String, done: inout Set<String>) -> [String]? {
        guard !done.contains(start) else { return nil }
        var path: [(key: String, next: Int)] = [(start, 0)]
        var open: Set<String> = [start]
        while let (key, next) = path.last {
            let above = self.above[key] ?? []
            guard next < above.count else {
                done.insert(key)
                open.remove(key)
                path.removeLast()
                continue
            }
            path[path.count - 1].next += 1
            if open.contains(above[next]) {
                let begin = path.firstIndex { $0.key == above[next] } ?? 0
                return path[begin...].map(\.key)
            }
            if !done.contains(above[next]) {
                path.append((above[next], 0))
                open.insert(above[next])
            }
        }
        return nil
    }

    private static func rotated(_ loop: [String]) -> [String] {
        guard let least = loop.indices.min(by: { loop[$0].isBefore(loop[$1]) }) else { return loop }
        return Array(loop[least...] + loop[..<least])
    }
}

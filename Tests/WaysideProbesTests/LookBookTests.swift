import Testing
import WaysideCore

@testable import WaysideProbes

@Suite("Which devices are looked at, and when")
struct LookBookTests {
    private static let here = LookBook.Fingerprint(address: "192.0.2.1", credential: "road")
    private static let there = LookBook.Fingerprint(address: "192.0.2.2", credential: "road")
    private let device = DeviceID(7)

    private func at(_ minutes: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_000_000 + minutes * 60_000)
    }

    @Test("a device is looked at once, and again after hours")
    func once() {
        var book = LookBook()
        #expect(book.update([self.device: Self.here], now: self.at(0)).isEmpty)
        #expect(book.begin(most: 4, now: self.at(0)) == [self.device])
        #expect(book.begin(most: 4, now: self.at(0)).isEmpty)
        let isGood = book.end(self.device, Self.here, found: true, now: self.at(1))
        #expect(isGood)
        #expect(book.begin(most: 4, now: self.at(5 * 60)).isEmpty)
        #expect(book.begin(most: 4, now: self.at(1 + 6 * 60)) == [self.device])
    }

    @Test("a look that finds nobody is tried again, at waits that double up to an hour")
    func backOff() {
        var book = LookBook()
        _ = book.update([self.device: Self.here], now: self.at(0))
        var minute: Int64 = 0
        var tried: [Int64] = []
        while minute < 400 {
            if !book.begin(most: 1, now: self.at(minute)).isEmpty {
                tried.append(minute)
                _ = book.end(self.device, Self.here, found: false, now: self.at(minute))
            }
            minute += 1
        }
        #expect(tried == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363])
    }

    @Test("what a look found of a device that moved meanwhile is of no use, and the new place is looked at")
    func moved() {
        var book = LookBook()
        _ = book.update([self.device: Self.here], now: self.at(0))
        _ = book.begin(most: 1, now: self.at(0))
        #expect(book.update([self.device: Self.there], now: self.at(1)) == [self.device])
        let isGood = book.end(self.device, Self.here, found: true, now: self.at(2))
        #expect(!isGood)
        #expect(book.begin(most: 1, now: self.at(2)) == [self.device])
        #expect(book.update([:], now: self.at(3)) == [self.device])
        #expect(book.count == 0)
    }

    @Test("a look that no longer fits is made anew, but not more often than every half hour")
    func doubted() {
        var book = LookBook()
        _ = book.update([self.device: Self.here], now: self.at(0))
        _ = book.begin(most: 1, now: self.at(0))
        _ = book.end(self.device, Self.here, found: true, now: self.at(0))
        book.doubt(self.device, now: self.at(5))
        #expect(book.begin(most: 1, now: self.at(29)).isEmpty)
        #expect(book.begin(most: 1, now: self.at(30)) == [self.device])
        _ = book.end(self.device, Self.here, found: true, now: self.at(30))
        book.doubt(self.device, now: self.at(90))
        #expect(book.begin(most: 1, now: self.at(90)) == [self.device])
    }

    @Test("of many that are due, the longest due come first, and no more than asked for")
    func order() {
        var book = LookBook()
        _ = book.update([DeviceID(1): Self.here, DeviceID(2): Self.here], now: self.at(0))
        _ = book.update(
            [DeviceID(1): Self.here, DeviceID(2): Self.here, DeviceID(3): Self.here],
            now: self.at(1)
        )
        #expect(book.begin(most: 2, now: self.at(1)) == [DeviceID(1), DeviceID(2)])
        #expect(book.begin(most: 0, now: self.at(1)).isEmpty)
        #expect(book.begin(most: 9, now: self.at(1)) == [DeviceID(3)])
    }
}

import StoreTestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct BenchRatesTests {
    @Test("a measurement that is told to stop leaves no PostgreSQL running, and can be taken up again")
    func toldToStop() throws {
        let folder = try TemporaryFolder.make()
        let words = [
            Program.path, "bench", "rates", "--cameras", "100", "--days", "2", "--observations", "1000",
            "--rules-dir", Program.shippedRules, "--keep", folder + "/kept",
        ]
        let script = """
            folder=$1; shift; mkfifo "$folder/said"
            "$@" >/dev/null 2>"$folder/said" & bench=$!
            while read -r line; do
                case "$line" in filling*)
                    [ -n "$server" ] || server=$(head -n 1 "$folder/kept/bench/postgres/data/postmaster.pid")
                    kill -TERM $bench
                esac
            done <"$folder/said"
            wait $bench; code=$?
            echo "server $server"
            # One that has ended and that nobody has asked after yet has no words any more.
            [ -n "$(tr -d '\\0' 2>/dev/null <"/proc/$server/cmdline")" ] && echo "is running"
            exit $code
            """
        let ending = try Program.run(["-c", script, "sh", folder] + words, by: "/bin/sh")
        #expect(ending.code == 143, "\(ending.output)\(ending.errors)")
        let said = ending.output.split(separator: "\n")
        #expect(said.count == 1 && said[0].wholeMatch(of: /server [0-9]+/) != nil, "\(ending.output)")
        let again = try Program.run(Array(words.dropFirst()) + ["--format", "csv"])
        #expect(again.code == 0 && again.csv.count > 5, "\(again.errors)")
    }
}

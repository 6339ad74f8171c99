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
            echo "server $server"; [ -d "/proc/$server" ] && echo "is running"
            exit $code
            """
        let ending = try Program.run(["-c", script, "sh", folder] + words, by: "/bin/sh")
        #expect(ending.code == 143, "\(ending.output)\(ending.errors)")
        #expect(ending.output.contains(/^server [0-9]+\n$/), "\(ending.output)")
        let again = try Program.run(Array(words.dropFirst()) + ["--format", "csv"])
        #expect(again.code == 0 && again.csv.count > 5, "\(again.errors)")
    }
}

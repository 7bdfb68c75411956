/// Finds the name that the user may have meant.
enum NearMiss {
    /// The known name closest to what was written; nil when none is close.
    static func best(of known: [String], for written: String) -> String? {
        let best = known.map { (name: $0, distance: distance(Array($0.utf8), Array(written.utf8))) }
            .min { $0.distance < $1.distance }
        if let best, best.distance <= max(2, written.utf8.count / 4) { return best.name }
        return known.filter { written.hasSuffix("-" + $0) || $0.hasSuffix("-" + written) }.first
    }

    /// The number of bytes to insert, remove, replace or swap with a neighbour.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, rows[i - 1][j - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

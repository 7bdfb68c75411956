/// The merges of a tokenizer: pairs of tokens that become one, the most urgent first.
enum TokenizerMerges {
    /// The merges a file lists, each "first second".
    static func parse(
        _ merges: [String], tokens: [String]
    ) throws(ImportProblem) -> [(String, String)] {
        let known = Set(tokens.map(ByteString.init))
        var pairs: [(String, String)] = []
        pairs.reserveCapacity(merges.count)
        for (index, merge) in merges.enumerated() {
            let parts = merge.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
                .map { String(Substring($0)) }
            guard parts.count == 2, parts.allSatisfy({ known.contains(ByteString($0)) }),
                known.contains(ByteString(parts[0] + parts[1]))
            else { throw ImportProblem(.invalidMerge(index: index, text: merge)) }
            pairs.append((parts[0], parts[1]))
        }
        return pairs
    }

    /// The merges that a vocabulary with scores implies: every way to cut a token into two tokens, the best
    /// score first, then the longer first part, then the longer second.
    static func derive(tokens: [String], scores: [Double]) -> [(String, String)] {
        struct Merge {
            let token: [Unicode.Scalar]
            let cut: Int
            let score: Double
            let ids: (Int, Int)
        }
        var ids: [ByteString: Int] = [:]
        for (id, token) in tokens.enumerated() { ids[ByteString(token)] = id }
        var merges: [Merge] = []
        for (id, token) in tokens.enumerated() {
            let scalars = Array(token.unicodeScalars)
            // A token that stands twice counts once, with its last score.
            guard scalars.count > 1, ids[ByteString(token)] == id else { continue }
            var cuts: [Merge] = []
            for cut in 1..<scalars.count {
                guard let first = ids[ByteString(text(scalars[..<cut]))],
                    let second = ids[ByteString(text(scalars[cut...]))]
                else { continue }
                cuts.append(Merge(token: scalars, cut: cut, score: scores[id], ids: (first, second)))
            }
            merges += cuts.sorted { $0.ids < $1.ids }
        }
        let order = merges.indices.sorted { left, right in
            let (a, b) = (merges[left], merges[right])
            if a.score != b.score { return a.score > b.score }
            if a.cut != b.cut { return a.cut > b.cut }
            let (aRest, bRest) = (a.token.count - a.cut, b.token.count - b.cut)
            return aRest != bRest ? aRest > bRest : left < right
        }
        return order.map { index in
            let merge = merges[index]
            return (text(merge.token[..<merge.cut]), text(merge.token[merge.cut...]))
        }
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

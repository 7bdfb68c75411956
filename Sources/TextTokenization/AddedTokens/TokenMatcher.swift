/// Finds a set of texts in a text: at every index the longest of those that start there.
///
/// It reads the text once, from its end, with the automaton of Aho and Corasick for the reversed set. So the time is in
/// proportion to the text, whatever the set is. Reading forwards would compare a long token again at every index of a
/// text that almost holds it.
struct TokenMatcher: Sendable {
    struct Match {
        var start: Int
        var end: Int
        var id: Int32
    }

    private struct Node {
        /// The node's children: a range of `edges`, in rising order of byte.
        var firstEdge: UInt32 = 0
        var edgeCount: UInt16 = 0
        /// The longest of the texts that start at the byte that was read last: its id, or -1, and its length.
        var id: Int32 = -1
        var length: Int32 = 0
        /// The node of the longest rest of what was read that is the end of one of the texts, too.
        var fallback: UInt32 = 0
    }

    private struct Edge {
        var byte: UInt8
        var node: UInt32
    }

    private var nodes: [Node] = []
    private var edges: [Edge] = []
    /// The root's child for every byte, or 0.
    private var roots = [UInt32](repeating: 0, count: 256)

    /// A matcher for these texts, none of them empty and no two the same.
    init(_ patterns: [(text: [UInt8], id: Int32)]) {
        let reversed = patterns.map { (text: Array($0.text.reversed()), id: $0.id) }
        let sorted = reversed.sorted { $0.text.lexicographicallyPrecedes($1.text) }
        nodes.append(Node())
        // Breadth first, so that a node's edges lie together and its fallback, which is nearer to the root, is ready.
        var pending = [(node: 0, range: 0..<sorted.count, depth: 0)]
        var head = 0
        while head < pending.count {
            let (node, range, depth) = pending[head]
            head += 1
            nodes[node].firstEdge = UInt32(edges.count)
            var index = range.lowerBound
            if index < range.upperBound, sorted[index].text.count == depth {
                nodes[node].id = sorted[index].id
                nodes[node].length = Int32(depth)
                index += 1
            } else {
                let shorter = nodes[Int(nodes[node].fallback)]
                (nodes[node].id, nodes[node].length) = (shorter.id, shorter.length)
            }
            while index < range.upperBound {
                let byte = sorted[index].text[depth]
                let start = index
                while index < range.upperBound, sorted[index].text[depth] == byte { index += 1 }
                let child = nodes.count
                edges.append(Edge(byte: byte, node: UInt32(child)))
                nodes[node].edgeCount += 1
                pending.append((child, start..<index, depth + 1))
                nodes.append(Node())
                if node == 0 {
                    roots[Int(byte)] = UInt32(child)
                } else {
                    nodes[child].fallback = next(Int(nodes[node].fallback), byte)
                }
            }
        }
    }

    /// The longest match at every index that has one, the last index first. Matches may overlap.
    func matches(in bytes: Bytes) -> [Match] {
        var found: [Match] = []
        var node = 0
        roots.withUnsafeBufferPointer { roots in
            for index in stride(from: bytes.count - 1, through: 0, by: -1) {
                let byte = bytes[index]
                if node == 0 {
                    // Most bytes end no token.
                    node = Int(roots[Int(byte)])
                    if node == 0 { continue }
                } else {
                    node = Int(next(node, byte))
                }
                let state = nodes[node]
                if state.id >= 0 {
                    found.append(Match(start: index, end: index + Int(state.length), id: state.id))
                }
            }
        }
        return found
    }

    /// The node after a byte.
    private func next(_ node: Int, _ byte: UInt8) -> UInt32 {
        var node = node
        while node != 0 {
            if let child = child(of: nodes[node], byte) { return child }
            node = Int(nodes[node].fallback)
        }
        return roots[Int(byte)]
    }

    private func child(of node: Node, _ byte: UInt8) -> UInt32? {
        var low = Int(node.firstEdge)
        let end = low + Int(node.edgeCount)
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].byte < byte { low = middle + 1 } else { high = middle }
        }
        return low < end && edges[low].byte == byte ? edges[low].node : nil
    }
}

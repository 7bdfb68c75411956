/// Finds a set of texts in a text: the leftmost match, and the longest of those that start there.
struct TokenMatcher: Sendable {
    private struct Node {
        /// The node's children: a range of `edges`, in rising order of byte.
        var firstEdge: UInt32 = 0
        var edgeCount: UInt16 = 0
        /// The id of the text that ends here, or -1.
        var id: Int32 = -1
    }

    private struct Edge {
        var byte: UInt8
        var node: UInt32
    }

    private var nodes: [Node] = []
    private var edges: [Edge] = []
    private var startsWith = [Bool](repeating: false, count: 256)

    /// A matcher for these texts, none of them empty and no two the same.
    init(_ patterns: [(text: [UInt8], id: Int32)]) {
        let sorted = patterns.sorted { $0.text.lexicographicallyPrecedes($1.text) }
        for pattern in sorted { startsWith[Int(pattern.text[0])] = true }
        nodes.append(Node())
        // Breadth first, so that a node's edges lie together.
        var pending = [(node: 0, range: 0..<sorted.count, depth: 0)]
        var head = 0
        while head < pending.count {
            let (node, range, depth) = pending[head]
            head += 1
            nodes[node].firstEdge = UInt32(edges.count)
            var index = range.lowerBound
            if index < range.upperBound, sorted[index].text.count == depth {
                nodes[node].id = sorted[index].id
                index += 1
            }
            while index < range.upperBound {
                let byte = sorted[index].text[depth]
                let start = index
                while index < range.upperBound, sorted[index].text[depth] == byte { index += 1 }
                edges.append(Edge(byte: byte, node: UInt32(nodes.count)))
                nodes[node].edgeCount += 1
                pending.append((nodes.count, start..<index, depth + 1))
                nodes.append(Node())
            }
        }
    }

    /// The first match that starts at `index` or later.
    func firstMatch(in bytes: Bytes, from index: Int) -> (start: Int, end: Int, id: Int32)? {
        startsWith.withUnsafeBufferPointer { startsWith in
            for start in index..<bytes.count where startsWith[Int(bytes[start])] {
                if let (end, id) = longestMatch(in: bytes, at: start) { return (start, end, id) }
            }
            return nil
        }
    }

    private func longestMatch(in bytes: Bytes, at start: Int) -> (end: Int, id: Int32)? {
        var node = nodes[0]
        var index = start
        var found: (end: Int, id: Int32)?
        while index < bytes.count, let child = child(of: node, bytes[index]) {
            node = nodes[child]
            index += 1
            if node.id >= 0 { found = (index, node.id) }
        }
        return found
    }

    private func child(of node: Node, _ byte: UInt8) -> Int? {
        var low = Int(node.firstEdge)
        let end = low + Int(node.edgeCount)
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].byte < byte { low = middle + 1 } else { high = middle }
        }
        return low < end && edges[low].byte == byte ? Int(edges[low].node) : nil
    }
}

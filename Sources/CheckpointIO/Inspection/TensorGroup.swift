/// Tensors whose names differ only in the number of their layer, as one entry of a list.
package struct TensorGroup {
    /// The name, with all numbers in place of the layer's: `model.layers.0-29.mlp.up_proj.weight`.
    package let name: String
    package let dtype: String
    package let shape: [Int]
    package let count: Int

    package init(name: String, dtype: String, shape: [Int], count: Int) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.count = count
    }

    var row: (String, String, [Int], Int) { (name, dtype, shape, count) }

    /// The groups, in the order of their first tensors.
    static func groups(_ tensors: [InspectedTensor]) -> [TensorGroup] {
        groups(tensors.map { (name: $0.name, dtype: $0.dtype, shape: $0.shape) })
    }

    /// The groups of tensors with these names, in the order of the first of each.
    package static func groups(_ tensors: [(name: String, dtype: String, shape: [Int])]) -> [TensorGroup] {
        struct Key: Hashable {
            let start: String
            let end: String
            let dtype: String
            let shape: [Int]
        }
        var order: [(key: Key, name: String)] = []
        var numbers: [Key: [Int]] = [:]
        for tensor in tensors {
            let parts = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
            guard let at = parts.firstIndex(where: { Int($0) != nil }), let number = Int(parts[at]) else {
                order.append(
                    (Key(start: tensor.name, end: "", dtype: tensor.dtype, shape: tensor.shape), tensor.name))
                continue
            }
            let key = Key(
                start: parts[..<at].joined(separator: "."), end: parts[(at + 1)...].joined(separator: "."),
                dtype: tensor.dtype, shape: tensor.shape)
            if numbers[key] == nil { order.append((key, tensor.name)) }
            numbers[key, default: []].append(number)
        }
        return order.map { key, name in
            guard let found = numbers[key] else {
                return TensorGroup(name: name, dtype: key.dtype, shape: key.shape, count: 1)
            }
            let middle = [key.start, ranges(found.sorted()), key.end].filter { !$0.isEmpty }
            return TensorGroup(
                name: found.count == 1 ? name : middle.joined(separator: "."), dtype: key.dtype,
                shape: key.shape, count: found.count)
        }
    }

    /// Ascending numbers, with neighbours as a range: `0-3,5`.
    private static func ranges(_ numbers: [Int]) -> String {
        var ranges: [(first: Int, last: Int)] = []
        for number in numbers {
            if let last = ranges.last, number == last.last + 1 {
                ranges[ranges.count - 1].last = number
            } else {
                ranges.append((number, number))
            }
        }
        return ranges.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }
            .joined(separator: ",")
    }
}

/// The order of names in which numbers count by their value: layer 10 follows layer 9.
package enum NaturalOrder {
    /// Whether one name comes before another.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        let (left, right) = (parts(left), parts(right))
        for (one, other) in zip(left, right) where one != other {
            if let first = Int(one), let second = Int(other), first != second { return first < second }
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return left.count < right.count
    }

    private static func parts(_ name: String) -> [Substring] {
        name.split(separator: ".", omittingEmptySubsequences: false)
    }
}

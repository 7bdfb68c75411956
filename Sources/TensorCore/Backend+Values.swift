extension Backend {
    /// A tensor's elements, copied out row by row.
    public func values(of tensor: Tensor) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.count) { values, count in
            download(tensor, into: UnsafeMutableBufferPointer(rebasing: values[..<tensor.count]))
            count = tensor.count
        }
    }
}

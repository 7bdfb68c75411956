import CSystemCalls

/// The system call that swaps two names in one step.
enum ExchangeCall {
    /// Swaps two names; returns the error number, or nil on success.
    static func perform(_ first: String, _ second: String) -> Int32? {
        let failure = apr_exchange_names(first, second)
        return failure == 0 ? nil : failure
    }
}

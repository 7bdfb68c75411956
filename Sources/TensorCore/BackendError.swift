public import Diagnostics

/// What can go wrong on a device.
public enum BackendError: Error, Sendable, Hashable, MessageConvertible {
    /// The device has no room for so many bytes.
    case outOfMemory(bytes: Int)
    /// The limit of memory is lower than what the run takes at least.
    case limitTooLow(limit: Int, least: Int)
    /// The device named by the user cannot be used.
    case deviceUnavailable(device: String, reason: Message)

    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .outOfMemory(let bytes):
            """
            out of memory: no room for \(bytes >> 20) MiB more; lower \(setting: .batchSize) or \
            \(setting: .maxSeqLength), or use a smaller base
            """
        case .limitTooLow(let limit, let least):
            "a limit of \(limit >> 20) MiB is too low; the least is \((least + (1 << 20) - 1) >> 20) MiB"
        case .deviceUnavailable(let device, let reason): "device \"\(device)\": \(reason)"
        }
    }
}

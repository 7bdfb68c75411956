public import Diagnostics

/// What can go wrong on a device.
public enum BackendError: Error, Sendable, Hashable, MessageConvertible {
    /// The device cannot allocate this many bytes.
    case outOfMemory(bytes: Int)
    /// The memory limit is below the least that the run needs.
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

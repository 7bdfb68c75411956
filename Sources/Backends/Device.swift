import BackendCPU
import Diagnostics
public import TensorCore

/// Where the arithmetic runs, as the user names it.
public enum Device: String, Sendable, CaseIterable {
    /// The best device there is.
    case auto
    /// The processor.
    case cpu
    /// An NVIDIA GPU.
    case cuda

    /// A backend on this device.
    ///
    /// - Parameter threads: for the processor, how many threads share the work; nil takes one per core.
    /// - Throws: `BackendError.deviceUnavailable` when the device cannot be used, saying why.
    public func makeBackend(threads: Int? = nil) throws(BackendError) -> any Backend {
        switch self {
        case .auto, .cpu:
            do throws(UnusableLevel) {
                return CPUBackend(threads: threads, level: try KernelLevel.chosen())
            } catch {
                throw BackendError.deviceUnavailable(device: Device.cpu.rawValue, reason: "\(error)")
            }
        case .cuda:
            throw BackendError.deviceUnavailable(
                device: rawValue, reason: "CUDA is not supported yet; use \(setting: .device, value: "cpu")")
        }
    }
}

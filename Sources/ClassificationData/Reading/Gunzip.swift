import CZlib

/// Unpacks gzip piece by piece; several files that were packed one after the other are one.
final class Gunzip {
    /// What is wrong with the packed bytes.
    enum Problem: Sendable, Hashable {
        /// They break the format, or the check value does not fit.
        case damaged
        /// They end early.
        case truncated
        /// They unpack to so much that the file was made to fill memory.
        case tooLarge
    }

    /// Text rarely packs better than a twentieth; a file of one byte over and over packs to a thousandth.
    private static let largestRatio = 250
    private static let smallestLimit = 16 << 20

    /// zlib keeps the address of its stream.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 1 << 18)
    private var isBetweenFiles = true
    private var (taken, given) = (0, 0)

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for the header of gzip.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib: \(status)")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks the next bytes and passes what they hold on.
    func unpack(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> Problem? {
        guard let address = piece.baseAddress else { return nil }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: address.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(piece.count)
        taken += piece.count
        var isOutputFull = false
        while stream.pointee.avail_in > 0 || isOutputFull {
            if isBetweenFiles {
                skipPadding()
                if stream.pointee.avail_in == 0 { return nil }
                guard inflateReset(stream) == Z_OK else { return .damaged }
                isBetweenFiles = false
            }
            let (status, count) = step(body)
            given += count
            if given > max(Self.smallestLimit, Self.largestRatio * taken) { return .tooLarge }
            isOutputFull = count == output.count
            switch status {
            case Z_STREAM_END:
                isBetweenFiles = true
                isOutputFull = false
            case Z_OK: break
            // Nothing was left to do when the output had just been filled.
            case Z_BUF_ERROR where stream.pointee.avail_in == 0: isOutputFull = false
            default: return .damaged
            }
        }
        return nil
    }

    /// What is wrong when the packed bytes end here.
    func finish() -> Problem? { isBetweenFiles ? nil : .truncated }

    private func step(_ body: (UnsafeRawBufferPointer) -> Void) -> (status: Int32, count: Int) {
        output.withUnsafeMutableBufferPointer { buffer in
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(buffer.count)
            let status = inflate(stream, Z_NO_FLUSH)
            let count = buffer.count - Int(stream.pointee.avail_out)
            if count > 0 { body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])) }
            return (status, count)
        }
    }

    /// Zeros may fill a block behind a packed file.
    private func skipPadding() {
        while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
            stream.pointee.next_in += 1
            stream.pointee.avail_in -= 1
        }
    }
}

import BackendCPU
import CheckpointIO
import FineTuning
import TensorCore
import TestSupport
import Testing

/// The trainer on a device whose memory the host cannot read.
@Suite struct DeviceTests {
    /// Fails if `saveCheckpoint()` does not synchronize the device.
    @Test func `saveCheckpoint synchronizes the device before it reads weights and moments`() throws {
        let run = try TinyRun(backend: DetachedBackend())
        run.config.loraDropout = 0.1
        run.config.saveSteps = 1
        run.config.keepOptimizerState = true
        try run.train()
        for name in try RunDirectory.checkpoints(in: run.path) {
            for file in ["model.apr", "training_state.apr"] {
                let apr = try APRFile(path: "\(run.path)/\(name.directoryName)/\(file)")
                for tensor in apr.orderedNames {
                    #expect(try apr.floats(of: tensor).allSatisfy(\.isFinite), "\(name) \(file) \(tensor)")
                }
            }
        }
    }

    @Test func `a detached device gives the checkpoints that the processor gives`() throws {
        func hashes(_ backend: any Backend) throws -> [String: String] {
            let run = try TinyRun(backend: backend)
            run.config.saveSteps = 3
            try run.train()
            return try TinyRun.weightHashes(run.path).filter { !$0.key.hasSuffix(".apr") }
        }
        // The block-level entries compose the same operations, so even the bits agree.
        #expect(try hashes(DetachedBackend()) == hashes(CPUBackend(threads: 1)))
    }

    @Test(arguments: [1, 5, 8, 11])
    func `a run on a detached device resumes bit for bit`(_ step: Int) throws {
        func makeRun() throws -> TinyRun {
            let run = try TinyRun(backend: DetachedBackend())
            run.config.loraDropout = 0.1
            run.config.epochs = 3
            return run
        }
        let straight = try makeRun()
        try straight.train()
        let run = try makeRun()
        try run.train(stoppingAfter: step)
        try run.train(mode: .resume)
        #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(straight.path))
    }

    @Test func `with other arithmetic a resumed run goes on with a warning and stays close`() throws {
        let straight = try TinyRun(backend: CPUBackend(threads: 1))
        try straight.train()
        let run = try TinyRun(backend: CPUBackend(threads: 1))
        try run.train(stoppingAfter: 3)
        run.config.tokenBudget = 17
        try run.train(mode: .resume)
        #expect(run.events.contains { if case .warning(.numericsDiffer) = $0 { true } else { false } })
        let left = try SafetensorsFile(path: straight.path + "/last/model.safetensors")
        let right = try SafetensorsFile(path: run.path + "/last/model.safetensors")
        for name in left.orderedNames {
            let (a, b) = (try left.floats(of: name), try right.floats(of: name))
            let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            let norm = a.reduce(0) { $0 + $1 * $1 }.squareRoot()
            // The same sums in another order, over five steps of single precision.
            #expect(difference <= 1e-4 * norm, "\(name)")
        }
    }
}

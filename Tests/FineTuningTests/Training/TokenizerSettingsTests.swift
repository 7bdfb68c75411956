import FineTuning
import JSONCore
import Platform
import TestSupport
import Testing
import TextTokenization
import TransformerModels

@Suite struct TokenizerSettingsTests {
    @Test func `A base's own padding and truncation do not reach training`() throws {
        let run = try TinyRun()
        let path = run.base.directory + "/tokenizer.json"
        let document = try MappedFile(path: path).withUnsafeBytes { try JSONParser.parse($0) }
        var file = try #require(document.object)
        file["truncation"] = ["direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0]
        file["padding"] = [
            "strategy": ["Fixed": 64], "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 257,
            "pad_type_id": 0, "pad_token": "<|pad|>",
        ]
        let cutting = try Tokenizer(json: .object(file))
        #expect(cutting.encode("rm -rf $dir").count == 64, "the file's settings work on their own")
        let trainer = try ClassifyTrainer(base: run.base, tokenizer: cutting, config: run.config)
        #expect(trainer.tokenizer.encode("rm -rf $dir") == run.tokenizer.encode("rm -rf $dir"))
    }
}

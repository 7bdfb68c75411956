import CheckpointIO
import Testing

@Suite struct AdapterNamingTests {
    @Test func `the two schemes name the same tensors`() {
        let rows = [
            ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", "lora.0.q_proj.lora_a"),
            ("base_model.model.model.layers.23.self_attn.o_proj.lora_B.weight", "lora.23.o_proj.lora_b"),
            ("base_model.model.model.layers.7.mlp.gate_proj.lora_A.weight", "lora.7.gate_proj.lora_a"),
            ("base_model.model.score.weight", "score.weight"),
        ]
        for (peft, ours) in rows {
            #expect(AdapterNaming.decoder.name(peftKey: peft) == ours)
            #expect(AdapterNaming.decoder.peftKey(name: ours) == peft)
        }
    }

    @Test func `every slot is found again under both names`() {
        for layer in [0, 1, 10, 127] {
            for module in AdapterNaming.decoder.modules {
                for matrix in AdapterNaming.Matrix.allCases {
                    let slot = AdapterNaming.Slot(layer: layer, module: module, matrix: matrix)
                    #expect(AdapterNaming.decoder.slot(peftKey: AdapterNaming.decoder.peftKey(slot)) == slot)
                    #expect(AdapterNaming.decoder.slot(name: AdapterNaming.decoder.name(slot)) == slot)
                }
            }
        }
    }

    @Test func `the adapter name that some versions left in is accepted`() {
        let slot = AdapterNaming.decoder.slot(
            peftKey: "base_model.model.model.layers.2.self_attn.v_proj.lora_B.default.weight")
        #expect(slot == .init(layer: 2, module: AdapterNaming.decoder.modules[2], matrix: .b))
    }

    @Test(arguments: [
        "base_model.model.model.layers.2.mlp.v_proj.lora_B.weight",
        "base_model.model.model.layers.02.self_attn.v_proj.lora_B.weight",
        "base_model.model.model.layers.-1.self_attn.v_proj.lora_B.weight",
        "base_model.model.model.layers.2.self_attn.v_proj.lora_B.bias",
        "base_model.model.model.layers.2.self_attn.v_proj.lora_magnitude_vector",
        "model.layers.2.self_attn.v_proj.lora_B.weight", "lora.1.q_proj.lora_c", "lora.+1.q_proj.lora_a", "",
        "base_model.model.classifier.weight", "lora.1.q_proj.lora_a.weight", "score.bias",
    ])
    func `any other name is not an adapter name`(name: String) {
        #expect(AdapterNaming.decoder.name(peftKey: name) == nil)
        #expect(AdapterNaming.decoder.peftKey(name: name) == nil)
    }
}

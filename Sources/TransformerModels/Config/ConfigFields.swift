public import JSONCore

/// A key of `config.json`, and what this program does with it.
public struct ConfigField: Sendable {
    /// What depends on a key.
    public enum Use: Sendable {
        /// The logits.
        case computes
        /// Something else, which the text names.
        case informs(String)
        /// Nothing; the text says why.
        case ignored(String)
        /// What this program does not do: values that the condition does not accept are refused. The text names
        /// those it accepts; null is one of them.
        case only(String, @Sendable (JSONValue) -> Bool)
    }

    /// The key.
    public let key: String
    /// What depends on it.
    public let use: Use
    /// The value that an absent key has; nil where the family has none.
    public let defaultValue: JSONValue?
}

/// The keys of a family: those that its configuration class in transformers declares, and those that the code which
/// runs the family looks up although no class declares them.
///
/// transformers keeps every other key and never looks at it, so such a key is ignored here, too.
/// `test_config_fields.py` compares the list with both versions of transformers, and the logits of a base in which
/// each key has an unusual value.
public struct ConfigFields: Sendable {
    /// The fields by key.
    public let byKey: [String: ConfigField]

    /// A table of fields.
    public init(_ fields: [ConfigField] = []) {
        byKey = Dictionary(fields.map { ($0.key, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// The value that an absent key has.
    func defaultValue(_ key: String) -> JSONValue? { byKey[key]?.defaultValue }

    /// Refuses values whose effect this program does not have.
    func check(_ reader: ConfigReader) throws(ModelError) {
        for member in reader.object.members {
            guard case .only(let accepted, let accepts)? = byKey[member.key]?.use,
                !member.value.isNull, !accepts(member.value)
            else { continue }
            throw reader.unsupported(
                "\"\(member.key)\": \(member.value.encoded().prefix(80))", [accepted])
        }
    }
}

extension ConfigFields {
    /// The fields of a decoder.
    ///
    /// - Parameters:
    ///   - defaults: the values of the configuration class for absent keys, in both versions of transformers.
    ///   - computes: keys of this family besides those of all decoders.
    ///   - ignored: keys that this family does not look at, though others do.
    static func decoder(
        defaults: JSONObject, computes: [String] = [], ignored: [String] = [], others: [ConfigField] = []
    ) -> ConfigFields {
        func field(_ key: String, _ use: ConfigField.Use) -> ConfigField {
            ConfigField(key: key, use: use, defaultValue: defaults[key])
        }
        return ConfigFields(
            (decoderKeys + computes).map { field($0, .computes) }
                + informing.map { field($0.key, .informs($0.value)) }
                + ignoredGroups.flatMap { group in group.keys.map { field($0, .ignored(group.reason)) } }
                + ignored.map { field($0, .ignored("the family has no such part")) }
                + refused + others)
    }

    private static let decoderKeys = [
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "hidden_act", "rms_norm_eps", "max_position_embeddings",
        "pad_token_id", "rope_parameters", "rope_scaling", "rope_theta", "partial_rotary_factor",
        "original_max_position_embeddings",
    ]

    private static let informing: [(key: String, value: String)] = [
        ("model_type", "chooses the family"),
        ("id2label", "names the labels of an adapter that has no names"),
        ("problem_type", "says what an adapter that does not say it computes"),
        ("eos_token_id", "is the pad token of a base without one"),
        ("tie_word_embeddings", "decides whether a head of the language model counts as parameters"),
        ("attention_dropout", "must be 0 in training"),
    ]

    private static let ignoredGroups: [(reason: String, keys: [String])] = [
        ("labels come from id2label", ["label2id", "num_labels"]),
        ("model_type alone chooses the family", ["architectures", "auto_map"]),
        (
            "weights are used as the file stores them, with arithmetic in fp32",
            ["dtype", "torch_dtype", "use_bfloat16"]
        ),
        (
            "it says how the same numbers are computed or returned",
            [
                "attn_implementation", "experts_implementation", "chunk_size_feed_forward",
                "gradient_checkpointing", "pretraining_tp", "distributed_config", "base_model_tp_plan",
                "base_model_pp_plan", "base_model_ep_plan", "use_cache", "return_dict", "output_attentions",
                "output_hidden_states", "torchscript",
            ]
        ),
        ("a new head starts as this program says", ["initializer_range", "initializer_factor", "init_std"]),
        ("the tokenizer has files of its own", ["tokenizer_class", "prefix"]),
        (
            "it is a note",
            [
                "name_or_path", "transformers_version", "finetuning_task", "task_specific_params",
                "tf_legacy_loss",
            ]
        ),
        (
            "it belongs to other tasks",
            ["classifier_dropout", "hidden_dropout", "token_classification_bias", "unpadded_vocab_size"]
        ),
        (
            "it belongs to other families",
            [
                "is_decoder", "is_encoder_decoder", "add_cross_attention", "cross_attention_hidden_size",
                "tie_encoder_decoder", "alibi", "use_alibi", "attention_chunk_size", "number_of_conv_states",
                "first_k_dense_replace", "mlp_layer_types", "logits_mup_width_multiplier", "num_mtp_layers",
                "mtp_layer_types", "mtp_mlp_layer_types", "mtp_per_layer_config", "mtp_hidden_states_first",
                "chain_hidden_post_norm",
            ]
        ),
        (
            "configuration classes set it, not files",
            ["default_theta", "extra_files", "is_heterogeneous", "sub_configs", "sub_config_name"]
        ),
        (
            "it is for generating text",
            [
                "bos_token_id", "sep_token_id", "decoder_start_token_id", "forced_bos_token_id",
                "forced_eos_token_id", "bad_words_ids", "begin_suppress_tokens", "suppress_tokens",
                "compile_config", "diversity_penalty", "do_sample", "early_stopping",
                "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "length_penalty",
                "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
                "num_return_sequences", "output_scores", "remove_invalid_values", "repetition_penalty",
                "return_dict_in_generate", "temperature", "top_k", "top_p", "typical_p",
            ]
        ),
    ]

    private static let refused: [ConfigField] = [
        only("is_causal", "true") { $0.bool == true },
        only("per_layer_config", "no value", isEmpty), only("pruned_heads", "no value", isEmpty),
        only("fusion_config", "no value", isEmpty), only("kv_sharing_modes", "no value", isEmpty),
        only("num_kv_shared_layers", "0") { $0.int == 0 }, only("transformers_weights", "no value", isEmpty),
        only("quantization_config", "no value", isEmpty), only("compression_config", "no value", isEmpty),
    ]

    /// A field of which only some values are accepted.
    static func only(
        _ key: String, _ accepted: String, _ accepts: @escaping @Sendable (JSONValue) -> Bool
    ) -> ConfigField {
        ConfigField(key: key, use: .only(accepted, accepts), defaultValue: nil)
    }

    @Sendable private static func isEmpty(_ value: JSONValue) -> Bool {
        value.object?.isEmpty ?? value.array?.isEmpty ?? value.string?.isEmpty ?? false
    }
}

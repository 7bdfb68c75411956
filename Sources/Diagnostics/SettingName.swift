/// A setting that a message can name, as configuration files spell it.
///
/// A library names settings; how a person gives one (a property, a key of a file, a flag) is the front end's business.
public enum SettingName: String, Sendable, Hashable, CaseIterable {
    // What a model is trained on.
    case inputColumn = "input_column"
    case labelColumn = "label_column"
    case labels
    case valData = "val_data"
    case valSplit = "val_split"
    case maxSeqLength = "max_seq_length"
    // How it is trained.
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
    case classWeights = "class_weights"
    case oversample
    // Where a run is stored, and what happens to an existing one.
    case checkpointDir = "checkpoint_dir"
    case resume
    case overwrite
    case allowDataMismatch = "allow_data_mismatch"
    // The machine.
    case device
    case maxMemory = "max_memory"
    // Use and publication of a checkpoint.
    case base
    case output
    case baseModelID = "base_model_id"
    case license
    case merged
    case overwriteCard = "overwrite_card"
    case tokenFile = "token_file"
    case insecureEndpoint = "insecure_endpoint"
}

public import JSONCore
public import Platform

/// What TensorBoard's HPARAMS page shows: the settings of a run, and the figures it is judged by.
extension EventFile {
    /// Appends the settings.
    ///
    /// - Parameters:
    ///   - settings: numbers, flags and texts as they are; anything else as its JSON.
    ///   - metrics: the tags of the figures the run is judged by.
    public func add(hyperparameters settings: JSONObject, metrics: [String]) throws(FileError) {
        var experiment = ProtobufMessage()
        var start = ProtobufMessage()
        for setting in settings where !setting.value.isNull {
            var info = ProtobufMessage()
            info.add(1, setting.key)
            info.add(4, Self.kind(setting.value))
            experiment.add(4, info)
            var entry = ProtobufMessage()
            entry.add(1, setting.key)
            entry.add(2, Self.value(setting.value))
            start.add(1, entry)
        }
        for metric in metrics {
            var name = ProtobufMessage()
            name.add(2, metric)
            var info = ProtobufMessage()
            info.add(1, name)
            experiment.add(5, info)
        }
        start.add(5, Self.now)
        try add(hparams: "_hparams_/experiment", field: 2, experiment)
        try add(hparams: "_hparams_/session_start_info", field: 3, start)
    }

    /// Appends how the run ended.
    public func addEnd(succeeded: Bool) throws(FileError) {
        var end = ProtobufMessage()
        end.add(1, succeeded ? 1 : 2)
        end.add(2, Self.now)
        try add(hparams: "_hparams_/session_end_info", field: 4, end)
    }

    /// Appends a text, as TensorBoard's TEXT page shows it.
    public func add(text: String, tag: String) throws(FileError) {
        var tensor = Self.vector(type: 7, count: 1)
        tensor.add(8, text)
        try add(tag: tag, plugin: "text", content: [], tensor: tensor)
    }

    private func add(hparams tag: String, field: Int, _ message: ProtobufMessage) throws(FileError) {
        var content = ProtobufMessage()
        content.add(field, message)
        // The plug-in reads the content alone, but a summary must have some value: an empty tensor.
        let tensor = Self.vector(type: 1, count: 0)
        try add(tag: tag, plugin: "hparams", content: content.bytes, tensor: tensor)
    }

    /// A TensorProto of one dimension, still without its elements.
    private static func vector(type: Int, count: Int) -> ProtobufMessage {
        var size = ProtobufMessage()
        size.add(1, count)
        var shape = ProtobufMessage()
        shape.add(2, size)
        var tensor = ProtobufMessage()
        tensor.add(1, type)
        tensor.add(2, shape)
        return tensor
    }

    private func add(
        tag: String, plugin: String, content: [UInt8], tensor: ProtobufMessage
    ) throws(FileError) {
        var data = ProtobufMessage()
        data.add(1, plugin)
        data.add(2, content)
        var metadata = ProtobufMessage()
        metadata.add(1, data)
        var value = ProtobufMessage()
        value.add(1, tag)
        value.add(9, metadata)
        value.add(8, tensor)
        var summary = ProtobufMessage()
        summary.add(1, value)
        try add(step: 0, summary: summary)
    }

    private static func kind(_ value: JSONValue) -> Int {
        switch value {
        case .bool: 2
        case .number: 3
        default: 1
        }
    }

    /// The value as a `google.protobuf.Value`.
    private static func value(_ value: JSONValue) -> ProtobufMessage {
        var message = ProtobufMessage()
        switch value {
        case .bool(let flag): message.add(4, flag)
        case .number(let number): message.add(2, number.double)
        case .string(let text): message.add(3, text)
        default: message.add(3, value.encoded())
        }
        return message
    }
}

import ClassificationData
public import JSONCore

extension TrainingConfig {
    /// The configuration for `run.json` and the training state, in snake case.
    public var json: JSONObject {
        var json = JSONObject()
        for setting in TrainingSetting.all { json[setting.name] = setting.json(in: self) }
        return json
    }

    /// Reads a configuration back. Settings that are missing have the values of the time before rules chose any, and
    /// all count as given.
    ///
    /// - Throws: `ConfigError` naming every setting of the wrong type and every unknown name.
    public init(json: JSONObject) throws(ConfigError) {
        self.init()
        var problems: [ConfigProblem] = []
        for setting in TrainingSetting.all {
            guard let value = json[setting.name], !value.isNull else { continue }
            if let problem = setting.read(value, into: &self) { problems.append(problem) }
        }
        for key in json.keys
        where !TrainingSetting.all.contains(where: { $0.name.utf8.elementsEqual(key.utf8) }) {
            problems.append(ConfigProblem(setting: key, fact: "is not a setting; check the spelling"))
        }
        guard problems.isEmpty else { throw ConfigError(problems: problems) }
        supply(from: self)
    }
}

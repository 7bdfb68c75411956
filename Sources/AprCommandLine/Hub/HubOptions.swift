import ArgumentParser

/// How the Hub is reached.
struct HubOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the access token. (default: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, or $HF_HOME/token)",
            valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Allow plain HTTP to another machine. Anyone on the network path can then read the token.")
    var insecureEndpoint = false
}

/// A moment of a run at which the harness can kill it.
enum PausePoint: String, CaseIterable {
    /// A step is done and its line is in the metrics.
    case step
    /// Half of a metrics line is written.
    case metricsLine = "metrics-line"
    /// Half of a piece of a checkpoint's file is written.
    case temporaryFile = "temporary-file"
    /// All files of a checkpoint are written, its manifest is not.
    case beforeManifest = "before-manifest"
    /// A checkpoint is complete beside the one it is to replace.
    case beforeExchange = "before-exchange"
    /// Where names cannot be exchanged: the old checkpoint is moved away, the new one does not have its name yet.
    case betweenRenames = "between-renames"
    /// The new checkpoint has its name, which may not be durable.
    case afterExchange = "after-exchange"
    /// The files of the replaced checkpoint are being removed.
    case cleanup
    /// An epoch's checkpoint is about to be renamed for its removal, or is being removed.
    case expiry
    /// On resuming: the metrics' tail is kept aside, and not cut off yet.
    case cut
}

namespace MemoryWall.Analysis.Verdicts;

/// <summary>A conclusion from a run, or from several, as data. The words for it are made where it is shown.</summary>
public abstract record Verdict
{
    private protected Verdict(VerdictTopic topic, IReadOnlyList<int> trials) => (Topic, Trials) = (topic, trials);

    /// <summary>What it is about.</summary>
    public VerdictTopic Topic { get; }

    /// <summary>Numbers of the trials that it rests on; none where it rests on whole runs.</summary>
    public IReadOnlyList<int> Trials { get; }

    /// <summary>The level of the run that it is about; absent where the run has only one level, and for the run as a whole.</summary>
    internal LevelKey? Level { get; init; }
}

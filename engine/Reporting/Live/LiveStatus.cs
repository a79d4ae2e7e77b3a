namespace MemoryWall.Reporting.Live;

/// <summary>The state of a run as an observer sees it.</summary>
internal enum LiveStatus
{
    /// <summary>The run has begun, and no step has.</summary>
    Starting,

    /// <summary>A step is measured.</summary>
    Measuring,

    /// <summary>Another system of the comparison has its turn.</summary>
    Waiting,

    /// <summary>The run ended by itself.</summary>
    Finished,

    /// <summary>The user stopped the run, or it ended without a last word.</summary>
    Stopped,

    /// <summary>The process that measured ended without closing the run: it was killed or crashed.</summary>
    Dead,

    /// <summary>The process that measures exists and has reported nothing for some time: it is stopped, or the machine thrashes.</summary>
    Silent,
}

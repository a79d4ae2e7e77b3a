namespace MemoryWall.Lake;

/// <summary>What adding a run changed.</summary>
internal enum LakeChange
{
    /// <summary>The lake had no such run.</summary>
    Added,

    /// <summary>The run has changed since it was added, for example because it was resumed, and replaces what was there.</summary>
    Replaced,

    /// <summary>The lake has the run as it is.</summary>
    Unchanged,
}

/// <summary>A run that was added to a lake.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="Change">What changed.</param>
/// <param name="LeftOut">Columns of its telemetry that have names which no sampler writes, and are not in the lake.</param>
internal sealed record LakeAddition(string RunId, LakeChange Change, IReadOnlyList<string> LeftOut);

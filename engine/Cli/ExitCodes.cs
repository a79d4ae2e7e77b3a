using MemoryWall.Sweeps;

namespace MemoryWall.Cli;

/// <summary>What the process ends with. Documented in the README.</summary>
internal static class ExitCodes
{
    /// <summary>All that was asked was done; in a sweep every trial completed.</summary>
    public const int Success = 0;

    /// <summary>The program itself failed.</summary>
    public const int Fault = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>Preflight found that the sweep cannot run as asked; nothing was measured.</summary>
    public const int Preflight = 3;

    /// <summary>The sweep ran to its end, and at least one trial did not complete.</summary>
    public const int TrialsFailed = 4;

    /// <summary>The run, or a notebook, could not be stored or read.</summary>
    public const int Store = 5;

    /// <summary>A cell of a notebook failed or ran past its limit, or <c>notebook strip --check</c> found outputs.</summary>
    public const int Notebook = 6;

    /// <summary>Stopped by the user; what was measured is stored.</summary>
    public const int Cancelled = 130;

    public static int FromEnding(SweepEnding ending) => ending switch
    {
        SweepEnding.Completed => Success,
        SweepEnding.SomeTrialsFailed => TrialsFailed,
        SweepEnding.PreflightFailed => Preflight,
        SweepEnding.Cancelled => Cancelled,
        SweepEnding.StoreFailed => Store,
        _ => Fault,
    };
}

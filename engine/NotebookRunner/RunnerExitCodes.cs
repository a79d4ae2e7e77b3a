namespace MemoryWall.NotebookRunner;

/// <summary>What the process ends with. The numbers are memwall's own: it hands them on as they are.</summary>
internal static class RunnerExitCodes
{
    /// <summary>All that was asked was done.</summary>
    public const int Success = 0;

    /// <summary>The program itself failed.</summary>
    public const int Fault = 1;

    /// <summary>The command line was wrong, a parameter of the notebook included.</summary>
    public const int Usage = 2;

    /// <summary>A notebook or another file could not be read or written.</summary>
    public const int Store = 5;

    /// <summary>A cell failed or ran past its limit, or <c>strip --check</c> found outputs.</summary>
    public const int Notebook = 6;

    /// <summary>Stopped by the user; what had run is written.</summary>
    public const int Cancelled = 130;
}

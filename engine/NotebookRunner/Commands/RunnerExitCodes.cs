namespace MemoryWall.NotebookRunner.Commands;

/// <summary>The exit codes of the process. memwall passes them on unchanged.</summary>
internal static class RunnerExitCodes
{
    /// <summary>The command succeeded.</summary>
    public const int Success = 0;

    /// <summary>The program itself failed.</summary>
    public const int Fault = 1;

    /// <summary>The command line or a notebook parameter was wrong.</summary>
    public const int Usage = 2;

    /// <summary>A notebook or another file could not be read or written.</summary>
    public const int Store = 5;

    /// <summary>A cell failed or exceeded its time limit, <c>strip --check</c> found outputs, or <c>refresh --check</c> stale
    /// ones.</summary>
    public const int Notebook = 6;

    /// <summary>The user stopped the run; the outputs so far are saved.</summary>
    public const int Cancelled = 130;
}

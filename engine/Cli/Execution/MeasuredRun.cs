using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Cli.Host;
using MemoryWall.Core;
using MemoryWall.Runs;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Cli.Execution;

/// <summary>A sweep that ended.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Run">Its run as stored; null where none was started.</param>
internal sealed record MeasuredRun(SweepResult Result, Run? Run)
{
    // The first ending that occurs decides the exit code.
    private static readonly SweepEnding[] s_worstFirst = [SweepEnding.Cancelled, SweepEnding.StoreFailed, SweepEnding.PreflightFailed,
        SweepEnding.SomeTrialsFailed, SweepEnding.Completed];

    /// <summary>Reads the run that a sweep stored.</summary>
    public static MeasuredRun Read(SweepResult result, SweepSettings settings) =>
        new(result, result.RunId is { } id ? new RunStore(settings.RunsDirectory).Read(id) : null);

    /// <summary>The exit code of the worst ending.</summary>
    public static int GetExitCode(IEnumerable<MeasuredRun> measured)
    {
        var endings = measured.Select(entry => entry.Result.Ending).ToHashSet();
        return ExitCodes.FromEnding(s_worstFirst.First(endings.Contains));
    }

    /// <summary>The exit code of a command that looks for failing trials: such a trial counts as a failure only where the command found no
    /// answer.</summary>
    public static int GetExitCode(IEnumerable<MeasuredRun> measured, bool isAnswered)
    {
        var code = GetExitCode(measured);
        return code == ExitCodes.TrialsFailed && isAnswered ? ExitCodes.Success : code;
    }

    /// <summary>The preflight findings of all sweeps as JSON.</summary>
    public static JsonNode? FindingsToJson(IEnumerable<MeasuredRun> measured) =>
        JsonSerializer.SerializeToNode(measured.SelectMany(entry => entry.Result.Findings), FactsJson.SingleLine);
}

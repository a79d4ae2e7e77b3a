using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using MemoryWall.Sweeps;

namespace MemoryWall.Cli.Host;

/// <summary>The exit codes of the process. <c>memwall help exit-codes</c> prints them with their descriptions.</summary>
internal static class ExitCodes
{
    [Description("Everything was done. In a sweep every trial completed.")]
    public const int Success = 0;

    [Description("The program itself failed.")]
    public const int Fault = 1;

    [Description("The command line is wrong.")]
    public const int Usage = 2;

    [Description("Preflight found that the sweep cannot run. Nothing was measured; all findings are listed.")]
    public const int Preflight = 3;

    [Description("The sweep ran to its end, but at least one trial did not complete, policies of one server gave other answers, a system "
        + "lost hidden numbers, or a cell of an experiment ended without a result.")]
    public const int TrialsFailed = 4;

    [Description("A run, a notebook or a file could not be stored or read. What was stored before is readable.")]
    public const int Store = 5;

    [Description("A notebook cell failed or took too long, or notebook strip --check found outputs.")]
    public const int Notebook = 6;

    [Description("Stopped by the user. What was measured is stored.")]
    public const int Cancelled = 130;

    /// <summary>All codes with their descriptions, smallest first.</summary>
    public static IReadOnlyList<(int Code, string Description)> All { get; } =
        [.. typeof(ExitCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (Convert.ToInt32(field.GetRawConstantValue(), CultureInfo.InvariantCulture),
                field.GetCustomAttribute<DescriptionAttribute>()!.Description))
            .OrderBy(code => code.Item1)];

    /// <summary>The exit code of a sweep.</summary>
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

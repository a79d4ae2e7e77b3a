using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks;

/// <summary>A sweep that produced no run, or was interrupted. The message contains the reasons.</summary>
public sealed class SweepException : Exception
{
    internal SweepException(SweepResult result)
        : base(result.Problem ?? "the sweep cannot run: " + DescribeFindings(result))
    {
    }

    internal SweepException(string message)
        : base(message)
    {
    }

    private static string DescribeFindings(SweepResult result) =>
        string.Join("; ", result.Findings.Where(finding => finding.StopsTheRun).Select(finding => finding.ToString()));
}

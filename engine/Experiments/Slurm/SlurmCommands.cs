using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;

namespace MemoryWall.Experiments.Slurm;

/// <summary>Slurm by its commands. Clusters without accounting have no <c>sacct</c>; the controller itself remembers ended jobs for some
/// minutes.</summary>
/// <param name="commands">Runs the commands.</param>
internal sealed partial class SlurmCommands(ICommandRunner commands) : ISlurm
{
    private const string NoSuchJob = "Invalid job id";

    public async Task<string> SubmitAsync(string script, string folder, CancellationToken cancellation)
    {
        var result = await RunAsync("sbatch", ["--parsable", $"--chdir={folder}", script], cancellation).ConfigureAwait(false);
        // Clusters of a federation add their name after a semicolon.
        return JobId().Match(result.Output) is { Success: true } match
            ? match.Groups[1].Value
            : throw new SlurmException("sbatch printed no job id but "
                + $"'{SafeText.ToSingleLine(result.Output.Trim(), SafeText.MaxNameLength)}'");
    }

    public async Task<IReadOnlyList<SlurmTask>> ListTasksAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation)
    {
        if (jobs.Count == 0)
            return [];
        var ids = string.Join(",", jobs);
        var queue = await commands.RunAsync("squeue",
            ["--noheader", "--array", "--states=all", $"--jobs={ids}", "--format=%i|%T|%N|%r"], cancellation).ConfigureAwait(false);
        // A single job that the controller has forgotten is an error.
        if (queue.ExitCode != 0 && !queue.Error.Contains(NoSuchJob, StringComparison.OrdinalIgnoreCase))
            throw Fail("squeue", queue);
        var known = ParseTasks(queue.Output).DistinctBy(task => task.Name).ToList();
        var forgotten = jobs.Where(job => known.All(task => !task.Name.StartsWith(job + "_", StringComparison.Ordinal))).ToList();
        return forgotten.Count == 0
            ? known
            : [.. known, .. await ListAccountedAsync(forgotten, cancellation).ConfigureAwait(false)];
    }

    public async Task CancelAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellation)
    {
        if (jobs.Count == 0)
            return;
        var result = await commands.RunAsync("scancel", [.. jobs], cancellation).ConfigureAwait(false);
        // A job that has ended needs no cancelling.
        if (result.ExitCode != 0 && !result.Error.Contains(NoSuchJob, StringComparison.OrdinalIgnoreCase))
            throw Fail("scancel", result);
    }

    public async Task<long?> FindLargestNodeAsync(string? partition, CancellationToken cancellation)
    {
        string[] arguments = partition is null
            ? ["--noheader", "--Node", "--format=%m"]
            : ["--noheader", "--Node", "--format=%m", $"--partition={partition}"];
        var result = await RunAsync("sinfo", arguments, cancellation).ConfigureAwait(false);
        // A plus sign says that other nodes of the line have more.
        return result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(line => long.TryParse(line.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
                ? mebibytes * ByteSize.MiB
                : (long?)null)
            .Max();
    }

    private async Task<IReadOnlyList<SlurmTask>> ListAccountedAsync(IEnumerable<string> jobs, CancellationToken cancellation)
    {
        try
        {
            var result = await commands.RunAsync("sacct", ["--noheader", "--allocations", "--parsable2",
                $"--jobs={string.Join(",", jobs)}", "--format=JobID,State,NodeList"], cancellation).ConfigureAwait(false);
            return result.ExitCode == 0 ? [.. ParseTasks(result.Output)] : [];
        }
        catch (SlurmException)
        {
            return [];
        }
    }

    private async Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var result = await commands.RunAsync(program, arguments, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? result : throw Fail(program, result);
    }

    private static SlurmException Fail(string program, CommandResult result) => new(FormattableString.Invariant(
        $"{program} ended with {result.ExitCode}: ") + SafeText.ToSingleLine(
            (result.Error.Trim().Length > 0 ? result.Error : result.Output).Trim(), SafeText.MaxNameLength));

    // Several tasks that wait may share a line of sacct, such as 12_[3-7]; squeue lists them one by one.
    private static IEnumerable<SlurmTask> ParseTasks(string text) =>
        from line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        let fields = line.Split('|')
        where fields.Length >= 2 && TaskName().IsMatch(fields[0])
        // "CANCELLED by 1000"
        let state = fields[1].Split(' ')[0]
        select new SlurmTask(fields[0], SafeText.ToSingleLine(state, SafeText.MaxNameLength), FindText(fields, 2), FindText(fields, 3));

    private static string? FindText(string[] fields, int index) =>
        fields.ElementAtOrDefault(index) is { Length: > 0 } text && text is not ("None" or "None assigned" or "(null)")
            ? SafeText.ToSingleLine(text, SafeText.MaxNameLength)
            : null;

    [GeneratedRegex(@"^([0-9]+)(;[^\r\n]*)?\s*\z")]
    private static partial Regex JobId();

    [GeneratedRegex(@"^[0-9]+_[0-9]+\z")]
    private static partial Regex TaskName();
}

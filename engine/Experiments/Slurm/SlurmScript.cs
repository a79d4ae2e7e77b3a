using System.Text;
using System.Text.RegularExpressions;

namespace MemoryWall.Experiments.Slurm;

/// <summary>What a user asks of Slurm beside the cells.</summary>
internal sealed partial record SlurmRequest
{
    /// <summary>The partition; null for the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>Whether each task has a node of its own.</summary>
    public bool Exclusive { get; init; }

    /// <summary>The command of a task: the program and its arguments before the cell's own.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The folder of the lake that each task adds its run to.</summary>
    public required string Lake { get; init; }

    /// <summary>Arguments of the command after the cell's own and the lake.</summary>
    public IReadOnlyList<string> MoreArguments { get; init; } = [];

    /// <summary>A partition as a user wrote it.</summary>
    /// <exception cref="FormatException">It cannot be the name of one.</exception>
    public static string? ParsePartition(string? text) => text is null || PartitionShape().IsMatch(text)
        ? text
        : throw new FormatException($"--partition: '{text}' is no name of a partition; sinfo lists them");

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.,-]{0,199}\z")]
    private static partial Regex PartitionShape();
}

/// <summary>Writes the script of a job array. Only words of a known shape stand in its directives; paths are arguments in single
/// quotes.</summary>
internal static class SlurmScript
{
    // Time to store what was measured before the limit of a job.
    private const int SecondsToStop = 30;

    /// <summary>The script.</summary>
    /// <param name="experiment">The experiment's name, fit for a folder.</param>
    /// <param name="round">The round.</param>
    /// <param name="array">The tasks.</param>
    /// <param name="settings">What cells require.</param>
    /// <param name="request">What the user asks for.</param>
    public static string Write(string experiment, int round, SlurmArray array, CellSettings settings, SlurmRequest request)
    {
        var text = new StringBuilder("#!/bin/bash\n");
        foreach (var option in ListOptions(experiment, array, settings, request))
            text.Append("#SBATCH ").Append(option).Append('\n');
        text.Append("# Each task measures one cell of the experiment, and moves its run to the folder of runs when it is finished.\n");
        var cell = array.Offset == 0
            ? "\"$SLURM_ARRAY_TASK_ID\""
            : FormattableString.Invariant($"\"$((SLURM_ARRAY_TASK_ID + {array.Offset}))\"");
        text.Append("exec ").AppendJoin(' ', request.Command.Select(Quote)).Append(" --cell ").Append(cell)
            .Append(FormattableString.Invariant($" --round {round}")).Append(" --lake ").Append(Quote(request.Lake));
        foreach (var argument in request.MoreArguments)
            text.Append(' ').Append(Quote(argument));
        return text.Append('\n').ToString();
    }

    /// <summary>A word of a bash script that stands for exactly this text.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static IEnumerable<string> ListOptions(string experiment, SlurmArray array, CellSettings settings, SlurmRequest request)
    {
        yield return $"--job-name=memwall-{experiment}";
        yield return $"--array={SlurmJobs.FormatIndexes(array)}";
        yield return "--nodes=1";
        yield return "--ntasks=1";
        if (request.Partition is { } partition)
            yield return $"--partition={partition}";
        if (array.MemoryMebibytes is { } memory)
            yield return FormattableString.Invariant($"--mem={memory}M");
        if (array.Threads is { } threads)
            yield return FormattableString.Invariant($"--cpus-per-task={threads}");
        if (settings.Gpus > 0)
            yield return FormattableString.Invariant($"--gres=gpu:{settings.Gpus}");
        // Slurm counts in minutes, and the task ends itself at its limit.
        if (settings.Limit is { } limit)
            yield return FormattableString.Invariant($"--time={(long)Math.Ceiling(limit.TotalMinutes) + 2}");
        if (request.Exclusive)
            yield return "--exclusive";
        // A task that is started again would hide how the first one ended; memwall experiment retry starts it again.
        yield return "--no-requeue";
        yield return FormattableString.Invariant($"--signal=B:TERM@{SecondsToStop}");
        yield return "--output=logs/%A_%a.txt";
    }
}

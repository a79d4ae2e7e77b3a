using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Units;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using MemoryWall.Runs;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>
/// What a stored plan may do. A run of another user can name any file of this machine and any server, and continuing it would send the
/// one to the other. So a run without this user's seal is continued only where the user has seen what it reaches.
/// </summary>
internal static class StoredPlanTrust
{
    private const string Subject = "trust";

    // A file of this size or more is not made on another user's behalf.
    private const long LargeModelBytes = ByteSize.GiB;

    /// <summary>Why a stored run is not continued; null where nothing is against it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="manifest">The run.</param>
    /// <param name="isTrusted">Whether the user trusts its plan.</param>
    public static PreflightFinding? Check(string folder, RunManifest manifest, bool isTrusted) =>
        (isTrusted || RunSeal.IsOn(folder) ? null : CheckPlan(manifest.Plan, $"the run {manifest.RunId}")) ?? CheckDocument(manifest);

    /// <summary>Why a plan of another user is not measured by; null where it reaches nothing.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="origin">What it comes from.</param>
    public static PreflightFinding? CheckPlan(SweepPlan plan, string origin) => ListReached(plan) is [_, ..] reached
        ? PreflightFinding.Error(Subject,
            $"{origin} has no seal of this user (another user, an earlier version, or this user with another cache folder began it, "
            + $"or its run.json was changed), and its plan {string.Join(", ", reached)}; "
            + "add --trust (in a notebook trust: true) if that is what you want")
        : null;

    /// <summary>What a plan reads, writes and contacts beyond this program, in words that follow "its plan"; empty for nothing.</summary>
    public static IReadOnlyList<string> ListReached(SweepPlan plan) =>
    [
        .. DescribeTarget(plan.Target) is { } target ? [target] : Array.Empty<string>(),
        .. FindDocument(plan) is { } document ? [$"reads and sends the file '{document}'"] : Array.Empty<string>(),
        .. plan.Sessions?.Trace is { } trace ? [$"reads the file '{trace.Path}'"] : Array.Empty<string>(),
        .. plan.TelemetryFrom is [_, ..] exporters ? [$"reads the exporters {string.Join(", ", exporters.Select(Quote))}"]
            : Array.Empty<string>(),
        .. plan.Options.Tier is { } tier ? [$"writes into the folder '{tier.Folder}'"] : Array.Empty<string>(),
    ];

    // Null where the plan has another text, whatever path it names: what is not listed is not read either.
    private static string? FindDocument(SweepPlan plan) => plan.PromptKind == PromptKind.Document ? plan.DocumentPath : null;

    private static string Quote(string address) => $"'{SafeText.ToSingleLine(address, SafeText.MaxNameLength)}'";

    private static string? DescribeTarget(string target)
    {
        if (target == TargetKind.Embedded)
            return null;
        if (!target.StartsWith(TargetKind.Embedded + ":", StringComparison.Ordinal))
            return $"contacts '{target}'";
        var model = target[(TargetKind.Embedded.Length + 1)..];
        return SyntheticSpec.Presets.FirstOrDefault(preset => preset.Name.Equals(model, StringComparison.OrdinalIgnoreCase)) is { } preset
            ? preset.WeightBytes < LargeModelBytes || SyntheticModelCache.Has(preset) ? null
                : $"makes the model '{preset.Name}', a file of {new ByteSize(preset.WeightBytes)}"
            : SyntheticSpec.IsSpecText(model) ? $"makes the model '{model}'"
            : $"loads the file '{model}'";
    }

    // A changed text would give other prompts, and its trials would pass for those of the first.
    private static PreflightFinding? CheckDocument(RunManifest manifest)
    {
        if (manifest.DocumentSha256 is not { } began || FindDocument(manifest.Plan) is not { } path)
            return null;
        try
        {
            return DocumentFile.ComputeSha256(path) is var now && now == began ? null : PreflightFinding.Error("document",
                $"'{path}' is not the text with which the run began (SHA-256 {now}, was {began}); restore it, or start a new run");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return PreflightFinding.Error("document", $"'{path}' cannot be read: {error.Message}");
        }
    }
}

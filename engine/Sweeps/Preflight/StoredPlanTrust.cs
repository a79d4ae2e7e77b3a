using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using MemoryWall.Runs;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>
/// What a stored plan may do. A run of somebody else can name any file of this machine and any server, and continuing it would send the
/// one to the other. So a run without this user's seal is continued only where the user has seen what it reaches.
/// </summary>
internal static class StoredPlanTrust
{
    private const string Subject = "trust";

    /// <summary>Why a stored run is not continued; null where nothing is against it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="manifest">The run.</param>
    /// <param name="isTrusted">Whether the user trusts its plan.</param>
    public static PreflightFinding? Check(string folder, RunManifest manifest, bool isTrusted) =>
        (isTrusted || RunSeal.IsOn(folder) ? null : CheckPlan(manifest.Plan, $"the run {manifest.RunId}")) ?? CheckDocument(manifest);

    /// <summary>Why a plan of somebody else is not measured by; null where it reaches nothing.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="origin">What it comes from.</param>
    public static PreflightFinding? CheckPlan(SweepPlan plan, string origin) => ListReached(plan) is [_, ..] reached
        ? PreflightFinding.Error(Subject,
            $"{origin} was not begun by this user on this machine, and its plan {string.Join(", ", reached)}; "
            + "add --trust (in a notebook trust: true) if that is what you want")
        : null;

    /// <summary>What a plan reads, writes and contacts beyond this program, in words that follow "its plan"; empty for nothing.</summary>
    public static IReadOnlyList<string> ListReached(SweepPlan plan) =>
    [
        .. DescribeTarget(plan.Target) is { } target ? [target] : Array.Empty<string>(),
        .. plan.DocumentPath is { } document && plan.PromptKind == PromptKind.Document ? [$"reads and sends the file '{document}'"]
            : Array.Empty<string>(),
        .. plan.Options.Tier is { } tier ? [$"writes into the folder '{tier.Folder}'"] : Array.Empty<string>(),
    ];

    private static string? DescribeTarget(string target)
    {
        if (target == TargetKind.Embedded)
            return null;
        if (!target.StartsWith(TargetKind.Embedded + ":", StringComparison.Ordinal))
            return $"contacts '{target}'";
        var model = target[(TargetKind.Embedded.Length + 1)..];
        return SyntheticSpec.Presets.Any(preset => preset.Name.Equals(model, StringComparison.OrdinalIgnoreCase)) ? null
            : SyntheticSpec.IsSpecText(model) ? $"makes the model '{model}'"
            : $"loads the file '{model}'";
    }

    // A changed text would give other prompts, and its trials would pass for those of the first.
    private static PreflightFinding? CheckDocument(RunManifest manifest)
    {
        if (manifest is not { DocumentSha256: { } began, Plan.DocumentPath: { } path })
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

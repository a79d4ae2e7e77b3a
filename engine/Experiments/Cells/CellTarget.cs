using MemoryWall.Core.Facts;
using MemoryWall.Models.Synthetic;
using MemoryWall.Sweeps.Plans;

namespace MemoryWall.Experiments.Cells;

/// <summary>Joins a server and a model to the target of a plan.</summary>
internal static class CellTarget
{
    /// <summary>The target.</summary>
    /// <param name="target">The server.</param>
    /// <param name="model">The model; null for what the server has.</param>
    /// <exception cref="FormatException">The server names its model already, or serves one only.</exception>
    public static string Combine(string target, string? model)
    {
        if (model is null)
            return ToFullPath(target);
        if (target == TargetKind.Embedded)
            return ToFullPath($"{TargetKind.Embedded}:{model}");
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (PrefillMode.IsEmbedded(target) || (scheme > 0 && target.TrimEnd('/').IndexOf('/', scheme + 3) > 0))
            throw new FormatException($"'{target}' names its model already, so axes.models has no meaning for it; write the server alone");
        return $"{target.TrimEnd('/')}/{model}";
    }

    // A task of another machine has another working folder.
    private static string ToFullPath(string target)
    {
        var prefix = TargetKind.Embedded + ":";
        if (!target.StartsWith(prefix, StringComparison.Ordinal))
            return target;
        var model = target[prefix.Length..];
        return SyntheticSpec.IsSpecText(model) ? target : prefix + Path.GetFullPath(model);
    }
}

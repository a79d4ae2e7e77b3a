using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;
using MemoryWall.Runs.Json;

namespace MemoryWall.Cli.Options;

/// <summary>Options that contradict a stored plan.</summary>
internal static class PlanConflicts
{
    /// <summary>The fields that the command line sets and a stored plan has other values for, in words.</summary>
    /// <param name="given">The plan of the command line.</param>
    /// <param name="defaults">The plan of a command line without options.</param>
    /// <param name="stored">The stored plan.</param>
    public static IReadOnlyList<string> Find(SweepPlan given, SweepPlan defaults, SweepPlan stored)
    {
        var (set, unset, own) = (ToFields(given), ToFields(defaults), ToFields(stored));
        return [.. set.Where(field => field.Value != unset.GetValueOrDefault(field.Key) && field.Value != own.GetValueOrDefault(field.Key))
            .Select(field => WordFormat.Words(field.Key))];
    }

    // The target's options become fields of their own, so that a message can name a single one.
    private static Dictionary<string, string> ToFields(SweepPlan plan) =>
        JsonSerializer.SerializeToElement(plan, FactsJson.SingleLine).EnumerateObject()
        .SelectMany(field => field.Name == "options" ? field.Value.EnumerateObject() : Enumerable.Repeat(field, 1))
        .ToDictionary(field => field.Name, field => field.Value.GetRawText());
}

using MemoryWall.Core;
using MemoryWall.Core.Trials;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Stream marks of all trials, in the order that they came.</summary>
internal static class TokenDataFrame
{
    public static DataFrame Create(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var contexts = run.Trials.GroupBy(trial => trial.Number).ToDictionary(same => same.Key, same => same.Last().ContextTokens);
        List<(int Trial, StreamMark Mark)> rows = [
            .. run.Marks.OrderBy(entry => entry.Key).SelectMany(entry => entry.Value.Select(mark => (entry.Key, mark)))];
        return new DataFrameBuilder<(int Trial, StreamMark Mark)>(rows)
            .Add<int>("trial", row => row.Trial)
            .Add<int>("context_tokens", row => contexts.TryGetValue(row.Trial, out var context) ? context : null)
            .AddText("kind", row => EnumNames.Name(row.Mark.Kind))
            .Add<int>("tokens", row => row.Mark.Tokens)
            .Add<double>("arrived_seconds", row => row.Mark.Arrived.Seconds)
            .Add<double>("native_seconds", row => row.Mark.Native?.TotalSeconds)
            .ToFrame();
    }
}

using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Audit.Readers;

/// <summary>This engine's own runs: each measured trial is a record. The same rules apply to them as to other tools.</summary>
internal static class StoredRunReader
{
    /// <summary>Reads the run in a folder.</summary>
    /// <exception cref="IOException">The run cannot be read.</exception>
    public static AuditedFile Read(string folder)
    {
        try
        {
            // Doubts, and so which rates there are, rest on the marks.
            var run = new RunStore(Path.GetDirectoryName(folder)!).Read(Path.GetFileName(folder), withMarks: true);
            return new AuditedFile
            {
                Name = run.Manifest.RunId,
                Tool = "memwall",
                Records = [
                    .. RunReport.Create(run).Trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup))
                        .Select((view, place) => CreateRecord(view, run.Manifest, place + 1))],
                Notes = run.ReadWarnings,
                MemoryBytesPerSecond = run.Manifest.Ceilings?.MemoryReadBytesPerSecond,
                BeyondCacheBytes = run.Manifest.Ceilings?.BufferBytes,
            };
        }
        catch (StoreException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    private static AuditRecord CreateRecord(TrialView view, RunManifest manifest, int number)
    {
        var trial = view.Trial;
        return new AuditRecord
        {
            Number = number,
            Kind = RecordKind.Request,
            Model = manifest.Target.Model,
            Test = FormattableString.Invariant($"trial {trial.Number}, {trial.ContextTokens} tokens"),
            PromptTokensAsked = trial.ContextTokens,
            PromptTokens = trial.CountedPromptTokens,
            CachedTokens = trial.CachedPromptTokens,
            CacheOnPurpose = trial.Flags.HasFlag(TrialFlags.WarmPrefix),
            OutputTokensAsked = trial.OutputTokensAsked,
            OutputTokens = trial.OutputTokens,
            TtftSeconds = trial.Client.TimeToFirstToken?.TotalSeconds,
            PrefillSeconds = view.Prefill?.Duration.TotalSeconds,
            GenerationSeconds = view.Generation?.Duration.TotalSeconds,
            DurationSeconds = trial.Client.TimeToEnd?.TotalSeconds,
            PrefillTps = view.PrefillRate?.PerSecond,
            GenerationTps = view.GenerationRate?.PerSecond,
            Succeeded = trial.Outcome.IsCompleted,
            Error = trial.Outcome.IsCompleted ? null : trial.Outcome.Kind,
            Concurrency = trial.Concurrency,
            WeightBytes = manifest.Target.Shape is { } shape ? shape.ActiveWeightBytes ?? shape.WeightBytes : null,
            StartedSeconds = trial.Client.Sent?.Seconds,
        };
    }
}

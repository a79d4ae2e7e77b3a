using System.Text.Json.Serialization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Models.Forecast;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>One system that served conversations.</summary>
internal sealed record SessionSystem
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its run.</summary>
    public required string RunId { get; init; }

    /// <summary>Each number of users, the fewest first.</summary>
    public required IReadOnlyList<SessionLevel> Levels { get; init; }

    /// <summary>The users wall; absent without a limit.</summary>
    public UsersWall? Wall { get; init; }

    /// <summary>Bytes of KV cache of one token; absent where neither the model's shape nor a load says.</summary>
    public double? BytesPerToken { get; init; }

    /// <summary>How fast this system brought conversations back from RAM, all copies together; absent where it did not, or the target does
    /// not report it.</summary>
    public double? RamBytesPerSecond { get; init; }

    /// <summary>How fast this system loaded conversations from storage, all loads together; absent where it did not, or the target does
    /// not report it.</summary>
    public double? LoadBytesPerSecond { get; init; }

    /// <summary>The measured direct read bandwidth of its storage; absent without one.</summary>
    public double? DirectReadBytesPerSecond { get; init; }

    /// <summary>Whether its storage was slowed down to emulate another device.</summary>
    public bool IsEmulated { get; init; }

    /// <summary>The times of whole prompts; absent where fewer than two contexts have them.</summary>
    [JsonIgnore]
    public MeasuredTimes? Times { get; init; }

    /// <summary>When its run began, in ticks of UTC.</summary>
    [JsonIgnore]
    public long StartedTicks => Manifest.StartedUtc.UtcTicks;

    [JsonIgnore]
    internal RunManifest Manifest { get; private init; } = null!;

    /// <summary>Whether it is a cache policy of the embedded server.</summary>
    [JsonIgnore]
    public bool HasPolicy => Manifest.Plan.Sessions?.Policy is not null;

    /// <summary>Whether both ran on one machine: two machines that measure at the same time do not take turns.</summary>
    public bool IsOnMachineOf(SessionSystem other) => RunDifferences.AreOnOneMachine(Manifest, other.Manifest);

    /// <summary>Summarizes a run.</summary>
    /// <param name="name">The name of the system.</param>
    /// <param name="run">The run.</param>
    /// <param name="limitSeconds">The longest TTFT; null for no limit.</param>
    public static SessionSystem Create(string name, RunReport run, double? limitSeconds)
    {
        var attempts = SessionAttempt.Find(run.Trials, run.Manifest.Plan.Sessions);
        IReadOnlyList<SessionLevel> levels =
            [.. attempts.GroupBy(attempt => attempt.Users).Select(level => SessionLevel.Create([.. level]))];
        var requests = attempts.SelectMany(attempt => attempt.Requests).ToList();
        var times = MeasuredTimes.FromTurns(requests.Select(request => request.View));
        var tiers = requests.Select(request => request.Trial.Tier).Where(tier => tier is not null).ToList();
        var bytes = KvTokenBytes.Find(run.Manifest.Target.Shape, ForecastSettings.FromStored(run.Manifest.Plan.Options))
            ?? Quantiles.MedianOfKnown(
                tiers.Select(tier => tier!.ResumedTokens > 0 ? (double?)tier.StateBytes / tier.ResumedTokens : null));
        var all = requests.Count > 0 ? SessionGroup.Create(requests) : null;
        return new SessionSystem
        {
            Name = name,
            RunId = run.Manifest.RunId,
            Manifest = run.Manifest,
            Levels = levels,
            Wall = limitSeconds is { } limit && levels.Count > 0 ? UsersWall.Find(levels, limit, run.Rules.Walls) : null,
            Times = times,
            BytesPerToken = bytes,
            RamBytesPerSecond = all?.RamBytesPerSecond,
            LoadBytesPerSecond = all?.LoadBytesPerSecond,
            DirectReadBytesPerSecond = Quantiles.MedianOfKnown(tiers.Select(tier => (double?)tier!.DirectReadBytesPerSecond)),
            IsEmulated = tiers.Any(tier => tier!.IsEmulated),
        };
    }
}

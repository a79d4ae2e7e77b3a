using MemoryWall.Core.Plan;

namespace MemoryWall.Analysis.Sessions;

/// <summary>The requests of a trace as they are played: shortened, and sooner after each other.</summary>
internal sealed class ScaledTrace
{
    /// <summary>Scales a trace.</summary>
    /// <param name="requests">The requests in the order of their timestamps, one or more.</param>
    /// <param name="contextScale">The factor by which blocks and answers are shortened, above 0 and at most 1.</param>
    /// <param name="speed">How many times faster than recorded requests arrive, above 0.</param>
    public ScaledTrace(IReadOnlyList<TraceRequest> requests, double contextScale = 1, double speed = 1)
    {
        BlockTokens = Shorten(TraceRequest.BlockTokens, contextScale);
        Requests =
        [
            .. requests.Select(request => new ScaledRequest(
                (request.TimestampMilliseconds - requests[0].TimestampMilliseconds) / 1e3 / speed,
                ScaleInput(request, contextScale), Shorten(request.OutputTokens, contextScale), request.HashIds)),
        ];
        Blocks = requests.Max(request => request.HashIds.Max()) + 1;
        Lookups = requests.Sum(request => (long)request.HashIds.Length);
    }

    /// <summary>Reads and scales the trace of a plan.</summary>
    /// <exception cref="FormatException">The file is no trace.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ScaledTrace Read(TracePlan plan) =>
        new(TraceReader.Read(plan.Path, plan.Requests), plan.ContextScale, plan.Speed);

    /// <summary>Tokens of a whole block.</summary>
    public int BlockTokens { get; }

    /// <summary>The requests.</summary>
    public IReadOnlyList<ScaledRequest> Requests { get; }

    /// <summary>How many different blocks there are.</summary>
    public int Blocks { get; }

    /// <summary>The blocks of all prompts.</summary>
    public long Lookups { get; }

    /// <summary>Seconds from the first request to the last.</summary>
    public double Span => Requests[^1].Arrival;

    private int ScaleInput(TraceRequest request, double scale)
    {
        var whole = request.HashIds.Length - 1;
        return BlockTokens * whole + Math.Min(BlockTokens, Shorten(request.InputTokens - TraceRequest.BlockTokens * whole, scale));
    }

    private static int Shorten(int tokens, double scale) => Math.Max(1, (int)Math.Round(tokens * scale));
}

/// <summary>One of its requests.</summary>
/// <param name="Arrival">When it arrives, in seconds after the first.</param>
/// <param name="InputTokens">Prompt tokens.</param>
/// <param name="OutputTokens">Tokens of the answer.</param>
/// <param name="Blocks">The numbers of its blocks.</param>
internal sealed record ScaledRequest(double Arrival, int InputTokens, int OutputTokens, int[] Blocks);

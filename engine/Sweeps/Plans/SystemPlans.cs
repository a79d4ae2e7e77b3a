using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Sweeps.Plans;

/// <summary>What the systems of a comparison have in common.</summary>
internal sealed record SystemsRequest
{
    /// <summary>The target of systems without one of their own.</summary>
    public required string Target { get; init; }

    /// <summary>The contexts.</summary>
    public required IReadOnlyList<TokenCount> Contexts { get; init; }

    /// <summary>Output tokens of each trial.</summary>
    public int OutputTokens { get; init; } = 16;

    /// <summary>Trials at each context and system.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary><see cref="PrefillMode"/>; null for the default of each target.</summary>
    public string? Prefill { get; init; }

    /// <summary>How prompts are sent; null for the default.</summary>
    public PromptForm? PromptAs { get; init; }

    /// <summary>Options of the target, without the storage tier.</summary>
    public TargetOptions Options { get; init; } = new();

    /// <summary>The cap of every system without a target of its own; null where all have one.</summary>
    public CapPlan? Cap { get; init; }

    /// <summary>The storage tier of the managed systems, created when one of them is planned.</summary>
    public required Func<TierPlan> CreateTier { get; init; }
}

/// <summary>Plans of systems that are compared over the same contexts, at the same cap.</summary>
internal static class SystemPlans
{
    /// <summary>The names that a system may have, for messages.</summary>
    public const string Names = "standard, standard-no-swap, kv-q8_0, kv-q4_0, managed, managed-q8_0, managed-q4_0, managed@RATE, "
        + "uncapped, or NAME=TARGET";

    private const string Managed = "managed";

    // A comparison expects systems that thrash. It stops them early and keeps their partial rate as an upper bound.
    private static readonly PhaseLimits s_limits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(60),
        Silence = TimeSpan.FromMinutes(2),
    };

    /// <summary>The systems of a comparison that names none.</summary>
    public static IReadOnlyList<string> DefaultNames { get; } = ["standard", "standard-no-swap", "kv-q8_0", "kv-q4_0", Managed];

    /// <summary>The time limits of a comparison with this method.</summary>
    public static PhaseLimits GetLimits(SweepMethod method) =>
        method == SweepMethod.SyntheticDepth ? s_limits with { Prefill = TimeSpan.FromMinutes(1) } : s_limits;

    /// <summary>Whether this system is a server with an address of its own, which no cap limits.</summary>
    public static bool HasOwnTarget(string system) => system.Contains('=', StringComparison.Ordinal);

    /// <summary>The systems, each with its plan.</summary>
    /// <param name="systems">Their names: <see cref="Names"/>.</param>
    /// <param name="request">What they have in common.</param>
    /// <exception cref="FormatException">A name is unknown or occurs twice.</exception>
    public static IReadOnlyList<(string Name, SweepPlan Plan)> Create(IReadOnlyList<string> systems, SystemsRequest request)
    {
        var plans = systems.Select(system => Create(system, CreateShared(system, request), request.CreateTier)).ToList();
        return plans.DistinctBy(plan => plan.System).Count() == plans.Count
            ? [.. plans.Select(plan => (plan.System!, plan))]
            : throw new FormatException("two systems have the same name");
    }

    /// <summary>The plan that a system shares with others, before what makes the system.</summary>
    /// <param name="system">The first system.</param>
    /// <param name="request">What it has in common with others.</param>
    /// <exception cref="FormatException">The prefill mode is unknown.</exception>
    public static SweepPlan CreateShared(string system, SystemsRequest request)
    {
        var target = system.Split('=', 2).ElementAtOrDefault(1);
        var method = PrefillMode.ParseMethod(request.Prefill, target ?? request.Target);
        return new SweepPlan
        {
            Target = target ?? request.Target,
            Contexts = request.Contexts,
            OutputTokens = request.OutputTokens,
            Repetitions = request.Repetitions,
            Warmups = 0,
            Order = TrialOrder.Ascending,
            Method = method,
            PromptAs = request.PromptAs,
            Limits = GetLimits(method),
            Options = request.Options,
            Cap = target is null ? request.Cap : null,
        };
    }

    /// <summary>The plan of one system.</summary>
    /// <param name="system">Its name: <see cref="Names"/>.</param>
    /// <param name="shared">What it shares with others.</param>
    /// <param name="createTier">Creates the storage tier of a managed system.</param>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static SweepPlan Create(string system, SweepPlan shared, Func<TierPlan> createTier) =>
        system.Split('=', 2) is [var name, var target]
        ? shared with { System = name, Target = target, Cap = null }
        : Apply(system, shared with { System = system }, createTier);

    private static SweepPlan Apply(string name, SweepPlan plan, Func<TierPlan> createTier) => name switch
    {
        "standard" => plan,
        "uncapped" => plan with { Cap = null },
        "standard-no-swap" => plan with { Cap = WithoutSwap(plan.Cap) },
        "kv-q8_0" => WithKvType(plan, "q8_0"),
        "kv-q4_0" => WithKvType(plan, "q4_0"),
        _ when name.Split('@', 2) is [var managed, .. var device] && ManagedKvType(managed) is { } kvType => plan with
        {
            // The kernel must not swap what the tier manages.
            Cap = WithoutSwap(plan.Cap),
            Options = plan.Options with
            {
                KvType = kvType.Length > 0 ? kvType : plan.Options.KvType,
                Tier = device is [var rate] ? TierPlans.Emulate(createTier(), rate) : createTier(),
            },
        },
        _ => throw new FormatException($"'{name}' is unknown; write {Names}"),
    };

    // The type in the name of a managed system; empty for the comparison's own, null for another system.
    private static string? ManagedKvType(string name) => name switch
    {
        Managed => "",
        Managed + "-q8_0" => "q8_0",
        Managed + "-q4_0" => "q4_0",
        _ => null,
    };

    private static SweepPlan WithKvType(SweepPlan plan, string type) => plan with { Options = plan.Options with { KvType = type } };

    private static CapPlan? WithoutSwap(CapPlan? cap) => cap is null ? null : cap with { SwapBytes = 0 };
}

using MemoryWall.Models.Hardware;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for models on machines: what fits where, and how fast it can be at most.</summary>
internal static class MachinePhrases
{
    /// <summary>A model on a machine, in one sentence.</summary>
    public static string Format(ModelOnMachine fit)
    {
        var head = $"{ModelLabel.Create(fit.Model)} on {FormatMachine(fit.Spec)}";
        if (fit.Contexts.All(context => context.Tier == FitTier.Unknown))
            return $"{head}: unknown, since {FormatGap(fit.Contexts[0].TierGap)}.";
        var clauses = new List<string>();
        if (fit.AcceleratorContextTokens is { } fast)
            clauses.Add($"{FormatUpTo(fit, fast)} {FormatAccelerator(fit.Spec)}" + FormatBoundIn(fit, FitTier.Accelerator));
        if (fit.MemoryContextTokens is { } memory && memory > (fit.AcceleratorContextTokens ?? 0))
            clauses.Add($"{FormatUpTo(fit, memory)} {FormatMemory(fit)}" + FormatBoundIn(fit, FitTier.AcceleratorAndRam, FitTier.Ram));
        if (FormatStorage(fit) is { } storage)
            clauses.Add(storage);
        if (fit.Contexts.FirstOrDefault(context => context.Tier == FitTier.DoesNotFit) is { } none)
        {
            var where = clauses.Count == 0 ? "fits nowhere" : $"{NumberFormat.Context(none.ContextTokens)} does not fit";
            var need = none.TotalBytes is { } bytes ? $" ({NumberFormat.Bytes(bytes)})" : "";
            clauses.Add($"{where}{need}, since {FormatGap(none.TierGap)}");
        }
        var gaps = fit.Contexts.Select(context => context.BoundGap).Where(gap => gap != FitGap.None).Distinct().Select(FormatGap).ToList();
        return $"{head}: {string.Join("; ", clauses)}{(gaps.Count > 0 ? $"; no bound where {WordFormat.List(gaps)}" : "")}.";
    }

    /// <summary>How many pairs of model and machine hold the largest context that was asked, and where.</summary>
    public static string FormatTitle(MachineMatrix matrix)
    {
        var fits = matrix.Models.SelectMany(model => model.Machines).Select(fit => fit.Contexts.MaxBy(context => context.ContextTokens)!)
            .ToList();
        int Count(params FitTier[] tiers) => fits.Count(fit => tiers.Contains(fit.Tier));
        var parts = new[]
        {
            ($"{Count(FitTier.Accelerator, FitTier.AcceleratorAndRam, FitTier.Ram)} in memory", true),
            ($"{Count(FitTier.Storage)} with a part on storage", Count(FitTier.Storage) > 0),
            ($"{Count(FitTier.DoesNotFit)} nowhere", Count(FitTier.DoesNotFit) > 0),
            ($"{Count(FitTier.Unknown)} unknown", Count(FitTier.Unknown) > 0),
        }.Where(part => part.Item2).Select(part => part.Item1);
        return $"{NumberFormat.Context(fits[0].ContextTokens)} tokens on {WordFormat.Count(fits.Count, "pair")} of model and machine: "
            + string.Join(", ", parts);
    }

    /// <summary>The heading of a model.</summary>
    public static string FormatHeading(ModelOnMachines model) =>
        $"{ModelLabel.Create(model.Model)}, KV cache {model.KeyType}/{model.ValueType}, {WordFormat.Count(model.Slots, "slot")}, weights "
        + NumberFormat.Bytes(model.WeightsBytes)
        + (model.TouchedWeightBytes is { } touched && touched < model.WeightsBytes
            ? $" ({NumberFormat.Bytes(touched)} read per token)" : "");

    /// <summary>Where a context is and its bound, for a table: <c>GPU ≤71.3</c>.</summary>
    public static string FormatCell(MachineFit fit, MachineSpec machine) => fit.Tier switch
    {
        FitTier.Unknown => NumberFormat.Absent,
        FitTier.DoesNotFit => "no",
        _ => $"{FormatTier(fit.Tier, machine)} " + (fit.MaxTokensPerSecond is { } bound ? "≤" + NumberFormat.RateBound(bound)
            + (FindEven(fit) is { } even ? $" ({NumberFormat.RateBound(even)})" : "") : NumberFormat.Absent),
    };

    /// <summary>The name of a place for a table.</summary>
    public static string FormatTier(FitTier tier, MachineSpec machine) => (tier, machine.IsUnified) switch
    {
        (FitTier.Accelerator, false) => "GPU",
        (FitTier.Accelerator, true) => "unified",
        (FitTier.AcceleratorAndRam, false) => "GPU+RAM",
        (FitTier.AcceleratorAndRam, true) => "unified+CPU",
        (FitTier.Ram, false) => "RAM",
        (FitTier.Ram, true) => "CPU",
        (FitTier.Storage, _) => "storage",
        _ => NumberFormat.Absent,
    };

    /// <summary>The memory of graphics processors that can be used.</summary>
    public static string FormatGpus(UsableMachine machine) => machine.UsableGpuBytes.Count == 0 ? NumberFormat.Absent
        : string.Join(" + ", machine.UsableGpuBytes.GroupBy(bytes => bytes)
            .Select(same => (same.Count() > 1 ? $"{same.Count()} × " : "") + NumberFormat.Bytes(same.Key)));

    /// <summary>What a table assumes and leaves out, and what its bounds mean.</summary>
    public static IReadOnlyList<string> FormatNotes(MachineMatrix table)
    {
        var fits = table.Models.SelectMany(model => model.Machines).SelectMany(machine => machine.Contexts).ToList();
        var notes = new List<string>();
        if (fits.Any(fit => fit.MaxTokensPerSecond is not null))
        {
            // A system that takes less than the reserve leaves room for more of the model in faster memory.
            notes.Add("≤ is an upper bound with the reserve below, not a forecast of the speed: bandwidth ÷ the bytes that one token reads "
                + "at the end of the context, in tokens per second of one stream.");
        }
        if (fits.Any(fit => FindEven(fit) is not null))
        {
            notes.Add("The bound of a mixture of experts on storage holds where tokens use the same experts again and again; in brackets, "
                + "where they use all evenly.");
        }
        notes.Add(FormatReserve(table));
        if (FormatBandwidths(table.Bandwidths) is { } bandwidths)
            notes.Add(bandwidths);
        var gaps = fits.Select(fit => fit.BoundGap).Where(gap => gap != FitGap.None).Distinct().Select(FormatGap).ToList();
        if (gaps.Count > 0)
            notes.Add($"A dash stands for a bound where {WordFormat.List(gaps)}.");
        if (Names(table, model => model.MayFitCaches) is { } small)
            notes.Add($"{small}: so small that a processor's caches can hold it, and then faster than its bound.");
        if (Names(table, model => !model.IsKnownArchitecture) is { } unknown)
            notes.Add($"{unknown}: an architecture that is not known; its sizes may be too small.");
        if (Names(table, model => model.Machines[0].Contexts.Any(context => context.ContextTokens > model.TrainedContextTokens))
            is { } beyond)
            notes.Add($"{beyond}: some contexts are longer than the trained one; answers may be poor.");
        return notes;
    }

    /// <summary>What the machines keep for themselves.</summary>
    public static string FormatReserve(MachineMatrix table)
    {
        var parts = new List<string>();
        if (table.Machines.Any(machine => machine.UsableRamBytes is not null))
        {
            parts.Add(table.Reserve.RamBytes is { } ram ? $"{NumberFormat.Bytes(ram)} of RAM" : "a quarter of the RAM, at most 4 GiB");
            if (table.Machines.Any(machine => machine.Machine.IsUnified))
                parts.Add("the part of unified memory that macOS keeps from its GPU");
        }
        if (table.Machines.Any(machine => machine.Machine.Gpus.Count > 0))
            parts.Add($"{NumberFormat.Bytes(table.Reserve.GpuBytes)} of each GPU");
        return $"Left to the system and the server: {WordFormat.List(parts)}. GB of memory count as GiB, as makers mean them.";
    }

    private static string? FormatBandwidths(MemoryBandwidths bandwidths)
    {
        var known = new[] { ("GPU", bandwidths.Gpu), ("RAM", bandwidths.Ram), ("unified memory", bandwidths.Unified),
                ("storage", bandwidths.Storage) }
            .Where(entry => entry.Item2 is not null)
            .Select(entry => $"{entry.Item1} {NumberFormat.Bandwidth(entry.Item2!.BytesPerSecond)}" + (entry.Item2 switch
            {
                { MeasuredBy: { } run, IsDisturbed: true } =>
                    $" (measured by run {run} on a machine that was not quiet, so it may be too low)",
                { MeasuredBy: { } run } => $" (measured by run {run})",
                _ => "",
            })).ToList();
        return known.Count == 0 ? null : $"Bandwidths: {WordFormat.List(known)}.";
    }

    private static string? Names(MachineMatrix table, Func<ModelOnMachines, bool> which)
    {
        var names = table.Models.Where(which).Select(model => ModelLabel.Create(model.Model)).ToList();
        return names.Count == 0 ? null : WordFormat.List(names);
    }

    private static string FormatMachine(MachineSpec machine) => WordFormat.SingleLine(machine.Name)
        + (machine.Name == machine.Description ? "" : $" ({WordFormat.SingleLine(machine.Description)})");

    private static string FormatUpTo(ModelOnMachine fit, int tokens) =>
        (tokens == fit.SoughtContextTokens ? "all " : "up to ") + NumberFormat.Tokens(tokens) + " tokens";

    private static string FormatAccelerator(MachineSpec machine) => machine switch
    {
        { IsUnified: true } => "in the GPU's share of unified memory",
        { Gpus.Count: > 1 } => "on the GPUs",
        _ => "on the GPU",
    };

    private static string FormatMemory(ModelOnMachine fit) => fit.Spec switch
    {
        { IsUnified: true } => "in unified memory, some layers on the CPU",
        { Gpus.Count: > 0 } => "with a part in RAM",
        _ => "in RAM",
    };

    // The largest context of the tier, which is the slowest.
    private static string FormatBoundIn(ModelOnMachine fit, params FitTier[] tiers) =>
        fit.Contexts.Where(context => tiers.Contains(context.Tier)).MaxBy(context => context.ContextTokens)
            is { MaxTokensPerSecond: { } bound } slowest
            ? $" (≤ {NumberFormat.RateBound(bound)} t/s at {NumberFormat.Context(slowest.ContextTokens)})" : "";

    private static string? FormatStorage(ModelOnMachine fit)
    {
        var held = fit.Contexts.Where(context => context.Tier == FitTier.Storage).OrderBy(context => context.ContextTokens).ToList();
        if (held.Count == 0)
            return fit.StorageContextTokens > (fit.MemoryContextTokens ?? 0) ? "beyond partly from storage" : null;
        var texts = new[] { held[0], held[^1] }.Distinct().Select(context => FormatContextOnStorage(context, context == held[0]));
        return string.Join(", ", texts);
    }

    private static string FormatContextOnStorage(MachineFit fit, bool isFirst)
    {
        var text = $"at {NumberFormat.Context(fit.ContextTokens)}{(isFirst ? " partly from storage" : "")}";
        if (fit.MaxTokensPerSecond is not { } bound)
            return text;
        text += $" at ≤ {NumberFormat.RateBound(bound)} t/s";
        return FindEven(fit) is { } even
            ? $"{text} (≤ {NumberFormat.RateBound(even)} t/s where experts are used evenly)" : text;
    }

    // Where keys and values fill the memory, no expert is found in it, and both rates are the same.
    private static double? FindEven(MachineFit fit) =>
        fit is { EvenExpertsTokensPerSecond: { } even, MaxTokensPerSecond: { } bound }
            && NumberFormat.RateBound(even) != NumberFormat.RateBound(bound) ? even : null;

    private static string FormatGap(FitGap gap) => gap switch
    {
        FitGap.Weights => "the size of its weights is not known",
        FitGap.Vocabulary => "the size of its vocabulary is not known",
        FitGap.GpuBandwidth => "the GPU's bandwidth is not known",
        FitGap.RamBandwidth => "the RAM's bandwidth is not known",
        FitGap.UnifiedBandwidth => "the unified memory's bandwidth is not known",
        FitGap.StorageBandwidth => "the storage's bandwidth is not known",
        FitGap.NoRam => "it is more than the GPU holds and no RAM is described",
        FitGap.RamTooSmall => "buffers and one layer are more than the RAM that can be used",
        FitGap.StorageTooSmall => "the storage is too small for it",
        _ => "nothing is absent",
    };
}

using System.Globalization;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Machine.Telemetry;
using MemoryWall.Models.Forecast;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>How much memory weights, KV cache and rings may take.</summary>
internal static class TierBudget
{
    // What the runtime, llama.cpp and the kernel take for us beyond what they hold when the plan is made: code that is compiled later,
    // buffers of requests, tables of pages.
    private const long HeadroomBytes = 16 * ByteSize.MiB;

    /// <summary>What was asked for, or what the control group's limit leaves.</summary>
    /// <param name="plan">What was asked for.</param>
    /// <param name="computeBytes">Buffers that are there and will be touched.</param>
    /// <param name="windowTokens">The longest request.</param>
    /// <exception cref="RefusedException">Neither is there.</exception>
    public static long Compute(TierPlan plan, long computeBytes, int windowTokens)
    {
        if (plan.MemoryBytes is { } asked)
            return asked;
        if (MachineReader.Read().MemoryLimitBytes is not { } limit)
            throw new RefusedException(400,
                "tier.memory_bytes: it is missing, and no control group limits the memory of this server; say how much weights and KV cache may take, for example --tier /path,2G");
        // What was needed to read the model's header is given back to the system, so that the tier can have it.
        MemoryTrimmer.ReleaseToSystem();
        return limit - ReadUsedBytes() - computeBytes - (long)ForecastSettings.RequestBytesPerToken * windowTokens - HeadroomBytes;
    }

    /// <summary>
    /// What llama.cpp will touch of its compute buffers. They are sized for the scores of every token of a batch, of which one is asked
    /// for: with a large vocabulary most of them is never touched.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="context">The context's options.</param>
    /// <param name="reserved">The buffers' bytes; what is said where no forecast can be made.</param>
    public static long EstimateTouchedComputeBytes(ModelShape shape, ContextOptions context, long reserved)
    {
        var settings = ForecastSettings.ForEmbedded(
            new TargetOptions { BatchTokens = context.BatchTokens, KvType = context.KvType, FlashAttention = "on" },
            shape) with
        { Repack = false };
        if (MemoryForecast.FindProblems(shape, settings).Count > 0)
            return reserved;
        var row = MemoryForecast.Compute(shape, settings, context.WindowTokens);
        var touched = row.ResidentBytes - row.WeightsBytes - row.KvBytes - row.RecurrentBytes - row.OtherBytes;
        return touched is { } bytes && bytes < reserved ? bytes : reserved;
    }

    // What others in the same group hold counts against the limit too. Mapped files do as long as they are used, so the programs' pages are
    // counted where they are charged to this group, and not where another read them first. Where the group does not tell, our own memory
    // does, with all the files that we have mapped.
    private static long ReadUsedBytes() => ReadGroupBytes() ?? ReadProcessBytes();

    private static long ReadProcessBytes() => (Sum("/proc/self/status", "RssAnon:", "RssShmem:", "RssFile:") ?? 0) * 1024;

    private static long? ReadGroupBytes()
    {
        foreach (var line in Lines("/proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
                continue;
            if (controllers.Split(',').Contains("memory"))
                return ReadV1GroupBytes($"/sys/fs/cgroup/memory{path}") ?? ReadV1GroupBytes("/sys/fs/cgroup/memory");
            if (controllers.Length == 0 && ReadV2GroupBytes($"/sys/fs/cgroup{path}") is { } bytes)
                return bytes;
        }
        return ReadV2GroupBytes("/sys/fs/cgroup");
    }

    // The two versions of control groups name the same things differently.
    private static long? ReadV1GroupBytes(string group) =>
        Sum($"{group}/memory.stat", "total_rss", "total_mapped_file")
            + (Number(Lines($"{group}/memory.kmem.usage_in_bytes").FirstOrDefault()) ?? 0);

    private static long? ReadV2GroupBytes(string group) => Sum($"{group}/memory.stat", "anon", "file_mapped", "kernel");

    // Of lines that begin with a name and a number; null where the first of the names is not there.
    private static long? Sum(string path, params string[] names)
    {
        var found = (from line in Lines(path)
                     let words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                     where words.Length > 1 && names.Contains(words[0])
                     select (Name: words[0], Value: Number(words[1]))).ToList();
        return found.Any(field => field.Name == names[0] && field.Value is not null) ? found.Sum(field => field.Value ?? 0) : null;
    }

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

using System.Globalization;
using MemoryWall.Facts;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Memory;
using MemoryWall.Models;
using MemoryWall.Telemetry;
using MemoryWall.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>How much memory weights, KV cache and rings may take.</summary>
internal static class TierBudget
{
    // Programs mapped from files, kernel memory of the process, and what the runtime and llama.cpp take beyond what they hold when the plan is made.
    private const long Reserve = 40 * ByteSize.MiB;

    /// <summary>What was asked for, or what the control group's limit leaves.</summary>
    /// <param name="plan">What was asked for.</param>
    /// <param name="computeBytes">Buffers that are there and will be touched.</param>
    /// <exception cref="RefusedException">Neither is there.</exception>
    public static long Of(TierPlan plan, long computeBytes)
    {
        if (plan.MemoryBytes is { } asked)
            return asked;
        if (MachineReader.Read().MemoryLimitBytes is not { } limit)
            throw new RefusedException(400, "tier.memory_bytes: it is missing, and no control group limits the memory of this server; say how much weights and KV cache may take, for example --tier /path,2G");
        // What was needed to read the model's header is given back to the system, so that the tier can have it.
        UnusedMemory.GiveBack();
        return limit - Taken() - computeBytes - Reserve;
    }

    /// <summary>
    /// What llama.cpp will touch of its compute buffers. They are sized for the scores of every token of a batch, of which one is asked for: with a
    /// large vocabulary most of them is never touched.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="context">The context's options.</param>
    /// <param name="reserved">The buffers' bytes; what is said where no forecast can be made.</param>
    public static long ComputeBytes(ModelShape shape, ContextOptions context, long reserved)
    {
        var settings = ForecastSettings.Embedded(new TargetOptions { BatchTokens = context.BatchTokens, KvType = context.KvType, FlashAttention = "on" }, shape) with { Repack = false };
        if (MemoryForecast.Check(shape, settings).Count > 0)
            return reserved;
        var row = MemoryForecast.At(shape, settings, context.WindowTokens);
        var touched = row.ResidentBytes - row.WeightsBytes - row.KvBytes - row.RecurrentBytes - row.OtherBytes;
        return touched is { } bytes && bytes < reserved ? bytes : reserved;
    }

    // What others in the same group hold counts against the limit too; where the group does not tell, our own does.
    private static long Taken() => Math.Max(Group() ?? 0, Own() ?? 0);

    private static long? Own() => Field("/proc/self/status", "RssAnon:") * 1024;

    private static long? Group()
    {
        foreach (var line in Lines("/proc/self/cgroup"))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
                continue;
            if (controllers.Split(',').Contains("memory"))
                return Field($"/sys/fs/cgroup/memory{path}/memory.stat", "total_rss") ?? Field("/sys/fs/cgroup/memory/memory.stat", "total_rss");
            if (controllers.Length == 0 && Field($"/sys/fs/cgroup{path}/memory.stat", "anon") is { } anonymous)
                return anonymous;
        }
        return Field("/sys/fs/cgroup/memory.stat", "anon");
    }

    private static long? Field(string path, string name)
    {
        foreach (var line in Lines(path))
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var first, var second, ..] && first == name)
                return long.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
        return null;
    }

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

using System.Globalization;
using System.Text.RegularExpressions;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// What a llama-server, another program of llama.cpp, or its <c>--fit</c> run logged about its memory and its settings: the referee of a
/// forecast. The lines are those of <c>load_tensors</c>, <c>llama_context</c>, <c>llama_kv_cache</c>, <c>llama_memory_recurrent</c> and
/// <c>sched_reserve</c>; builds since 2026 print them with <c>-lv 4</c>. What the log does not tell is null.
/// </summary>
internal sealed partial record ServerLog
{
    private const double MiB = 1 << 20;

    // A server logs its memory at its start; what follows are requests.
    private const int MaxLines = 200_000;
    private const int MaxLineLength = 4096;

    /// <summary>The build number.</summary>
    public int? Build { get; private set; }

    /// <summary>The context window in tokens (<c>n_ctx</c>), of the first context.</summary>
    public int? ContextTokens { get; private set; }

    /// <summary>Slots (<c>n_seq_max</c>).</summary>
    public int? Slots { get; private set; }

    /// <summary>Whether the slots share one cache.</summary>
    public bool? UnifiedCache { get; private set; }

    /// <summary>Prompt tokens in one call.</summary>
    public int? BatchTokens { get; private set; }

    /// <summary>Tokens computed at once.</summary>
    public int? MicroBatchTokens { get; private set; }

    /// <summary>Tokens whose logits are reserved.</summary>
    public int? OutputTokens { get; private set; }

    /// <summary>Whether flash attention is used.</summary>
    public bool? FlashAttention { get; private set; }

    /// <summary>Whether sliding-window layers store the whole context.</summary>
    public bool FullSlidingWindow { get; private set; }

    /// <summary>Element type of the keys.</summary>
    public KvCacheType? KeyType { get; private set; }

    /// <summary>Element type of the values.</summary>
    public KvCacheType? ValueType { get; private set; }

    /// <summary>Whether weights were repacked for the processor.</summary>
    public bool Repack { get; private set; }

    /// <summary>Bytes of the weights, over all devices.</summary>
    public long? WeightsBytes { get; private set; }

    /// <summary>Bytes of the KV caches, over all devices.</summary>
    public long? KvBytes { get; private set; }

    /// <summary>Bytes of recurrent states, over all devices.</summary>
    public long? RecurrentBytes { get; private set; }

    /// <summary>Bytes of the compute buffers, over all devices.</summary>
    public long? ComputeBytes { get; private set; }

    /// <summary>Bytes of what drafts, apart from the model: a context for its own prediction layers, or a draft model with its
    /// weights.</summary>
    public long? DraftBytes { get; private set; }

    /// <summary>Whether mapped weights are in several ranges.</summary>
    public bool MapsRangesApart => _mappedRanges > 1;

    /// <summary>Bytes of all accelerators that <c>--fit</c> projected.</summary>
    public long? ProjectedBytes { get; private set; }

    /// <summary>Bytes of RAM that <c>--fit</c> projected; it does so where there is no accelerator.</summary>
    public long? ProjectedHostBytes { get; private set; }

    /// <summary>The context for which <c>--fit</c> projected, where it then reduced it; null where it kept it.</summary>
    public int? ProjectedContextTokens { get; private set; }

    /// <summary>What <c>--fit</c> projected for each accelerator and for RAM at first, before it changed anything.</summary>
    public IReadOnlyList<ProjectedDevice> Projected => [.. _projected.Values];

    private readonly Dictionary<string, ProjectedDevice> _projected = new(StringComparer.Ordinal);
    private int _mappedRanges;
    private bool _isFitted;

    // Compute buffers of the context that the log is at, and those that it is about to replace.
    private long _reserved;
    private long _replaced;

    /// <summary>Whether the log tells any part of the memory.</summary>
    public bool HasMemory => WeightsBytes is not null || KvBytes is not null || RecurrentBytes is not null || ComputeBytes is not null
        || ProjectedBytes is not null || ProjectedHostBytes is not null || _projected.Count > 0;

    /// <summary>Reads a log. What comes after the first context, or with the loading of a draft model, is the drafts'.</summary>
    /// <param name="lines">Its lines.</param>
    public static ServerLog Read(IEnumerable<string> lines)
    {
        var log = new ServerLog();
        var contexts = 0;
        foreach (var line in lines.Take(MaxLines))
        {
            if (line.Length > MaxLineLength)
                continue;
            if (line.Contains("constructing llama_context", StringComparison.Ordinal))
                (contexts, log._reserved, log._replaced) = (contexts + 1, 0, 0);
            // A context that reserves again gives the buffers of before back.
            if (line.Contains("sched_reserve: reserving", StringComparison.Ordinal))
                (log._replaced, log._reserved) = (log._replaced + log._reserved, 0);
            // What is broken down later is a trial of other settings, or the memory at the server's end.
            log._isFitted |= line.Contains("projected to use", StringComparison.Ordinal);
            if (line.Contains("loading draft model", StringComparison.Ordinal))
                contexts = Math.Max(contexts, 2);
            if (contexts <= 1)
                log.Take(line);
            else if (BufferSize().Match(line) is { Success: true } buffer && Mebibytes(buffer.Groups["size"]) is { } bytes)
            {
                log.DraftBytes = (log.DraftBytes ?? 0) + (buffer.Groups["kind"].Value == "compute" ? log.Reserve(bytes) : bytes);
            }
        }
        return log;
    }

    /// <summary>What a compute buffer adds to those of its context: all of it, or what it has more than the one in its place.</summary>
    private long Reserve(long bytes)
    {
        var added = bytes - _replaced;
        (_reserved, _replaced) = (_reserved + bytes, 0);
        return added;
    }

    /// <summary>The settings that the log tells, over others.</summary>
    public ForecastSettings Apply(ForecastSettings settings) => (Build is null ? settings
            : Served(settings)) with
    {
        Sequences = Slots ?? settings.Sequences,
        UnifiedCache = UnifiedCache ?? settings.UnifiedCache,
        BatchTokens = BatchTokens ?? settings.BatchTokens,
        MicroBatchTokens = MicroBatchTokens ?? settings.MicroBatchTokens,
        OutputTokens = OutputTokens ?? (Build is null ? settings.OutputTokens
                : Served(settings).OutputTokens),
        FlashAttention = FlashAttention ?? settings.FlashAttention,
        FullSlidingWindow = FullSlidingWindow || settings.FullSlidingWindow,
        KeyType = KeyType ?? settings.KeyType,
        ValueType = ValueType ?? settings.ValueType,
        Repack = Repack || settings.Repack,
        MapsRangesApart = MapsRangesApart || settings.MapsRangesApart,
    };

    private ForecastSettings Served(ForecastSettings settings) => new ServerOptions
    {
        Slots = Slots ?? settings.Sequences,
        Build = Build,
        DraftTokens = settings.DraftTokens,
    }.Apply(settings);

    private void Take(string line)
    {
        if (BufferSize().Match(line) is { Success: true } buffer && Mebibytes(buffer.Groups["size"]) is { } bytes)
        {
            switch (buffer.Groups["kind"].Value)
            {
                case "model":
                    WeightsBytes = (WeightsBytes ?? 0) + bytes;
                    Repack |= buffer.Groups["device"].Value.Contains("REPACK", StringComparison.Ordinal);
                    _mappedRanges += buffer.Groups["device"].Value == "CPU_Mapped" ? 1 : 0;
                    break;
                case "KV": KvBytes = (KvBytes ?? 0) + bytes; break;
                case "RS" or "state": RecurrentBytes = (RecurrentBytes ?? 0) + bytes; break;
                case "compute": ComputeBytes = (ComputeBytes ?? 0) + Reserve(bytes); break;
            }
        }
        else if (Setting().Match(line) is { Success: true } setting)
            TakeSetting(setting.Groups["name"].Value, setting.Groups["value"].Value);
        else if (CacheTypes().Match(line) is { Success: true } types)
        {
            KeyType = KvCacheType.TryParse(types.Groups["k"].Value, out var key) ? key : KeyType;
            ValueType = KvCacheType.TryParse(types.Groups["v"].Value, out var value) ? value : ValueType;
        }
        else if (ProjectedSum().Match(line) is { Success: true } projected)
        {
            if (projected.Groups["where"].Value == "host")
                ProjectedHostBytes ??= Mebibytes(projected.Groups["size"]);
            else
                ProjectedBytes ??= Mebibytes(projected.Groups["size"]);
        }
        else if (Breakdown().Match(line) is { Success: true } parts && !_isFitted)
        {
            _projected.TryAdd(parts.Groups["device"].Value, new ProjectedDevice(parts.Groups["device"].Value,
                Mebibytes(parts.Groups["self"]), Mebibytes(parts.Groups["model"]), Mebibytes(parts.Groups["context"]),
                Mebibytes(parts.Groups["compute"])));
        }
        else if (ProjectedOne().Match(line) is { Success: true } one)
        {
            _projected.TryAdd(one.Groups["device"].Value,
                new ProjectedDevice(one.Groups["device"].Value, Mebibytes(one.Groups["used"]), null, null, null));
        }
        else if (Reduced().Match(line) is { Success: true } reduced)
            ProjectedContextTokens ??= Number(reduced.Groups["from"].Value);
        else if (BuildNumber().Match(line) is { Success: true } build)
            Build ??= Number(build.Groups["build"].Value);
        else if (line.Contains("Flash Attention enabled", StringComparison.Ordinal))
            FlashAttention = true;
        else if (line.Contains("Flash Attention not supported", StringComparison.Ordinal))
            FlashAttention = false;
        else if (line.Contains("using full-size SWA cache", StringComparison.Ordinal))
            FullSlidingWindow = true;
    }

    private void TakeSetting(string name, string value)
    {
        switch (name)
        {
            case "n_ctx": ContextTokens = Number(value); break;
            case "n_seq_max": Slots = Number(value); break;
            case "n_batch": BatchTokens = Number(value); break;
            case "n_ubatch": MicroBatchTokens = Number(value); break;
            case "n_outputs_max": OutputTokens = Number(value); break;
            case "kv_unified": UnifiedCache = value == "true"; break;
            case "flash_attn" when value is "enabled" or "1": FlashAttention = true; break;
            case "flash_attn" when value is "disabled" or "0": FlashAttention = false; break;
        }
    }

    private static long? Mebibytes(Group text) =>
        double.TryParse(text.ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var size) && size < 1e12
            ? (long)Math.Round(size * MiB) : null;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    [GeneratedRegex(@"(?<device>\S+)\s+(?:DSV4 \w+ )?(?<kind>model|KV|RS|compute|state) buffer size\s*=\s*(?<size>\d+(\.\d+)?) MiB")]
    private static partial Regex BufferSize();

    [GeneratedRegex(@"llama_context: (?<name>n_ctx|n_seq_max|n_batch|n_ubatch|n_outputs_max|kv_unified|flash_attn)\s+= (?<value>\w+)\s*$")]
    private static partial Regex Setting();

    [GeneratedRegex(@"llama_kv_cache\w*:\s+size =.*K \((?<k>\w+)\):.*V \((?<v>\w+)\):")]
    private static partial Regex CacheTypes();

    [GeneratedRegex(@"projected to use (?<size>\d+) MiB of (?<where>host|device) memory")]
    private static partial Regex ProjectedSum();

    [GeneratedRegex(@"fit_impl:\s+- (?<device>\w+) \(.*\):\s+\d+ total,\s+(?<used>\d+) used,")]
    private static partial Regex ProjectedOne();

    // Of an accelerator "total = free + (self = model + context + compute) + unaccounted", of RAM "self = model + context + compute".
    [GeneratedRegex(@"breakdown_print: \|\s+- (?<device>\w+)[^|]*\|(?:\s*\d+ =\s*\d+ \+ \()?\s*(?<self>\d+) =\s*(?<model>\d+) \+"
        + @"\s*(?<context>\d+) \+\s*(?<compute>\d+)[\s)]")]
    private static partial Regex Breakdown();

    [GeneratedRegex(@"fit_impl: context size reduced from (?<from>\d+) to \d+")]
    private static partial Regex Reduced();

    [GeneratedRegex(@"(?:^|\W)build(?:_info)?:? b?(?<build>\d{3,6})\b")]
    private static partial Regex BuildNumber();
}

/// <summary>What a <c>--fit</c> run projected for one device.</summary>
/// <param name="Name">The device: <c>CUDA0</c>, …; <c>Host</c> for RAM.</param>
/// <param name="Bytes">All of it; null where it is out of range.</param>
/// <param name="ModelBytes">The part in weights; null where the log has only the sum.</param>
/// <param name="ContextBytes">The part in caches and states; null where the log has only the sum.</param>
/// <param name="ComputeBytes">The part in compute buffers; null where the log has only the sum.</param>
internal sealed record ProjectedDevice(string Name, long? Bytes, long? ModelBytes, long? ContextBytes, long? ComputeBytes);

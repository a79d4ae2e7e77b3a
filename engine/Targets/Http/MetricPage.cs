using System.Collections.Frozen;

namespace MemoryWall.Targets.Http;

/// <summary>
/// A page in Prometheus' text format. A metric has one sample for each set of labels (each engine, each processor, each disk).
/// </summary>
internal sealed class MetricPage
{
    // A large node_exporter has some thousands. Each sample takes some hundred bytes of memory.
    private const int MaxSamples = 100_000;
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<MetricSample>> s_noGroups =
        FrozenDictionary<string, IReadOnlyList<MetricSample>>.Empty;
    private readonly Dictionary<string, List<MetricSample>> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, string Label), IReadOnlyDictionary<string, IReadOnlyList<MetricSample>>> _groups = [];

    private MetricPage()
    {
    }

    /// <summary>Which line is the first that does not have the format, and the number of samples that are too many; null where the whole
    /// page was read. The samples of other lines are there nevertheless.</summary>
    public string? Problem { get; private set; }

    /// <summary>The names of its metrics.</summary>
    public IReadOnlyCollection<string> Names => _samples.Keys;

    /// <summary>The latest time that a sample of the page has, in Unix milliseconds; null where none has one.</summary>
    public long? LatestTimestamp { get; private set; }

    /// <summary>The samples of a metric; empty where the page has none.</summary>
    public IReadOnlyList<MetricSample> this[string name] => _samples.TryGetValue(name, out var samples) ? samples : [];

    /// <summary>Reads a page. Never throws.</summary>
    public static MetricPage Parse(string text)
    {
        var page = new MetricPage();
        var byName = page._samples.GetAlternateLookup<ReadOnlySpan<char>>();
        var (number, count) = (0, 0);
        // A label may contain every other character at which texts are split into lines.
        foreach (var range in text.AsSpan().Split('\n'))
        {
            number++;
            var line = text.AsSpan()[range].Trim(" \t\r");
            if (line.IsEmpty || line[0] == '#')
                continue;
            if (!MetricLine.TryParse(line, out var name, out var sample))
            {
                page.Problem ??= FormattableString.Invariant($"line {number} is not a sample of Prometheus' text format");
                continue;
            }
            if (++count > MaxSamples)
            {
                page.Problem = FormattableString.Invariant($"it has more than {MaxSamples} samples");
                return page;
            }
            if (!byName.TryGetValue(name, out var samples))
                byName[name] = samples = [];
            samples.Add(sample!);
            if (sample!.TimestampMilliseconds is { } at && !(at <= page.LatestTimestamp))
                page.LatestTimestamp = at;
        }
        return page;
    }

    /// <summary>The finite numbers of the first of these metrics that has any; empty where none has.</summary>
    public IReadOnlyList<double> ReadFinite(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var values = this[name].Select(sample => sample.Value).Where(double.IsFinite).ToList();
            if (values.Count > 0)
                return values;
        }
        return [];
    }

    /// <summary>The samples of a metric by the value of a label; samples without it are left out.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<MetricSample>> Group(string name, string label)
    {
        if (!_samples.TryGetValue(name, out var samples))
            return s_noGroups;
        if (!_groups.TryGetValue((name, label), out var groups))
        {
            _groups[(name, label)] = groups = samples.Where(sample => sample.Label(label) is not null)
                .GroupBy(sample => sample.Label(label)!)
                .ToDictionary(group => group.Key, group => (IReadOnlyList<MetricSample>)[.. group], StringComparer.Ordinal);
        }
        return groups;
    }

    /// <summary>The sum of the samples for which a condition holds; null where there is none, or one of them is not a finite
    /// number.</summary>
    public double? Sum(string name, Func<MetricSample, bool>? condition = null) => Sum(this[name], condition);

    /// <summary>The same of some samples.</summary>
    public static double? Sum(IReadOnlyList<MetricSample> samples, Func<MetricSample, bool>? condition = null)
    {
        double? sum = null;
        foreach (var sample in samples)
        {
            if (condition?.Invoke(sample) != false)
                sum = (sum ?? 0) + sample.Value;
        }
        return sum is { } known && double.IsFinite(known) ? sum : null;
    }
}

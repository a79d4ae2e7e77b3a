using System.Text.RegularExpressions;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Telemetry;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Power and energy of a phase, of the parts of the machine that report theirs.</summary>
/// <param name="Watts">Mean power in the time covered by samples, all sources together.</param>
/// <param name="IdleWatts">Power of the same sources while the machine was idle; null where it was not measured.</param>
/// <param name="Length">The phase's length.</param>
/// <param name="Coverage">Share of the phase that the samples of the worst source cover, 0 to 1.</param>
/// <param name="Sources">The columns that it is the sum of. Other parts (disks, fans, power supply) are not in it.</param>
internal sealed partial record PhaseEnergy(double Watts, double? IdleWatts, TimeSpan Length, double Coverage, IReadOnlyList<string> Sources)
{
    /// <summary>Energy above idle for the whole phase, as mean power times its length; null where idle power is unknown.</summary>
    public double? NetJoules => (Watts - IdleWatts) * Length.TotalSeconds;

    /// <summary>Energy for the whole phase, idle included, as mean power times its length.</summary>
    public double GrossJoules => Watts * Length.TotalSeconds;

    /// <summary>Energy above idle for each token of the phase; null where idle power is unknown or there was no token.</summary>
    /// <param name="tokens">Tokens computed in the phase: those of the prompt for prefill, those generated for generation.</param>
    public double? NetJoulesPerToken(int? tokens) => tokens > 0 ? NetJoules / tokens : null;

    /// <summary>Whether a run with these columns reads any power of this machine.</summary>
    public static bool HasPowerColumns(TelemetrySchema schema) => PowerColumns(schema).Any();

    /// <summary>Whether a run with these columns reads any power through exporters.</summary>
    public static bool HasPowerColumnsOfExporters(TelemetrySchema schema) =>
        ExporterView.FindPrefixes(schema).Any(prefix => HasPowerColumns(ExporterView.See(schema, prefix)));

    /// <summary>
    /// The energy of a phase; null where no power source was read in at least half of it. Energy is never estimated from other readings.
    /// </summary>
    /// <param name="phase">The phase.</param>
    /// <param name="idle">An idle time (before the first trial), for the idle power; null where there is
    /// none.</param>
    /// <param name="rules">The share of the phase that samples must cover.</param>
    public static PhaseEnergy? Compute(PhaseTelemetry phase, PhaseTelemetry? idle, PhaseRules rules)
    {
        var sources = PowerColumns(phase.Schema);
        double watts = 0;
        double? idleWatts = idle is null ? null : 0;
        var coverage = 1.0;
        var used = new List<string>();
        foreach (var column in sources)
        {
            if (Power(phase, column) is not { } power)
                continue;
            watts += power.Watts;
            coverage = Math.Min(coverage, power.Coverage);
            idleWatts += idle is null ? null : Power(idle, column)?.Watts;
            used.Add(column.Name);
        }
        return used.Count == 0 || coverage < rules.MinEnergyCoverage
            ? null
            : new PhaseEnergy(watts, idleWatts, phase.Window.Length, coverage, used);
    }

    private static (double Watts, double Coverage)? Power(PhaseTelemetry phase, TelemetryColumn column) => column.Kind switch
    {
        // A part that is on uses energy: a counter that stands still was not refreshed within the phase.
        MetricKind.Counter when phase.Counter(column.Name) is { Delta: > 0 } joules => (joules.PerSecond, joules.Coverage),
        MetricKind.Gauge when phase.Gauge(column.Name) is { } watts => (watts.Mean, watts.Coverage),
        _ => null,
    };

    // Processor packages and their memory, and each accelerator: its energy counter, else its power. "psys" and "core" count the same
    // energy twice.
    private static IEnumerable<TelemetryColumn> PowerColumns(TelemetrySchema schema)
    {
        foreach (var column in schema.Columns)
        {
            if (EnergyCounterColumn().IsMatch(column.Name))
                yield return column;
            else if (GpuPowerColumn().Match(column.Name) is { Success: true } gpu
                && schema.IndexOf($"{gpu.Groups[1].Value}_energy_joules_total") is null)
                yield return column;
        }
    }

    [GeneratedRegex(@"^(energy_(package|dram)\w*|gpu\d+_energy)_joules_total$")]
    private static partial Regex EnergyCounterColumn();

    [GeneratedRegex(@"^((?:amd_)?gpu\d+)_power_watts$")]
    private static partial Regex GpuPowerColumn();
}

using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Models.Shapes;
using MemoryWall.Models.Synthetic;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Memory forecasts for models, computed from their shapes without running them.</summary>
public static class Forecast
{
    /// <summary>The forecast memory of a model at several contexts.</summary>
    /// <param name="model">A known model (<c>llama-3.1-8b</c>), a synthetic preset (<c>nano</c>) or a GGUF file.</param>
    /// <param name="contexts">Contexts, as for a sweep: <c>2k..128k*2</c>.</param>
    /// <param name="budget">The available memory, for example <c>16GB</c>; null for a forecast without a wall.</param>
    /// <param name="kvType">Element type of the KV cache; null for f16.</param>
    /// <exception cref="FormatException">The model, the type or a size is unknown.</exception>
    public static ForecastTable Table(string model, string contexts = "2k..128k*2", string? budget = null, string? kvType = null) =>
        MemoryForecast.ComputeTable(
        FindShape(model), ForecastSettings.FromOptions(new TargetOptions { KvType = kvType }),
        ContextList.Parse(contexts).Select(tokens => tokens.Value),
        budget is null ? null : new MemoryBudget(ByteSize.Parse(budget)));

    /// <summary>Models × contexts × machines: what fits where, and an upper bound of tokens per second.</summary>
    /// <param name="models">Models as for <see cref="Table"/>, with commas between them.</param>
    /// <param name="machines">Machines with commas between them: <c>16GB</c> (RAM), <c>24GB-gpu</c>, <c>64GB+2x24GB-gpu</c>,
    /// <c>laptop=36GB-unified</c>; a bandwidth follows @.</param>
    /// <param name="bandwidths">Bandwidths of memories without one: <c>ram=60GB/s,gpu=1TB/s,storage=7GB/s</c>; null for none.</param>
    /// <param name="contexts">Contexts, as for a sweep.</param>
    /// <param name="kvType">Element type of the KV cache; null for f16.</param>
    /// <param name="reserve">Memory that the model does not get: <c>ram=2GiB,gpu=512MiB</c>; null for a quarter of the RAM, at most 4 GiB,
    /// and 1 GiB of each GPU.</param>
    /// <exception cref="FormatException">A model, a machine, a type, a size or a bandwidth cannot be read.</exception>
    public static MachineMatrix Machines(string models, string machines, string? bandwidths = null,
        string contexts = MachineFits.DefaultContexts, string? kvType = null, string? reserve = null) =>
        Fit([.. ModelNames.Split(models).Select(FindShape)], kvType, machines, bandwidths,
            [.. ContextList.Parse(contexts).Select(tokens => tokens.Value)], reserve);

    /// <summary>Models by their shapes on machines, as <see cref="Machines"/>.</summary>
    internal static MachineMatrix Fit(IReadOnlyList<ModelShape> shapes, string? kvType, string machines, string? bandwidths,
        IReadOnlyList<int> contexts, string? reserve)
    {
        var settings = ForecastSettings.FromOptions(new TargetOptions { KvType = kvType });
        foreach (var shape in shapes)
        {
            if (MemoryForecast.FindProblems(shape, settings) is [_, ..] problems)
                throw new FormatException(string.Join("; ", problems));
        }
        return MachineFits.Compute([.. shapes.Select(shape => (shape, settings))], contexts,
            CellOption.Parse(nameof(machines), () => MachineSpecParser.ParseList(machines)),
            reserve is null ? MemoryReserve.Default : CellOption.Parse(nameof(reserve), () => MemoryReserve.Parse(reserve)),
            bandwidths is null ? MemoryBandwidths.None : CellOption.Parse(nameof(bandwidths), () => MemoryBandwidths.Parse(bandwidths)));
    }

    /// <summary>What caches of several sizes make of a recorded trace, by simulation: found blocks, and how long users wait.</summary>
    /// <param name="trace">The trace in the format of Mooncake; a path, absolute or relative to the project's data folder.</param>
    /// <param name="model">The model whose KV cache is kept, as for <see cref="Table"/>.</param>
    /// <param name="run">The run whose times of prefill and generation are used.</param>
    /// <param name="ram">Sizes of RAM with commas between them; <c>0</c> for none. A bandwidth may follow @ (<c>64GiB@25GB/s</c>);
    /// without one, bringing a KV cache back from RAM takes no time.</param>
    /// <param name="tier">Storages with commas between them: <c>1TB@5GB/s</c>; null for none.</param>
    /// <param name="scale">The factor by which prompts and answers are shortened: <c>1/16</c>.</param>
    /// <exception cref="FormatException">An argument or the trace cannot be read, or the run has no times.</exception>
    /// <exception cref="IOException">The trace cannot be read.</exception>
    public static CacheForecasts Sessions(string trace, string model, Run run, string ram = "64GiB", string? tier = null,
        string scale = "1")
    {
        var shape = FindShape(model);
        var here = Path.Combine(NotebookFolders.Data, trace);
        var requests = CellOption.Parse(nameof(trace), () => TraceReader.Read(File.Exists(here) ? here : trace));
        var times = MeasuredTimes.Find(Runs.GetReport(run))
            ?? throw new FormatException("run: it has fewer than two contexts with prefill and generation");
        var bytes = KvTokenBytes.Find(shape, new ForecastSettings())
            ?? throw new FormatException($"model: the KV cache of '{model}' has no known size");
        var forecast = SessionForecast.Compute(
            new SessionForecastInput(new ScaledTrace(requests, CellOption.Parse(nameof(scale), () => TraceText.ParseScale(scale))), times,
                bytes),
            CellOption.Parse(nameof(ram), () => TraceText.ParseRam(ram)),
            tier is null ? [] : CellOption.Parse(nameof(tier), () => TraceText.ParseStorages(tier)));
        return new CacheForecasts(forecast, run, SessionForecastPhrases.FormatHeading(forecast, model),
            SessionForecastPhrases.FormatSource(run.Manifest, times, shape));
    }

    /// <summary>The names of the known models.</summary>
    public static IReadOnlyList<string> Models => KnownModels.Names;

    internal static ModelShape FindShape(string model)
    {
        if (KnownModels.TryGet(model, type: null, out var known))
            return known;
        if (model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
            return File.Exists(model)
                ? ModelShapeReader.Read(ModelMetadata.FromFile(model))
                : throw new FormatException($"model: there is no file '{model}'");
        try
        {
            return SyntheticModelCache.GetShape(SyntheticSpec.Parse(model));
        }
        catch (FormatException error)
        {
            throw new FormatException(
                $"model: '{model}' is neither a known model ({string.Join(", ", KnownModels.Names)}) "
                    + $"nor a GGUF file nor a synthetic model: "
                + error.Message, error);
        }
    }
}

using System.ComponentModel;
using System.Text.Json;
using MemoryWall.Cli.Views;
using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Models;
using MemoryWall.Sweeps;
using MemoryWall.Units;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall forecast</c>.</summary>
internal sealed class ForecastOptions : CommandSettings
{
    [CommandOption("-m|--model <MODEL>")]
    [Description("A well-known model (llama-3.1-8b), a synthetic preset or shape (nano), or a GGUF file")]
    [DefaultValue("nano")]
    public string Model { get; init; } = "nano";

    [CommandOption("--weights <TYPE>")]
    [Description("How a well-known model's weights are stored: f16, q8_0, q4_k_m, … (default: the usual download)")]
    public string? Weights { get; init; }

    [CommandOption("-c|--contexts <LIST>")]
    [Description("Contexts: 2k,8k,32k or 2k..128k*2")]
    [DefaultValue("2k..128k*2")]
    public string Contexts { get; init; } = "2k..128k*2";

    [CommandOption("-b|--budget <SIZE>")]
    [Description("Memory that there is: 16GiB, 700M")]
    public string? Budget { get; init; }

    [CommandOption("--vram <SIZE>")]
    [Description("Accelerator memory beside it, for --gpu-layers")]
    public string? Vram { get; init; }

    [CommandOption("--gpu-layers <COUNT>")]
    [Description("Layers on the accelerator")]
    public int? GpuLayers { get; init; }

    [CommandOption("--kv-type <TYPE>")]
    [Description("Element type of the KV cache: f16, q8_0, q4_0, …")]
    public string? KvType { get; init; }

    [CommandOption("--flash-attention <MODE>")]
    [Description("on, off or auto")]
    public string? FlashAttention { get; init; }

    [CommandOption("--json")]
    [Description("JSON on standard output")]
    public bool Json { get; init; }
}

/// <summary><c>memwall forecast</c>: the memory of each context, and the wall in a budget.</summary>
internal sealed class ForecastCommand : AsyncCommand<ForecastOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ForecastOptions options, CancellationToken cancellationToken)
    {
        var shape = await ShapeAsync(options, cancellationToken).ConfigureAwait(false);
        var settings = ForecastSettings.From(new TargetOptions { KvType = options.KvType, FlashAttention = options.FlashAttention, GpuLayers = options.GpuLayers });
        var problems = MemoryForecast.Check(shape, settings);
        if (problems.Count > 0)
            throw new FormatException(string.Join("; ", problems));
        var budget = options.Budget is { } size ? new MemoryBudget(ByteSize.Parse(size), options.Vram is { } vram ? ByteSize.Parse(vram) : null) : null;
        var table = MemoryForecast.Table(shape, settings, ContextList.Parse(options.Contexts).Select(tokens => tokens.Value), budget);
        if (options.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(table, FactsJson.Indented));
        else
            Write(table);
        return ExitCodes.Success;
    }

    private static void Write(ForecastTable table)
    {
        Terminal.Out.WriteLine($"{table.Model}, KV {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}");
        var rows = new Table().Border(TableBorder.Simple);
        foreach (var header in new[] { "context", "weights", "KV cache", "compute", "total" })
            rows.AddColumn(new TableColumn(header).RightAligned());
        foreach (var row in table.Rows)
            rows.AddRow(Cells.Tokens(row.ContextTokens), Size(row.WeightsBytes), Size(row.KvBytes + row.RecurrentBytes), Size(row.ComputeBytes), Size(row.TotalBytes));
        Terminal.Out.Write(rows);
        if (table.Wall is not { } wall)
            return;
        Terminal.Out.WriteLine(wall.Describe());
        foreach (var move in wall.Moves)
            Terminal.Out.WriteLine($"• {move.Change}: {Describe(move)}");
    }

    private static string Describe(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{Cells.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    private static async Task<ModelShape> ShapeAsync(ForecastOptions options, CancellationToken cancellation)
    {
        if (KnownModels.TryGet(options.Model, options.Weights is { } weights ? WeightType.Parse(weights) : null, out var known))
            return known;
        try
        {
            return ModelShapeReader.Read(ModelMetadata.FromFile(await ModelFile.FindAsync(options.Model, cancellation).ConfigureAwait(false)));
        }
        catch (FormatException error) when (!options.Model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"--model: '{options.Model}' is neither a well-known model ({string.Join(", ", KnownModels.Names)}) nor a synthetic one: {error.Message}", error);
        }
    }

    private static string Size(long? bytes) => bytes is { } value ? new ByteSize(value).ToString() : Cells.Absent;
}

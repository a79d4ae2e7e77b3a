using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Models.Forecast;
using MemoryWall.Targets.Http;

namespace MemoryWall.Cli.Commands;

/// <summary>Reads what a running server tells about the memory that its model takes.</summary>
internal static partial class ServerWordsReader
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>What it tells; a part that cannot be read is null.</summary>
    public static async Task<ServerWords> ReadAsync(TargetFacts facts, TargetSetup setup, CancellationToken cancellation)
    {
        if (facts.Kind == TargetKind.Ollama)
            return await ReadOllamaAsync(facts, setup, cancellation).ConfigureAwait(false);
        var words = new ServerWords { Kind = facts.Kind };
        return facts.Kind != TargetKind.LlamaServer ? words : words with
        {
            Slots = Number(facts.Details.GetValueOrDefault("total_slots")),
            WindowTokens = facts.MaxContextTokens,
            Build = BuildNumber().Match(facts.ServerVersion ?? "") is { Success: true } build ? Number(build.Groups[1].Value) : null,
        };
    }

    private static async Task<ServerWords> ReadOllamaAsync(TargetFacts facts, TargetSetup setup, CancellationToken cancellation)
    {
        var access = new HttpAccess(setup.Endpoint, setup.Connection, RunClock.Start());
        using var answer = await JsonCall.GetAsync(access, "api/ps", cancellation, limit: s_limit).ConfigureAwait(false);
        var model = answer.Root.Member("models") is { ValueKind: JsonValueKind.Array } models
            ? models.EnumerateArray().Select(entry => (JsonElement?)entry)
                .FirstOrDefault(entry => IsModel(entry.Text("name"), setup.Model) || IsModel(entry.Text("model"), setup.Model))
            : null;
        return new ServerWords
        {
            Kind = facts.Kind,
            WindowTokens = model.Count("context_length") is > 0 and var window ? window : null,
            LoadedBytes = Bytes(model, "size"),
            AcceleratorBytes = Bytes(model, "size_vram"),
        };
    }

    private static long? Bytes(JsonElement? model, string name) =>
        model.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var bytes) && bytes > 0 ? bytes : null;

    private static bool IsModel(string? name, string model) => string.Equals(name, model, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, model + ":latest", StringComparison.OrdinalIgnoreCase);

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    [GeneratedRegex(@"^b(\d+)\b")]
    private static partial Regex BuildNumber();
}

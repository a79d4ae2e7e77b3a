using System.Text.Json.Nodes;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

/// <summary>Comparisons whose systems are measured one after the other, and runs that are managed by name.</summary>
public sealed class StageTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private static Behaviour Generating(double milliseconds) =>
        new() { Prefill = TimeSpan.FromMilliseconds(20), Step = TimeSpan.FromMilliseconds(milliseconds) };

    private string[] Compare(params string[] args) => ["compare", .. args, "--runs", _runs.Path, "--telemetry-hz", "0"];

    [Fact]
    public async Task Compare_StageByStage_TellsTheWholeComparison()
    {
        using var load = MachineLoad.Watch();
        await using var before = OpenAiScript.Start(Generating(40));
        await using var after = OpenAiScript.Start(Generating(5));
        using var first = await InProcess.RunAsync(Compare("--stage", $"standard=openai://{before.Endpoint.Authority}/tiny", "--label",
            "be=fore", "--contexts", "512", "--repetitions", "2", "--output-tokens", "8"));
        Assert.True(first.ExitCode == 0, first.Error);
        var id = first.Output.Split("--continue ")[1].Split(' ')[0];
        Assert.EndsWith($" --stage NAME=openai://{before.Endpoint.Authority}/tiny", first.Output.ReplaceLineEndings("").TrimEnd(),
            StringComparison.Ordinal);

        using var other = await InProcess.RunAsync(Compare("--continue", id, "--stage", $"managed=openai://{after.Endpoint.Authority}/tiny",
            "--contexts", "1k"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("other values for contexts", other.Error, StringComparison.Ordinal);
        using var again = await InProcess.RunAsync(Compare("--continue", id, "--stage",
            $"standard=openai://{after.Endpoint.Authority}/tiny"));
        Assert.Contains("measured 'standard' already", again.Error, StringComparison.Ordinal);

        using var second = await InProcess.RunAsync(Compare("--continue", id[..6], "--stage",
            $"managed=openai://{after.Endpoint.Authority}/tiny", "--json"));
        Assert.True(second.ExitCode == 0, second.Error);
        Assert.Equal(id, (string)second.Json["comparison"]!);
        var systems = second.Json["systems"]!.AsArray();
        Assert.Equal(["standard", "managed"], systems.Select(system => (string)system!["name"]!));
        Assert.All(systems, system => Assert.Equal([512], Contexts(system!)));
        // A trial that a busy machine disturbs has no pair.
        load.Judge(() => Assert.Single(second.Json["gains"]!.AsArray()));
        Assert.False((bool)second.Json["gains"]![0]!["finding"]!["is_interleaved"]!);

        using var from = await InProcess.RunAsync(Compare("--from", id, "--json"));
        Assert.Equal(second.Json["gains"]!.ToJsonString(), from.Json["gains"]!.ToJsonString());
        using var wrong = await InProcess.RunAsync(Compare("--from", id, "--stage", "managed"));
        Assert.Equal(2, wrong.ExitCode);
    }

    [Fact]
    public async Task Runs_NamedArchivedAndRemoved_AreListedAccordingly()
    {
        await using var server = OpenAiScript.Start(Generating(5));
        using var sweep = await InProcess.RunAsync("sweep", "--target", $"openai://{server.Endpoint.Authority}/tiny", "--contexts", "512",
            "--output-tokens", "4", "--runs", _runs.Path, "--telemetry-hz", "0", "--label", "=1+1 [red]x[/]", "--note", "why");
        Assert.True(sweep.ExitCode == 0, sweep.Error);
        Assert.Contains("\n=1+1 [red]x[/] · why\n", sweep.Output, StringComparison.Ordinal);
        var id = Path.GetFileName(_runs.Run!);
        Assert.Contains("=1+1 [red]x[/]", (await RunsAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("today ", (await RunsAsync("list")).Output, StringComparison.Ordinal);

        Assert.Contains("why", (await RunsAsync("list")).Output, StringComparison.Ordinal);

        Assert.Equal($"{id} is now “new name”", (await RunsAsync("rename", "latest", "new name")).Output.Trim());
        Assert.Equal(2, (await RunsAsync("rename", id, new string('x', 81))).ExitCode);
        Assert.Equal($"{id} has no note now", (await RunsAsync("note", id, "")).Output.Trim());
        var manifest = JsonNode.Parse((await RunsAsync("list", "--json")).Output)![0]!["manifest"]!;
        Assert.Equal(("new name", null), ((string)manifest["label"]!, (string?)manifest["note"]));

        Assert.Contains($"{id} is archived", (await RunsAsync("archive", id)).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(id, (await RunsAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("1 archived run in ", (await RunsAsync("list")).Error, StringComparison.Ordinal);
        Assert.Contains(id, (await RunsAsync("list", "--all")).Output, StringComparison.Ordinal);

        // There is no terminal on which to answer.
        using (var rm = Memwall.Start(["runs", "rm", id, "--runs", _runs.Path], start => start.RedirectStandardInput = true))
            Assert.Equal(2, await rm.ExitAsync());
        Assert.True(Directory.Exists(_runs.Run));
        Assert.Equal($"{id} is removed", (await RunsAsync("rm", id, "--yes")).Output.Trim());
        Assert.Null(_runs.Run);
    }

    private Task<InProcess> RunsAsync(params string[] args) => InProcess.RunAsync(["runs", .. args, "--runs", _runs.Path]);

    private static IEnumerable<int> Contexts(JsonNode system) => system["cells"]!.AsArray().Select(cell => (int)cell!["context_tokens"]!);
}

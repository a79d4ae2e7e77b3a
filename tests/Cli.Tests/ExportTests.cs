using MemoryWall.Runs;

namespace MemoryWall.Cli.Tests;

/// <summary>Runs leave the program as files, come back from zip files, and no file is replaced by accident.</summary>
public sealed class ExportTests : IDisposable
{
    private static readonly string s_samples = Path.Combine(Checkout.Find()!, "data", "samples");

    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string File1 => Path.Combine(_runs.Path, ".out", "runs.zip");

    [Fact]
    public async Task Export_ZipOfARun_CanBeImportedAndCompared()
    {
        var store = Path.Combine(s_samples, "wall-managed");
        var id = Path.GetFileName(Directory.EnumerateDirectories(store).Single());
        using var export = await InProcess.RunAsync("export", id, "--to", "zip", "-o", File1, "--runs", store);
        Assert.True(export.ExitCode == 0, export.Error);
        using var again = await InProcess.RunAsync("export", id, "--to", "zip", "-o", File1, "--runs", store);
        Assert.Equal(5, again.ExitCode);
        Assert.Contains("--force", again.Error, StringComparison.Ordinal);

        using var compare = await InProcess.RunAsync("compare", "--from", $"{Path.Combine(s_samples, "wall-standard")},{File1}", "--json",
            "--runs", _runs.Path);
        Assert.True(compare.ExitCode == 0, compare.Error);
        Assert.Equal(["standard", "managed"], compare.Json["systems"]!.AsArray().Select(system => (string)system!["name"]!));
        Assert.Equal(["swap of the server", "storage tier"], compare.Json["differences"]![0]!["differences"]!.AsArray()
            .Select(difference => (string)difference!["name"]!));

        using var import = await InProcess.RunAsync("runs", "import", File1, "--runs", _runs.Path);
        Assert.Equal(id, import.Output.Trim());
        using var show = await InProcess.RunAsync("runs", "show", id, "--runs", _runs.Path);
        Assert.Equal(0, show.ExitCode);
    }

    [Theory]
    [InlineData("", "--to is missing")]
    [InlineData("docx", "--to: 'docx' is unknown; write pptx, xlsx, png, svg, csv or zip")]
    public async Task Export_UnknownFormat_IsNamed(string format, string said)
    {
        string[] to = format.Length == 0 ? [] : ["--to", format];
        using var memwall = await InProcess.RunAsync(["export", Path.Combine(s_samples, "kv-f16"), .. to]);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(said, memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_OverWhatItReads_IsRefused_AlsoWithForce()
    {
        var run = RunsFolder.CopySample("kv-f16", _runs.Path);
        var trials = await File.ReadAllBytesAsync(Path.Combine(run, "trials.csv"), TestContext.Current.CancellationToken);

        using var facts = await InProcess.RunAsync("runs", "export", Path.GetFileName(run), "-o", Path.Combine(run, "trials.csv"),
            "--force", "--runs", _runs.Path);
        Assert.Equal(5, facts.ExitCode);
        Assert.Contains("what this command reads", facts.Error, StringComparison.Ordinal);
        Assert.Equal(trials, await File.ReadAllBytesAsync(Path.Combine(run, "trials.csv"), TestContext.Current.CancellationToken));

        // Without --output the name of the zip file is the run's.
        var zip = Path.Combine(_runs.Path, Path.GetFileName(run) + ".zip");
        using var first = await InProcess.RunAsync("export", run, "--to", "zip", "-o", zip);
        Assert.True(first.ExitCode == 0, first.Error);
        using var own = Memwall.Start(["export", zip, "--to", "zip", "--force"], start => start.WorkingDirectory = _runs.Path);
        Assert.Equal(5, await own.ExitAsync());
        Assert.Contains("what this command reads", own.Error, StringComparison.Ordinal);
    }
}

namespace MemoryWall.Cli.Tests;

/// <summary>A folder for runs that is deleted with its test.</summary>
internal sealed class RunsFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("memwall-cli-tests-").FullName;

    /// <summary>The folder of the only run; null while there is no run.</summary>
    public string? Run => Directory.EnumerateDirectories(Path).SingleOrDefault();

    /// <summary>The text of a file of the only run; empty while there is no such file.</summary>
    public string Read(string file)
    {
        if (Run is null || !File.Exists(System.IO.Path.Combine(Run, file)))
            return "";
        using var stream = new FileStream(System.IO.Path.Combine(Run, file), FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete);
        return new StreamReader(stream).ReadToEnd();
    }

    /// <summary>Copies the run of a sample into a folder.</summary>
    /// <param name="sample">The sample's name.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The folder of the copy, which has the run's id for a name.</returns>
    public static string CopySample(string sample, string folder)
    {
        var source = Directory.GetDirectories(System.IO.Path.Combine(MemoryWall.Runs.Checkout.Find()!, "data", "samples", sample)).Single();
        var copy = Directory.CreateDirectory(System.IO.Path.Combine(folder, System.IO.Path.GetFileName(source))).FullName;
        foreach (var file in Directory.GetFiles(source))
            File.Copy(file, System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public bool TrialHasStarted(int context) =>
        Read("events.jsonl").Contains($"\"{context} tokens, repetition 1\"", StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Tests.Execution;

/// <summary>The real program as a child process, because a kernel changes the process in which it runs.</summary>
internal sealed class RunnerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Printed _words = new();

    private RunnerProcess(string[] args)
    {
        var start = TestedProgram.Start(Path.Combine(AppContext.BaseDirectory, "MemoryWall.NotebookRunner.dll"), args);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += _words.Add;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Words => _words.ToString();

    public static RunnerProcess Start(params string[] args) => new(args);

    public void EndInput() => _process.StandardInput.Close();

    public Task<int> ExitAsync() => TestedProgram.ExitAsync(_process, () => Words);

    public Task WaitForAsync(Func<bool> holds) => TestedProgram.WaitForAsync(_process, holds, () => Words);

    /// <summary>Runs a notebook of these cells in the folder and returns what the program wrote.</summary>
    public static async Task<(int Code, JsonArray Cells, string Words)> RunAsync(TestFolder folder, IEnumerable<JsonObject> cells,
        params string[] options)
    {
        var input = folder.Write("in.ipynb", Notebooks.Json(cells.ToArray()));
        using var runner = Start(["run", input, "--output", folder.File("out.ipynb"), .. options]);
        var code = await runner.ExitAsync();
        var written = File.Exists(folder.File("out.ipynb"))
            ? JsonNode.Parse(await File.ReadAllTextAsync(folder.File("out.ipynb")))!["cells"]!.AsArray()
            : [];
        return (code, written, runner.Words);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        TestedProgram.Report("the notebook runner", Words);
        _process.Dispose();
    }
}

// Finds the engine of the checkout that contains this file, builds it if necessary, and loads it into the kernel. A notebook outside the
// checkout can load this file by its path.
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;

// Kernels show an exception as text, with its stack trace. The message is enough.
class LoadException(string message) : Exception(message)
{
    public override string StackTrace => "";
    public override string ToString() => Message;
}
string PathOfThisFile([CallerFilePath] string path = "") => path;
DirectoryInfo CheckoutAbove(string start)
{
    var at = Directory.Exists(start) ? new DirectoryInfo(start) : null;
    while (at is not null && !File.Exists(Path.Combine(at.FullName, "Analysis.sln")))
        at = at.Parent;
    return at;
}
async Task BuildEngineAsync(string project)
{
    var context = Microsoft.DotNet.Interactive.KernelInvocationContext.Current;
    var progress = Microsoft.DotNet.Interactive.KernelInvocationContextExtensions.Display(context,
        "Building the engine, once …", "text/plain");
    string[] arguments = ["build", project, "-c", "Release", "--nologo", "-v", "minimal", "-clp:ForceNoAlign"];
    var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
    using var build = Process.Start(start);
    var (clock, parts, problem) = (Stopwatch.StartNew(), 0, "");
    void Show(string text) => progress.Update(text);
    while (await build.StandardOutput.ReadLineAsync() is { } line)
    {
        if (line.Contains(" -> ") && ++parts > 0)
            Show($"Building the engine, once: {parts} parts, {clock.Elapsed.TotalSeconds:0} s …");
        else if (line.Contains(": error ") && problem.Length == 0)
            problem = line[(line.IndexOf(": error ") + 8)..].Split(" [")[0];
    }
    await build.WaitForExitAsync();
    if (build.ExitCode != 0)
        throw new LoadException(
            $"The engine could not be built ({problem}). Run in the checkout: dotnet build engine/Notebooks -c Release");
    Show($"The engine is built ({clock.Elapsed.TotalSeconds:0} s).");
}
var folder = CheckoutAbove(Path.GetDirectoryName(PathOfThisFile())) ?? CheckoutAbove(Directory.GetCurrentDirectory())
    ?? throw new LoadException("There is no checkout of MemoryWall around this notebook or the file that it loads.");
var project = Path.Combine(folder.FullName, "engine", "Notebooks");
var built = Path.Combine(project, "bin", "Release", "net10.0");
var library = Path.Combine(built, "MemoryWall.Notebooks.dll");
if (!File.Exists(library))
    await BuildEngineAsync(project);
string[] assemblies = [.. Directory.GetFiles(built, "MemoryWall.*.dll"), Path.Combine(built, "Microsoft.Data.Analysis.dll")];
((Microsoft.DotNet.Interactive.CSharp.CSharpKernel)Microsoft.DotNet.Interactive.Kernel.Current).AddAssemblyReferences(assemblies);
var opening = (Task)Assembly.LoadFrom(library).GetType("MemoryWall.Notebooks.Notebook").GetMethod("OpenAsync").Invoke(null, null);
await opening;

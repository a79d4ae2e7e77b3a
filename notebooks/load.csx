// Finds the engine of the checkout or of the installed program that contains this file, builds it in a checkout if necessary, and loads it
// into the kernel. A notebook elsewhere can load this file by its path.
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
bool IsRoot(string at) => File.Exists(Path.Combine(at, "notebooks", "load.csx")) && Directory.Exists(Path.Combine(at, "data", "samples"));
DirectoryInfo RootAbove(string start)
{
    var at = Directory.Exists(start) ? new DirectoryInfo(start) : null;
    while (at is not null && !IsRoot(at.FullName))
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
var folder = RootAbove(Path.GetDirectoryName(PathOfThisFile())) ?? RootAbove(Directory.GetCurrentDirectory())
    ?? throw new LoadException("Neither a checkout of MemoryWall nor its installed program is around this notebook or what it loads.");
var project = Path.Combine(folder.FullName, "engine", "Notebooks");
// The library lies in the folder of an installed program, and in a checkout where it is built.
var built = Directory.Exists(project) ? Path.Combine(project, "bin", "Release", "net10.0") : folder.FullName;
var library = Path.Combine(built, "MemoryWall.Notebooks.dll");
if (!File.Exists(library))
{
    if (!Directory.Exists(project))
        throw new LoadException($"{library} is missing; install memwall again.");
    await BuildEngineAsync(project);
}
string[] assemblies = [.. Directory.GetFiles(built, "MemoryWall.*.dll"), Path.Combine(built, "Microsoft.Data.Analysis.dll")];
((Microsoft.DotNet.Interactive.CSharp.CSharpKernel)Microsoft.DotNet.Interactive.Kernel.Current).AddAssemblyReferences(assemblies);
var opening = (Task)Assembly.LoadFrom(library).GetType("MemoryWall.Notebooks.Notebook").GetMethod("OpenAsync").Invoke(null, null);
await opening;
